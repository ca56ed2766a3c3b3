import { lastValueFrom } from 'rxjs';
import { WorkerCrashedError, workerPool } from 'sluice/workers';
import { expect, it } from 'vitest';

import type { fixture } from './support/fixture.ts';
import { makeWorker } from './support/make-worker.ts';

it('a worker that runs out of memory fails its call, with that as the cause', async () => {
  await using pool = workerPool<typeof fixture>(() => makeWorker({ resourceLimits: { maxOldGenerationSizeMb: 32 } }), { size: 1 });
  const error = await lastValueFrom(pool.fill()).then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(WorkerCrashedError);
  expect(error).toMatchObject({ cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } });
});
