/**
 * What a call fails with when the worker that runs it crashes, exits, runs out of memory or cannot be
 * loaded. `cause` is what was heard of it. The worker is replaced, and the other calls go on.
 *
 * @example
 * ```ts
 * import { WorkerCrashedError, workerPool } from 'sluice/workers';
 * import { retry, throwError, timer } from 'rxjs';
 *
 * declare const createWorker: () => Worker;
 * const pool = workerPool<{ parse: (kwargs: { text: string }) => number }>(createWorker);
 * pool.parse({ text: '1' }).pipe(
 *   retry({ count: 2, delay: (error) => (error instanceof WorkerCrashedError ? timer(100) : throwError(() => error)) }),
 * ).subscribe();
 * ```
 */
export class WorkerCrashedError extends Error {
  override readonly name: string = 'WorkerCrashedError';
  readonly code: 'WORKER_CRASHED' = 'WORKER_CRASHED' as const;
}
