/**
 * What the calls of a pool fail with that is closed, or that closes while they wait or run.
 *
 * @example
 * ```ts
 * import { WorkerPoolClosedError, workerPool } from 'sluice/workers';
 *
 * declare const createWorker: () => Worker;
 * const pool = workerPool<{ parse: (kwargs: { text: string }) => number }>(createWorker);
 * void pool.close();
 * pool.parse({ text: '1' }).subscribe({
 *   error: (error: unknown) => { console.log(error instanceof WorkerPoolClosedError); }, // true
 * });
 * ```
 */
export class WorkerPoolClosedError extends Error {
  override readonly name: string = 'WorkerPoolClosedError';
  readonly code: 'WORKER_POOL_CLOSED' = 'WORKER_POOL_CLOSED' as const;

  constructor() {
    super('The pool is closed.');
  }
}
