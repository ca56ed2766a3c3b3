import { EMPTY, NEVER, Observable } from 'rxjs';
import type { TaskContext } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

const releaseSlot = 'on-settle';

/** A function that does not heed its signal, and ends when it is told to. */
function stubborn(): { fn: (kwargs: unknown, context: TaskContext) => Promise<string>; end(): void; fail(): void; started: number } {
  const ends: { resolve(value: string): void; reject(error: unknown): void }[] = [];
  return {
    fn: () => new Promise<string>((resolve, reject) => ends.push({ resolve, reject })),
    end: () => { ends.shift()!.resolve('late'); },
    fail: () => { ends.shift()!.reject(new Error('late')); },
    get started() { return ends.length; },
  };
}

const microtasks = async (): Promise<void> => { for (let i = 0; i < 10; i++) await Promise.resolve(); };

describe("releaseSlot: 'on-settle'", () => {
  it.each(['end', 'fail'] as const)('keeps the slot of a cancelled run until its function has really ended: %s', async (how) => {
    const tasks = syncManager({ concurrency: 1, releaseSlot });
    const work = stubborn();
    const task = tasks.add(work.fn);
    const { heard } = listen(task);
    const next = tasks.add(() => NEVER);
    task.cancel();
    expect(heard).toMatchObject([{ name: 'AbortError' }]); // nobody is left waiting
    await microtasks();
    expect([task.status, next.status]).toEqual(['cancelled', 'queued']);
    expect(tasks.scheduler.running).toBe(1);
    work[how]();
    await microtasks();
    expect(next.status).toBe('running');
    expect(tasks.scheduler.running).toBe(1);
  });

  it('keeps the slot of a cancelled Observable until what it is to wait for has ended, however that ends', async () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot });
    const ends: ((how: 'resolve' | 'reject') => void)[] = [];
    const lasting = (): Promise<void> => new Promise((resolve, reject) => ends.push((how) => { if (how === 'resolve') resolve(); else reject(new Error('late')); }));
    const task = tasks.add((_, { waitUntil }) => new Observable(() => () => { waitUntil(lasting()); waitUntil(lasting()); }));
    const next = tasks.add(() => NEVER);
    task.cancel();
    await microtasks();
    expect([task.status, next.status]).toEqual(['cancelled', 'queued']);
    ends[0]!('reject');
    await microtasks();
    expect(next.status).toBe('queued');
    ends[1]!('resolve');
    await microtasks();
    expect(next.status).toBe('running');
  });

  it('does not keep the slot of a task that completes, whatever it is to wait for', () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot });
    tasks.add((_, { waitUntil }) => { waitUntil(new Promise(() => {})); return 1; });
    expect(tasks.add(() => NEVER).status).toBe('running');
  });

  it('is an option of the manager, a task, and a group of tasks alike', async () => {
    const limit = { concurrency: 1 };
    const managers = {
      manager: syncManager({ releaseSlot, groups: { g: limit } }),
      group: syncManager({ groups: { g: { ...limit, releaseSlot } } }),
      task: syncManager({ groups: { g: limit } }),
      // The task has the last word, then the group.
      taskInGroup: syncManager({ releaseSlot: 'on-cancel', groups: { g: { ...limit, releaseSlot: 'on-cancel' } } }),
      groupInManager: syncManager({ releaseSlot: 'on-cancel', groups: { g: { ...limit, releaseSlot } } }),
    };
    for (const [who, tasks] of Object.entries(managers)) {
      const work = stubborn();
      tasks.add(work.fn, { group: 'g', ...(who.startsWith('task') ? { releaseSlot } : {}) }).cancel();
      const next = tasks.add(work.fn, { group: 'g', releaseSlot: 'on-cancel' });
      expect([who, next.status]).toEqual([who, 'queued']);
      work.end();
      await microtasks();
      expect([who, next.status]).toEqual([who, 'running']);
      next.cancel();
      expect([who, tasks.add(() => 1, { group: 'g' }).status]).toEqual([who, 'completed']);
    }
  });

  it('bounds the work itself, also when the same task is queued again', async () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot });
    const work = stubborn();
    const task = tasks.task(work.fn);
    task.subscribe().unsubscribe();
    const { heard } = listen(task);
    expect([work.started, task.status]).toEqual([1, 'queued']);
    work.end();
    await microtasks();
    expect([work.started, task.status]).toEqual([1, 'running']);
    work.end();
    await microtasks();
    expect(heard).toEqual(['late', 'complete']);
  });

  it('frees the slot of an Observable at once: it ends when it is unsubscribed from', () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot });
    const task = tasks.add(() => NEVER);
    task.cancel();
    expect(tasks.add(() => 1).status).toBe('completed');
  });

  it('frees the slot once of a function that cancels itself', async () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot });
    for (const result of ['value', EMPTY, new Observable(() => {}), Promise.resolve(1)]) {
      const task = tasks.task(() => {
        task.cancel();
        return result;
      });
      listen(task);
      await microtasks();
      expect(tasks.scheduler.running).toBe(0);
    }
    const throws = tasks.task((): void => {
      throws.cancel();
      throw new Error('after');
    });
    listen(throws);
    expect(tasks.scheduler.running).toBe(0);
  });

  it('keeps the slot of an async generator until its finally is through', async () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot });
    const [step, cleanup] = [stubborn(), stubborn()];
    const task = tasks.add(async function* () {
      try {
        yield await step.fn({}, {} as TaskContext);
        yield await step.fn({}, {} as TaskContext);
      } finally {
        await cleanup.fn({}, {} as TaskContext);
      }
    });
    const next = tasks.add(() => 'next');
    task.cancel();
    await microtasks();
    expect(next.status).toBe('queued');
    step.end();
    await microtasks();
    expect([cleanup.started, next.status]).toEqual([1, 'queued']);
    cleanup.end();
    await microtasks();
    expect(next.status).toBe('completed');
  });

  it('keeps the slot of a live run that was replaced', async () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot });
    const work = stubborn();
    const next = new Observable<{ n: number }>((subscriber) => {
      subscriber.next({ n: 1 });
      void Promise.resolve().then(() => { subscriber.next({ n: 2 }); });
    });
    tasks.add(work.fn, { upstream: [next], join: 'combineLatest' });
    await microtasks();
    expect([work.started, tasks.scheduler.running]).toEqual([1, 1]);
    work.end();
    await microtasks();
    expect([work.started, tasks.scheduler.running]).toEqual([1, 1]);
  });

  it('counts for onIdle, which waits for what still runs', async () => {
    const tasks = syncManager({ releaseSlot });
    const work = stubborn();
    tasks.add(work.fn).cancel();
    let idle = false;
    const waited = tasks.onIdle().then(() => { idle = true; });
    await microtasks();
    expect(idle).toBe(false);
    work.end();
    await waited;
    expect(tasks.scheduler.running).toBe(0);
  });
});

describe("releaseSlot: 'on-cancel'", () => {
  it('frees the slot once, though the function ends later', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const work = stubborn();
    tasks.add(work.fn).cancel();
    const next = tasks.add(() => NEVER);
    const last = tasks.add(() => NEVER);
    expect([next.status, last.status]).toEqual(['running', 'queued']);
    work.end();
    await microtasks();
    expect([next.status, last.status]).toEqual(['running', 'queued']);
    expect(tasks.scheduler.running).toBe(1);
  });
});
