import { GroupRecord } from '../task/group-record.ts';
import type { Registry } from '../task/registry.ts';
import { changeGroups } from './change-groups.ts';
import { NO_GROUPS } from './group-tree.ts';
import type { GroupProgress, GroupState, GroupTree, ManagerState } from './manager-state.ts';

/**
 * The snapshot after `before`: of the manager itself, and of the groups that have changed since. The parts that
 * have got the same values again are those of `before`, up to the whole.
 */
export function snapshot(registry: Registry, before: ManagerState | undefined): ManagerState {
  const { closed, root } = registry;
  const changed = takeStale(registry);
  const within = (parent: string | undefined, groups: GroupTree): GroupTree => {
    const names = changed.get(parent);
    return names ? changeGroups(groups, names, nextGroup) : groups;
  };
  const nextGroup = (name: string, state: GroupState | undefined): GroupState | undefined => {
    const record = registry.groups.get(name);
    const groups = within(name, state?.groups ?? NO_GROUPS);
    if (record === undefined || (groups.length === 0 && record.blank)) return undefined;
    record.shown = true;
    return groupAfter(state, record, name, groups);
  };
  const status = closed ? 'closed' : root.paused ? 'paused' : root.unsettled > 0 ? 'busy' : 'idle';
  return share<ManagerState>(before, {
    status,
    concurrency: root.concurrency,
    counts: share(before?.counts, { ...root.counts }),
    progress: share(before?.progress, progressOf(root)),
    groups: within(undefined, before?.groups ?? NO_GROUPS),
  });
}

/** The names of the groups that have changed, by the group that they are within. */
function takeStale({ stale }: Registry): Map<string | undefined, string[]> {
  const changed = new Map<string | undefined, string[]>();
  for (const record of stale) {
    record.stale = record.shown = false;
    const parent = record.parent?.name;
    const siblings = changed.get(parent);
    if (siblings) siblings.push(record.name as string);
    else changed.set(parent, [record.name as string]);
  }
  stale.clear();
  return changed;
}

/** The state of a group that is in no snapshot. */
export function emptyState(name: string): GroupState {
  return groupAfter(undefined, new GroupRecord(), name, NO_GROUPS);
}

function groupAfter(before: GroupState | undefined, record: GroupRecord, name: string, groups: GroupTree): GroupState {
  return share<GroupState>(before, {
    name,
    counts: share(before?.counts, { ...record.counts }),
    progress: share(before?.progress, progressOf(record)),
    paused: record.paused,
    concurrency: record.concurrency,
    groups,
  });
}

function progressOf({ settled, cancelled, total, fractions }: GroupRecord): GroupProgress {
  const done = settled - cancelled;
  // Fractions are added and taken away again, so that their sum may be off in the last digits.
  const fraction = total > 0 ? Math.min(Math.max((done + fractions) / total, 0), 1) : 0;
  return { done, cancelled, total, fraction };
}

/** `before`, if it has the values of `now`; else `now`, frozen. */
function share<T extends object>(before: T | undefined, now: T): T {
  if (before) {
    let same = true;
    for (const key in now) if (now[key] !== before[key]) same = false;
    if (same) return before;
  }
  return Object.freeze(now);
}
