import type * as Threads from 'node:worker_threads';

import type { WorkerLike } from 'sluice/workers';

export type NodeWorker = Pick<Threads.Worker, 'threadId' | 'once'>;

/** The same specs run in Node and in Chromium: this is what is different. */
export const threads = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule?.('node:worker_threads') as typeof Threads | undefined;

/** A thread of the fixture. */
export function makeWorker(options: Threads.WorkerOptions = {}): WorkerLike {
  return threads
    ? new threads.Worker(new URL('./fixture.worker.ts', import.meta.url), { stderr: true, ...options })
    : new Worker(new URL('./fixture.worker.ts', import.meta.url), { type: 'module' });
}

/** A thread that cannot be loaded. */
export function makeMissing(): WorkerLike {
  return threads ? new threads.Worker(new URL('./missing.ts', import.meta.url)) : new Worker('/spec/workers/support/missing.ts', { type: 'module' });
}
