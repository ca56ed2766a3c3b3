import { branchOf, DEEPEST, hashOf, isSplit, NO_GROUPS, WIDTH } from './group-tree.ts';
import type { GroupState, GroupTree } from './manager-state.ts';

/** What the group of that name is now, given what it was; undefined if it is not there. */
export type NextGroup = (name: string, before: GroupState | undefined) => GroupState | undefined;

/**
 * The step from one tree of groups to the next. It copies the lists that lead to the groups that have changed,
 * each once. A part in which nothing has changed is the same object, up to the whole.
 */
export function changeGroups(tree: GroupTree, names: readonly string[], next: NextGroup, depth = 0): GroupTree {
  return isSplit(tree) ? changeLists(tree, names, next, depth) : changeList(tree, names, next, depth);
}

function changeLists(lists: readonly GroupTree[], names: readonly string[], next: NextGroup, depth: number): GroupTree {
  const parts: string[][] = [];
  for (const name of names) (parts[branchOf(hashOf(name), depth)] ??= []).push(name);
  const after = lists.map((list, branch) => {
    const part = parts[branch];
    return part ? changeGroups(list, part, next, depth + 1) : list;
  });
  if (after.every((list, branch) => list === lists[branch])) return lists;
  return after.every(({ length }) => length === 0) ? NO_GROUPS : Object.freeze(after);
}

function changeList(list: readonly GroupState[], names: readonly string[], next: NextGroup, depth: number): GroupTree {
  // By a map, as there are many names when the first groups come.
  const groups = new Map<string, GroupState>();
  for (const group of list) groups.set(group.name, group);
  let same = true;
  for (const name of names) {
    const before = groups.get(name);
    const after = next(name, before);
    if (after === before) continue;
    same = false;
    if (after) groups.set(name, after);
    else groups.delete(name);
  }
  return same ? list : split([...groups.values()], depth);
}

/** Splits a list that is too long. */
function split(list: readonly GroupState[], depth: number): GroupTree {
  if (list.length <= WIDTH || depth === DEEPEST) return Object.freeze(list);
  const lists = Array.from({ length: WIDTH }, (): GroupState[] => []);
  for (const group of list) (lists[branchOf(hashOf(group.name), depth)] as GroupState[]).push(group);
  return Object.freeze(lists.map((each) => split(each, depth + 1)));
}
