import type { TaskProgressInput } from '../index.ts';
import type { Thrown } from './thrown.ts';

/*
 * What crosses between a pool and its workers, one `postMessage` each. Both sides are built from the
 * same version, so there is nothing to negotiate. Calls have a number, which all that concerns them has.
 * Streams of a call, into its worker, have numbers of their own; see Links.
 */

/** What of the kwargs is not cloned but linked: by its key, and what it is. */
export type Link = readonly [key: string, kind: 'observable' | 'iterable' | 'callback'];

/** From the pool to a worker. */
export type ToWorker =
  /** Comes first. Where the worker claims calls before it starts them, see Claims; how many it runs at a time; how much of a call's values may be on its way. */
  | readonly ['setup', words: Int32Array | undefined, perThread: number, window: number]
  | readonly ['call', id: number, name: string, kwargs: unknown, slot: number, links?: readonly Link[]]
  | readonly ['abort', id: number, reason: Thrown]
  /** So much of the call's values has been taken, in all. */
  | readonly ['taken', id: number, units: number]
  | readonly ['feed', id: number, stream: number, values: readonly unknown[], units: number]
  | readonly ['fed', id: number, stream: number, error?: Thrown]
  /** What a callback has returned, or thrown. */
  | readonly ['answer', id: number, question: number, value: unknown, error?: Thrown];

/** From a worker to the pool. Of `last`, `complete`, `error` and `unknown` a call gets exactly one: the end. */
export type FromWorker =
  /** The functions are there. The lock is held as long as the worker lives, where there are locks; `where` is its file. */
  | readonly ['ready', lock: string | undefined, where: string | undefined]
  | readonly ['values', id: number, values: readonly unknown[], units: number]
  | readonly ['progress', id: number, progress: TaskProgressInput]
  /** A value and the end in one. */
  | readonly ['last', id: number, value: unknown]
  | readonly ['complete', id: number]
  | readonly ['error', id: number, error: Thrown]
  /** There is no function of that name, but there are these. */
  | readonly ['unknown', id: number, names: readonly string[]]
  /** The abort has come, but the function goes on. */
  | readonly ['aborting', id: number]
  /** The message that was the call of that place in the order could not be read. */
  | readonly ['unread', place: number]
  /** Something was thrown outside of a call: the worker is to be ended. */
  | readonly ['crash', thrown: Thrown]
  | readonly ['open', id: number, stream: number, key: string]
  | readonly ['need', id: number, stream: number, units: number]
  | readonly ['leave', id: number, stream: number]
  | readonly ['ask', id: number, question: number, key: string, inputs: readonly unknown[]];

const KINDS: ReadonlySet<unknown> = new Set<(ToWorker | FromWorker)[0]>([
  'setup', 'call', 'abort', 'taken', 'feed', 'fed', 'answer',
  'ready', 'values', 'progress', 'last', 'complete', 'error', 'unknown', 'aborting', 'unread', 'crash', 'open', 'need', 'leave', 'ask',
]);

/** A worker's module, and whoever has made it, may send messages of their own. */
export function isOurs(message: unknown): boolean {
  return Array.isArray(message) && KINDS.has(message[0]);
}
