import { enablePatches, freeze, produceWithPatches } from 'immer';
import { afterEach, describe, expect, it } from 'vitest';

import { NO_TASKS } from '../../src/manager/state-feed.ts';
import type { GroupState, ManagerState } from '../../src/state/manager-state.ts';
import { reduceState } from '../../src/state/reduce-state.ts';
import { writeState } from '../../src/state/write-state.ts';

enablePatches();

/** What a group with some running tasks is like. Made anew each time, as the books do. */
function group(running = 0, fraction = 0): GroupState {
  const { counts, progress, ...limits } = NO_TASKS;
  return { ...limits, counts: { ...counts, running }, progress: { ...progress, total: running, fraction } };
}

interface Own {
  readonly running?: number;
  readonly status?: ManagerState['status'];
  readonly concurrency?: number;
}

function own({ running = 0, status = 'idle', concurrency = 4 }: Own = {}): Omit<ManagerState, 'groups'> {
  const { counts, progress } = group(running);
  return { status, concurrency, counts, progress };
}

// Groups have no prototype, as a group may be called `constructor`.
const groups: Record<string, GroupState> = Object.assign(Object.create(null) as object, { api: group(1), files: group(2) });
const before: ManagerState = freeze({ ...own(), groups }, true);

/** What the books say of all groups. */
function both(api = group(1), files = group(2)): ManagerState['groups'] {
  return { api, files };
}

function reduce(state: ManagerState, next: ManagerState): ManagerState {
  return reduceState(state, next);
}

describe('reduceState', () => {
  // Should a spec write there, it alone is to fail.
  afterEach(() => {
    for (const key of Object.keys(NO_TASKS)) for (const shared of [Object.prototype, Object]) Reflect.deleteProperty(shared, key);
  });

  it('gives the same object when everything has got the same values again', () => {
    expect(reduce(before, { ...own(), groups: both() })).toBe(before);
  });

  it('writes the manager\'s own part, and leaves the groups as they are', () => {
    const after = reduce(before, { ...own({ running: 3, status: 'busy', concurrency: 2 }), groups: both() });
    expect(after).toEqual({ ...own({ running: 3, status: 'busy', concurrency: 2 }), groups: before.groups });
    expect(after.groups).toBe(before.groups);
  });

  it('changes a group, down to what has changed in it', () => {
    const after = reduce(before, { ...own(), groups: both(group(1, 0.5)) });
    expect(after.groups['api']).toEqual(group(1, 0.5));
    expect(after.groups['api']?.counts).toBe(before.groups['api']?.counts);
    expect(after.groups['files']).toBe(before.groups['files']);
    expect(after.counts).toBe(before.counts);
    expect(after.progress).toBe(before.progress);
  });

  it('writes the limits of a group', () => {
    const after = reduce(before, { ...own(), groups: both({ ...group(1), paused: true, concurrency: 1 }) });
    expect(after.groups['api']).toMatchObject({ paused: true, concurrency: 1 });
  });

  it('adds a group that was not there', () => {
    const after = reduce(before, { ...own(), groups: { ...both(), mail: group(3) } });
    expect(after.groups).toEqual({ ...before.groups, mail: group(3) });
    expect(after.groups['api']).toBe(before.groups['api']);
  });

  it('forgets a group', () => {
    const after = reduce(before, { ...own(), groups: { files: group(2) } });
    expect(after.groups).toEqual({ files: group(2) });
    expect(after.groups['files']).toBe(before.groups['files']);
  });

  it.each(['constructor', 'toString', '__proto__'])('takes %s as the name of a group like any other', (name) => {
    const named = (running: number): ManagerState['groups'] => Object.fromEntries([...Object.entries(both()), [name, group(running)]]);
    const after = reduce(before, { ...own(), groups: named(1) });
    expect(Object.keys(after.groups)).toEqual(['api', 'files', name]);
    expect(Object.getOwnPropertyDescriptor(after.groups, name)?.value).toEqual(group(1));
    const changed = reduce(after, { ...own(), groups: named(2) });
    expect(Object.getOwnPropertyDescriptor(changed.groups, name)?.value).toEqual(group(2));
    expect(reduce(changed, { ...own(), groups: both() }).groups).toEqual(before.groups);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Object.keys(Object)).toEqual([]);
  });

  it('is pure: it leaves alone what it is given', () => {
    const change = freeze({ ...own({ running: 1 }), groups: { ...both(group(5)), mail: group(1) } }, true);
    const copy = structuredClone(before);
    reduce(before, change);
    expect(before).toEqual(copy);
    expect(reduce(before, change)).toEqual(reduce(before, change));
  });

  it('gives patches of what has changed and nothing else', () => {
    const [, patches] = produceWithPatches(before, (draft) => {
      writeState(draft, { ...own({ running: 1 }), groups: { api: group(1, 0.5), mail: group(3) } });
    });
    expect(patches.map(({ op, path }) => `${op} ${path.join('.')}`).sort()).toEqual([
      'add groups.mail',
      'remove groups.files',
      'replace counts.running',
      'replace groups.api.progress.fraction',
      'replace progress.total',
    ]);
  });

  it('folds a batch of changes into one step', () => {
    const [after, patches] = produceWithPatches(before, (draft) => {
      writeState(draft, { ...own({ running: 1 }), groups: both(group(7)) });
      writeState(draft, { ...own({ running: 0 }), groups: both() });
    });
    expect(after).toEqual(before);
    expect(patches).toEqual([]);
  });
});
