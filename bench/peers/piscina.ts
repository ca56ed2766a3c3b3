import { Piscina } from 'piscina';

import type { ThreadPool } from '../workers/thread-pool.ts';

function openPiscina(threads: number, concurrentTasksPerWorker: number): ThreadPool {
  const pool = new Piscina({
    filename: new URL('./piscina-jobs.ts', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker,
  });
  return {
    noop: () => pool.run(undefined, { name: 'noop' }),
    burn: () => pool.run(undefined, { name: 'burn' }),
    // Its type is taken from the wrong form of `postMessage`.
    move: (bytes) => pool.run(bytes, { name: 'move', transferList: [bytes.buffer] as never }),
    copy: (bytes) => pool.run(bytes, { name: 'copy' }),
    close: () => pool.destroy(),
  };
}

/** As it comes. */
export const open = (threads: number): ThreadPool => openPiscina(threads, 1);

/** With as many tasks sent ahead as Sluice sends. */
export const openAhead = (threads: number): ThreadPool => openPiscina(threads, 33);
