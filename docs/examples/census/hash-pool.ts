import { Worker } from 'node:worker_threads';

import { workerPool, type WorkerPool } from 'sluice/workers';

import type { hashing } from './hash.worker.ts';

/** Threads that hash files, so many at a time. They start when there is something to hash. */
export function hashPool(threads: number): WorkerPool<typeof hashing> {
  return workerPool<typeof hashing>(() => new Worker(new URL('./hash.worker.ts', import.meta.url)), { size: threads });
}
