import type { TaskProgressInput } from '../index.ts';
import type { Thrown } from './thrown.ts';

/*
 * What crosses between a pool and its workers, one `postMessage` each. Both sides are built from the
 * same version, so there is nothing to negotiate. Calls have a number, which all that concerns them has.
 */

/** From the pool to a worker. */
export type ToWorker =
  /** Where the worker claims calls before it starts them; see Claims. */
  | readonly ['claims', words: Int32Array]
  | readonly ['call', id: number, name: string, kwargs: unknown, slot: number]
  | readonly ['abort', id: number, reason: Thrown];

/** From a worker to the pool. Of `last`, `complete`, `error` and `unknown` a call gets exactly one: the end. */
export type FromWorker =
  /** The functions are there. The lock is held as long as the worker lives, where there are locks. */
  | readonly ['ready', lock: string | undefined]
  | readonly ['next', id: number, value: unknown]
  | readonly ['progress', id: number, progress: TaskProgressInput]
  /** A value and the end in one. */
  | readonly ['last', id: number, value: unknown]
  | readonly ['complete', id: number]
  | readonly ['error', id: number, error: Thrown]
  /** There is no function of that name, but there are these. */
  | readonly ['unknown', id: number, names: readonly string[]];
