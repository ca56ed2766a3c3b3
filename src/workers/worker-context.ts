import type { TaskProgressInput } from '../index.ts';

/**
 * What an exposed function is given last, in the worker: how to notice that it is cancelled, and how to
 * report.
 *
 * @example
 * ```ts
 * import { expose, type WorkerContext } from 'sluice/workers';
 *
 * expose({
 *   count: ({ to }: { to: number }, { signal, progress }: WorkerContext) => {
 *     for (let n = 0; n < to; n++) {
 *       signal.throwIfAborted();
 *       progress({ done: n, total: to });
 *     }
 *     return to;
 *   },
 * });
 * ```
 */
export interface WorkerContext {
  /**
   * Aborted when the subscriber has left, with the reason of the task's own signal if there is one. A
   * function that holds the thread without a pause cannot see it: it has to await something now and then.
   */
  readonly signal: AbortSignal;
  /** Reports how far it is: a fraction from 0 to 1, or units done of a total. It reaches the task's `progress`. */
  readonly progress: (progress: TaskProgressInput) => void;
}
