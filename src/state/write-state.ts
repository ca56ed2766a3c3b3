import type { Draft } from 'immer';

import type { ManagerState } from './manager-state.ts';

/** Turns a draft into `state`, value by value, so that its patches are no larger than the change. */
export function writeState(draft: Draft<ManagerState>, state: ManagerState): void {
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
    if (value === known) continue;
    if (typeof value === 'object' && known) write(known, value);
    else target[key] = value;
  }
}
