import type { Draft } from 'immer';

import type { ManagerState } from './manager-state.ts';

/**
 * The step from one picture to the next, as an immer recipe. Values are written one by one: immer
 * keeps whatever has got the same value again, down to the whole state.
 */
export function reduceState(draft: Draft<ManagerState>, state: ManagerState): void {
  write(draft as unknown as Tree, state as unknown as Tree);
}

/** A picture as any of its parts is: values, and further parts. */
interface Tree {
  [key: string]: Tree | undefined;
}

function write(target: Tree, source: Tree): void {
  for (const key of Object.keys(target)) if (!Object.hasOwn(source, key)) Reflect.deleteProperty(target, key);
  for (const [key, value] of Object.entries(source)) {
    const known = target[key];
    if (typeof value === 'object' && known) write(known, value);
    else target[key] = value;
  }
}
