import { Worker } from 'node:worker_threads';

import { lastValueFrom } from 'rxjs';
import { transfer, workerPool } from 'sluice/workers';

import type { jobs } from './sluice.worker.ts';
import type { OpenPool } from './thread-pool.ts';

export const open: OpenPool = (size) => {
  const pool = workerPool<typeof jobs>(() => new Worker(new URL('./sluice.worker.ts', import.meta.url)), { size, idleMs: Infinity });
  return {
    noop: () => lastValueFrom(pool.noop()),
    burn: () => lastValueFrom(pool.burn()),
    move: (bytes) => lastValueFrom(pool.move({ bytes: transfer(bytes, [bytes.buffer]) })),
    copy: (bytes) => lastValueFrom(pool.copy({ bytes })),
    close: () => pool.close(),
  };
};
