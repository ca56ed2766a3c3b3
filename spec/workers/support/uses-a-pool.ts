// A process of its own: makes a pool, uses it and never closes it.
import { firstValueFrom, lastValueFrom, timer } from 'rxjs';
import { workerPool } from 'sluice/workers';

import type { fixture } from './fixture.ts';
import { makeWorker } from './make-worker.ts';

const pool = workerPool<typeof fixture>(() => makeWorker(), { size: 2, idleMs: Infinity });
const [sum, after] = await Promise.all([lastValueFrom(pool.later({ value: 7 })), lastValueFrom(pool.slowly({ count: 3 }))]);
// One is left while it runs, one before it has started.
await firstValueFrom(pool.watch());
pool.later({ value: 8 }).subscribe().unsubscribe();
await firstValueFrom(timer(0));
console.log(`${sum} ${after}`);
