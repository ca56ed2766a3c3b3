import { concatMap, from, NEVER, of, Subject, throwError } from 'rxjs';
import { InvalidInputError, queueOn, TaskManager, TaskManagerClosedError, withRetry } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

async function settled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  void promise.then(() => { is = true; });
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return is;
}

describe('close({ drain: true })', () => {
  it('lets what is waiting, queued and running end, and then closes', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const [first, up] = [new Subject<number>(), new Subject<number>()];
    const heard = [tasks.task(() => first), tasks.task(() => 2), tasks.task(({ up }) => up, { upstream: { up } })].map((task) => listen(task).heard);
    const draining = tasks.close({ drain: true });
    expect(await settled(draining)).toBe(false);
    first.next(1);
    first.complete();
    expect(await settled(draining)).toBe(false);
    up.next(3);
    up.complete();
    expect(await settled(draining)).toBe(true);
    expect(heard).toEqual([[1, 'complete'], [2, 'complete'], [3, 'complete']]);
    expect(tasks.state.status).toBe('closed');
  });

  it('refuses what is new at once', () => {
    const tasks = syncManager();
    const idle = tasks.task(() => 1);
    tasks.add(() => NEVER);
    void tasks.close({ drain: true });
    expect(() => tasks.add(() => 1)).toThrow(TaskManagerClosedError);
    expect(() => idle.start()).toThrow(TaskManagerClosedError);
    expect(listen(idle).heard).toEqual([expect.any(TaskManagerClosedError)]);
    expect(listen(of(1).pipe(queueOn(tasks.scheduler))).heard).toEqual([expect.any(TaskManagerClosedError)]);
    void tasks.close();
  });

  it('lets a function that runs start others, and attempts be made', async () => {
    const tasks = new TaskManager({ concurrency: 1 });
    const page = tasks.task(async () => 'page');
    const book = tasks.task(async (_, { run }) => `${await run(page)} ${await run(() => 'two')}`);
    let calls = 0;
    const flaky = tasks.task(() => (++calls === 1 ? throwError(() => 'x') : of(calls)), { policies: [withRetry({ count: 1, delay: 1 })] });
    const heard = [book, flaky].map((task) => listen(task).heard);
    await tasks.close({ drain: true });
    expect(heard).toEqual([['page two', 'complete'], [2, 'complete']]);
  });

  it('lets what waits by queueOn end', async () => {
    const tasks = new TaskManager({ concurrency: 1 });
    const { heard } = listen(from([1, 2]).pipe(concatMap((n) => of(n)), queueOn(tasks.scheduler)));
    await tasks.close({ drain: true });
    expect(heard).toEqual([1, 2, 'complete']);
  });

  it('is given up by close(), which cancels what there is', async () => {
    const tasks = syncManager();
    const { heard } = listen(tasks.task(() => NEVER));
    const draining = tasks.close({ drain: true });
    expect(tasks.close({ drain: true })).toBe(draining);
    await tasks.close();
    await draining;
    expect(heard).toMatchObject([{ name: 'AbortError' }]);
  });

  it('is done at once when there is nothing to wait for', async () => {
    const tasks = new TaskManager();
    await tasks.close({ drain: true });
    expect(tasks.state.status).toBe('closed');
  });

  it.each([[{ drain: 1 }], [{ wait: true }], [true], [null]])('is refused at the call: %o', (options) => {
    const tasks = new TaskManager();
    expect(() => { void tasks.close(options as never); }).toThrow(InvalidInputError);
    expect(tasks.state.status).toBe('idle');
  });
});
