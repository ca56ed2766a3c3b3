import type { Patch } from 'immer';
import { map, type Observable, pairwise, startWith } from 'rxjs';

import { isSplit } from './group-tree.ts';
import type { GroupState, GroupTree, ManagerState } from './manager-state.ts';

/**
 * The state of a manager as immer patches, for tools in another window: first one that replaces everything
 * by the state now, then those from each state to the next. They are plain data, which `postMessage`
 * takes, and are applied by immer's `applyPatches`. A group that has changed is replaced as a whole, and so are the
 * counts and the progress of one that has others within it. Subscribes to `state$`, and like it never ends by itself.
 *
 * @example
 * ```ts
 * import { applyPatches, enablePatches, type Patch } from 'immer';
 * import { type ManagerState, patches, TaskManager } from 'sluice';
 *
 * enablePatches();
 * const tasks = new TaskManager();
 * let mirrored = {} as ManagerState; // in the other window
 * patches(tasks).subscribe((changes) => { mirrored = applyPatches(mirrored, changes as Patch[]); });
 * ```
 */
export function patches(tasks: { readonly state$: Observable<ManagerState> }): Observable<readonly Patch[]> {
  return tasks.state$.pipe(startWith(undefined), pairwise(), map(([before, after]) => {
    if (before === undefined) return [{ op: 'replace', path: [], value: after }];
    const found: Patch[] = [];
    compare(before, after as ManagerState, [], found);
    return found;
  }));
}

type Path = readonly (string | number)[];

function compare<T extends ManagerState | GroupState>(before: T, after: T, path: Path, found: Patch[]): void {
  for (const key of Object.keys(after) as (keyof T & string)[]) {
    if (before[key] === after[key]) continue;
    if (key === 'groups') compareGroups(before.groups, after.groups, [...path, key], found);
    else found.push({ op: 'replace', path: [...path, key], value: after[key] });
  }
}

function compareGroups(before: GroupTree, after: GroupTree, path: Path, found: Patch[]): void {
  if (after.length < before.length || isSplit(before) !== isSplit(after)) {
    found.push({ op: 'replace', path: [...path], value: after });
    return;
  }
  for (const [i, each] of after.entries()) {
    const old = before[i];
    if (each === old) continue;
    const at = [...path, i];
    if (old === undefined) found.push({ op: 'add', path: at, value: each });
    else if (Array.isArray(each)) compareGroups(old as GroupTree, each as GroupTree, at, found);
    else if ((each as GroupState).groups === (old as GroupState).groups) found.push({ op: 'replace', path: at, value: each });
    else compare(old as GroupState, each as GroupState, at, found);
  }
}
