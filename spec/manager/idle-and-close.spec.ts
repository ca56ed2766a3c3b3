import { setImmediate as macrotask } from 'node:timers/promises';

import { NEVER, Observable, of, Subject } from 'rxjs';
import { queueOn, type Task, TaskManager, TaskManagerClosedError } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const unsettled = Symbol('unsettled');
  await macrotask();
  return (await Promise.race([promise, Promise.resolve(unsettled)])) !== unsettled;
}

describe('onIdle', () => {
  it('resolves at once when there is nothing', async () => {
    await new TaskManager().onIdle();
  });

  it('resolves when the last task has settled, however it has', async () => {
    const tasks = new TaskManager();
    const sources = [new Subject<never>(), new Subject<never>(), new Subject<never>()];
    const last = sources.map((source) => tasks.add(() => source))[2]!;
    tasks.add(() => 1, { upstream: [sources[0]!] });
    const idle = tasks.onIdle();
    expect(await settled(idle)).toBe(false);
    sources[0]!.complete();
    sources[1]!.error(new Error('x'));
    expect(await settled(idle)).toBe(false);
    last.cancel();
    expect(await settled(idle)).toBe(true);
  });

  it('waits for what is queued while it is paused', async () => {
    const tasks = new TaskManager();
    tasks.pause();
    tasks.add(() => 1);
    const idle = tasks.onIdle();
    expect(await settled(idle)).toBe(false);
    tasks.resume();
    expect(await settled(idle)).toBe(true);
  });

  it('waits for what the last one adds when it ends', async () => {
    const tasks = new TaskManager();
    const [first, second] = [new Subject<never>(), new Subject<never>()];
    tasks.add(() => first).subscribe({ complete: () => { tasks.add(() => second); } });
    const idle = tasks.onIdle();
    await macrotask();
    first.complete();
    expect(await settled(idle)).toBe(false);
    second.complete();
    expect(await settled(idle)).toBe(true);
  });

  it('waits for what queueOn has put on its scheduler, and what that adds', async () => {
    const tasks = new TaskManager();
    const [source, later] = [new Subject<never>(), new Subject<never>()];
    source.pipe(queueOn(tasks.scheduler)).subscribe({ complete: () => { tasks.add(() => later); } });
    const idle = tasks.onIdle();
    await macrotask();
    expect(await settled(idle)).toBe(false);
    source.complete();
    expect(await settled(idle)).toBe(false);
    later.complete();
    expect(await settled(idle)).toBe(true);
  });

  it('is one promise for all who wait, and another for the next time', async () => {
    const tasks = syncManager();
    const first = tasks.add(() => NEVER);
    const idle = tasks.onIdle();
    expect([tasks.onIdle() === idle, tasks.scheduler.onIdle() === idle]).toEqual([true, true]);
    first.cancel();
    // In the very moment: who waits has not been told yet.
    const second = tasks.add(() => NEVER);
    const next = tasks.onIdle();
    expect(next).not.toBe(idle);
    expect([await settled(idle), await settled(next)]).toEqual([true, false]);
    second.cancel();
    expect(await settled(next)).toBe(true);
  });

  it('waits for what a listener adds when it hears of the last end', async () => {
    const tasks = syncManager();
    const last = tasks.add(() => NEVER);
    const idle = tasks.onIdle();
    let added: Task<never> | undefined;
    tasks.events$.subscribe(({ type }) => { if (type === 'cancelled') added ??= tasks.add(() => NEVER); });
    last.cancel();
    expect(tasks.onIdle()).toBe(idle);
    expect(await settled(idle)).toBe(false);
    added?.cancel();
    expect(await settled(idle)).toBe(true);
  });

  it('can be waited for by several, and again', async () => {
    const tasks = new TaskManager();
    for (let i = 0; i < 2; i++) {
      const task = tasks.add(() => NEVER);
      const waits = [tasks.onIdle(), tasks.onIdle()];
      await macrotask();
      task.cancel();
      await Promise.all(waits);
    }
  });
});

