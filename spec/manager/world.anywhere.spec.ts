import { asapScheduler, firstValueFrom, scheduled } from 'rxjs';
import { TaskManager } from 'sluice';
import { expect, it } from 'vitest';

it('runs tasks wherever RxJS runs', async () => {
  const tasks = new TaskManager({ host: asapScheduler });
  expect(await firstValueFrom(tasks.task(() => scheduled([1], asapScheduler)))).toBe(1);
});
