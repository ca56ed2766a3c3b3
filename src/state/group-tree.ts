import type { GroupState, GroupTree, ManagerState } from './manager-state.ts';

/** As many groups as a list may have, and as many lists as a list has that is split: five bits of a hash. */
export const WIDTH = 32;

/** Where a hash has no more bits, a list is not split any further. */
export const DEEPEST = 6;

export const NO_GROUPS: readonly GroupState[] = Object.freeze([]);

/** Whether it is a list of lists. */
export function isSplit(tree: GroupTree): tree is readonly GroupTree[] {
  return Array.isArray(tree[0]);
}

/** Which of the lists of a list has a name. */
export function branchOf(hash: number, depth: number): number {
  return (hash >>> (5 * depth)) & (WIDTH - 1);
}

/** The hash of a name, by FNV-1a. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}

/**
 * The state of a group in a snapshot, by its whole name; undefined if the group is not in it. It takes a few
 * steps, however many groups there are.
 *
 * @example
 * ```ts
 * import { groupState, TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ groups: { 'uploads/images': { concurrency: 2 } } });
 * tasks.state$.subscribe((state) => {
 *   console.log(groupState(state, 'uploads/images')?.counts.running);
 * });
 * ```
 */
export function groupState(state: ManagerState, name: string): GroupState | undefined {
  let { groups } = state;
  for (let end = name.indexOf('/'); end > 0; end = name.indexOf('/', end + 1)) {
    groups = find(groups, name.slice(0, end))?.groups ?? NO_GROUPS;
  }
  return find(groups, name);
}

/**
 * The states of all groups in a snapshot of a manager, or of those within a group, at any depth. A group
 * comes before those within it.
 *
 * @example
 * ```ts
 * import { groupStates, TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ groups: { uploads: {}, 'uploads/images': { concurrency: 2 } } });
 * console.log(groupStates(tasks.state).map(({ name }) => name)); // ['uploads', 'uploads/images']
 * ```
 */
export function groupStates(state: Pick<ManagerState, 'groups'>): readonly GroupState[] {
  const found: GroupState[] = [];
  const visit = (tree: GroupTree): void => {
    if (isSplit(tree)) tree.forEach(visit);
    else {
      for (const group of tree) {
        found.push(group);
        visit(group.groups);
      }
    }
  };
  visit(state.groups);
  return found;
}

function find(tree: GroupTree, name: string): GroupState | undefined {
  if (isSplit(tree)) {
    const hash = hashOf(name);
    for (let depth = 0; isSplit(tree); depth++) tree = tree[branchOf(hash, depth)] as GroupTree;
  }
  return tree.find((group) => group.name === name);
}