describe('close', () => {
  it('cancels everything', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const all = [tasks.add(() => NEVER), tasks.add(() => 1), tasks.add(() => 1, { upstream: [NEVER] })];
    const { heard } = listen(all[0]!);
    await tasks.close();
    expect(all.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(heard).toMatchObject([{ name: 'AbortError' }]);
    expect(tasks.state.status).toBe('closed');
  });

  it('waits for the functions that still run', async () => {
    const tasks = syncManager();
    let end!: () => void;
    tasks.add(() => new Promise<void>((resolve) => { end = resolve; }));
    const closed = tasks.close();
    expect(await settled(closed)).toBe(false);
    end();
    expect(await settled(closed)).toBe(true);
  });

  it('waits for a generator that cleans up', async () => {
    const tasks = new TaskManager();
    let cleanedUp!: () => void;
    const task = tasks.add(async function* () {
      try {
        for (;;) {
          yield 1;
          await macrotask();
        }
      } finally {
        await new Promise<void>((resolve) => { cleanedUp = resolve; });
      }
    });
    await macrotask();
    expect(task.status).toBe('running');
    const closed = tasks.close();
    await macrotask();
    expect(await settled(closed)).toBe(false);
    cleanedUp();
    expect(await settled(closed)).toBe(true);
  });

  it('waits for those cancelled before, too, and for one that was cancelled as it started', async () => {
    const tasks = syncManager();
    let end!: () => void;
    tasks.add(() => new Promise<void>((resolve) => { end = resolve; })).cancel();
    tasks.events$.subscribe((event) => { if (event.type === 'started') event.task.cancel(); });
    tasks.add(() => 1);
    const closed = tasks.close();
    expect(await settled(closed)).toBe(false);
    end();
    expect(await settled(closed)).toBe(true);
  });

  it('does not wait for an Observable, which is torn down at once', async () => {
    const tasks = syncManager();
    let tornDown = false;
    tasks.add(() => new Observable(() => () => { tornDown = true; }));
    const closed = tasks.close();
    expect(tornDown).toBe(true);
    await closed;
  });

  it('refuses what comes after', async () => {
    const tasks = syncManager();
    const idle = tasks.task(() => 1);
    const closed = tasks.close();
    const calls = [() => tasks.task(() => 1), () => tasks.add(() => 1), () => tasks.passThrough({}), () => idle.start(), () => tasks.scheduler.schedule(() => {})];
    for (const call of calls) expect(call).toThrow(TaskManagerClosedError);
    for (const source of [idle, of(1).pipe(queueOn(tasks.scheduler))]) expect(listen(source).heard).toMatchObject([{ name: 'TaskManagerClosedError', code: 'TASK_MANAGER_CLOSED' }]);
    expect(idle.status).toBe('idle');
    await closed;
  });

  it('refuses what a callback asks for while it is closing', async () => {
    const tasks = syncManager();
    const task = tasks.add(() => NEVER);
    let again: unknown[] = [];
    task.subscribe({ error: () => { again = listen(task).heard; } });
    await tasks.close();
    expect(again).toMatchObject([{ name: 'TaskManagerClosedError' }]);
  });

  it('leaves the results that are kept', async () => {
    const tasks = syncManager();
    const done = tasks.add(() => 1);
    await tasks.close();
    expect(listen(done).heard).toEqual([1, 'complete']);
  });

  it('ends what waits on its scheduler with an error', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const [running, waiting] = [listen(NEVER.pipe(queueOn(tasks.scheduler))), listen(of(1).pipe(queueOn(tasks.scheduler)))];
    await tasks.close();
    expect([running.heard, waiting.heard]).toMatchObject([[{ name: 'TaskManagerClosedError' }], [{ name: 'TaskManagerClosedError' }]]);
    expect(tasks.scheduler.running).toBe(0);
  });

  it('is done once, and is not undone by resume', async () => {
    const tasks = new TaskManager();
    expect(tasks.close()).toBe(tasks.close());
    tasks.resume();
    expect(tasks.state.status).toBe('closed');
    await tasks.onIdle();
  });

  it('is what `await using` does at the end of its block', async () => {
    let outside: TaskManager;
    let signal!: AbortSignal;
    {
      await using tasks = syncManager();
      outside = tasks;
      tasks.add((_, context) => {
        ({ signal } = context);
        return NEVER;
      });
      expect(signal.aborted).toBe(false);
    }
    expect(signal.aborted).toBe(true);
    expect(() => outside.add(() => 1)).toThrow(TaskManagerClosedError);
  });
});
