import type { Draft } from 'immer';

import type { GroupState, ManagerState } from './manager-state.ts';

/** What has changed since the last picture: the manager's own part, and some groups. */
export interface StateChange extends Omit<ManagerState, 'groups'> {
  /** What the changed groups are like now; undefined for one that is forgotten. */
  readonly groups: Iterable<readonly [name: string, state: GroupState | undefined]>;
}

/**
 * The step from one picture to the next, as an immer recipe. Values are written one by one: immer
 * keeps whatever has got the same value again, down to the whole state.
 */
export function reduceState(draft: Draft<ManagerState>, { groups, ...own }: StateChange): void {
  write(draft, own);
  for (const [name, state] of groups) {
    const known = draft.groups[name];
    if (state === undefined) Reflect.deleteProperty(draft.groups, name);
    else if (known === undefined) draft.groups[name] = state;
    else write(known, state);
  }
}

function write<T extends object>(target: T, source: Partial<T>): void {
  for (const key of Object.keys(source) as (keyof T)[]) {
    const value = source[key] as T[keyof T];
    if (typeof value === 'object' && value !== null) write(target[key] as object, value);
    else target[key] = value;
  }
}
