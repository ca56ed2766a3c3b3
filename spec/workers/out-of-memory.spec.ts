import { firstValueFrom, lastValueFrom, Subject } from 'rxjs';
import { WorkerCrashedError, workerPool } from 'sluice/workers';
import { expect, it } from 'vitest';

import type { fixture } from './support/fixture.ts';
import { makeWorker } from './support/make-worker.ts';

it('a worker that runs out of memory fails its call, with that as the cause, and no other', async () => {
  await using pool = workerPool<typeof fixture>(() => makeWorker({ resourceLimits: { maxOldGenerationSizeMb: 32 } }), { size: 2 });
  const started = new Subject<void>();
  const inside = firstValueFrom(started);
  const errors: unknown[] = [];
  const other = pool.wait({}, { progress: () => { started.next(); } }).subscribe({ error: (error: unknown) => { errors.push(error); } });
  await inside;
  const filling = lastValueFrom(pool.fill()).then(() => undefined, (error: unknown) => error);
  const behind = lastValueFrom(pool.count());
  const error = await filling;
  expect(error).toBeInstanceOf(WorkerCrashedError);
  expect(error).toMatchObject({ cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } });
  expect(await behind).toBe(1);
  expect([errors, other.closed]).toEqual([[], false]);
  other.unsubscribe();
});
