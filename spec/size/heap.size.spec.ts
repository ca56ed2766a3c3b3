import { NEVER } from 'rxjs';
import { type Task, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { synchronous } from '../support/synchronous.ts';

const collect = globalThis.gc as () => void;

/** A weakly held object may be kept until the turn in which it was looked at is over. */
async function collected(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => { setImmediate(resolve); });
    collect();
  }
}

async function heap(): Promise<number> {
  await collected();
  return process.memoryUsage().heapUsed;
}

describe('The heap', () => {
  const BATCHES = 50;
  const run = (): number => 1;

  it.each<readonly [size: number, what: string, each: (tasks: TaskManager, number: number) => void]>([
    [1_000_000, 'tasks', (tasks) => { tasks.add(run); }],
    [1_000_000, 'tasks in groups with names of their own', (tasks, number) => { tasks.add(run, { group: `group ${number}` }); }],
    [200_000, 'tasks of a limited group with different priorities', (tasks, number) => { tasks.add(run, { group: 'limited', priority: number % 100 }); }],
    [200_000, 'chains of two, which are dropped', (tasks) => { tasks.add(run, { upstream: { a: tasks.task(run) } }); }],
    [200_000, 'tasks that are cancelled', (tasks) => { tasks.add(() => NEVER).cancel(); }],
    [200_000, 'tasks that are withdrawn', (tasks, number) => { tasks.task(() => NEVER, { group: `group ${number}` }).subscribe().unsubscribe(); }],
    [200_000, 'groups that are watched, limited and let go', (tasks, number) => {
      const group = tasks.group(`group ${number}`);
      const subscription = group.finished$.subscribe();
      group.concurrency = 1;
      tasks.add(run, { group: group.name });
      group.concurrency = Infinity;
      subscription.unsubscribe();
    }],
    [200_000, 'tasks that come and go behind one that waits', (tasks, number) => {
      if (number === 0) tasks.add(run, { group: 'held' });
      tasks.add(run, { group: 'held' }).cancel();
    }],
  ])('is as it was when %i %s have come and gone', async (size, _, each) => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 2, groups: { limited: { concurrency: 1 } } });
    tasks.group('held').pause();
    tasks.add(() => NEVER); // a manager that is never idle
    let number = 0;
    const sizes: number[] = [];
    for (let batch = 0; batch < BATCHES; batch++) {
      for (let i = 0; i < size / BATCHES; i++) each(tasks, number++);
      if (batch === 4 || batch === BATCHES - 1) sizes.push(await heap());
    }
    const [early, late] = sizes as [number, number];
    // Nine tenths of them lie between the two: less than one reference for each would be.
    expect((late - early) / size).toBeLessThan(5);
  });
});

describe('Once it is dropped', () => {
  it('a completed task is freed, and its result', async () => {
    const tasks = new TaskManager(synchronous);
    const [task, result] = (() => {
      const value = { big: true };
      const made = tasks.add(() => value, { group: 'group' });
      tasks.get(made.id);
      return [new WeakRef(made), new WeakRef(value)];
    })();
    await collected();
    expect([task.deref(), result.deref()]).toEqual([undefined, undefined]);
  });

  it('a failed, a cancelled and a withdrawn task are freed', async () => {
    const tasks = new TaskManager(synchronous);
    const dropped = (() => {
      const failed = tasks.add(() => { throw new Error('failed'); });
      const cancelled = tasks.add(() => NEVER);
      cancelled.cancel();
      const withdrawn = tasks.task(() => NEVER);
      withdrawn.subscribe().unsubscribe();
      return [failed, cancelled, withdrawn].map((task: Task<unknown>) => new WeakRef(task));
    })();
    await collected();
    expect(dropped.map((task) => task.deref())).toEqual([undefined, undefined, undefined]);
  });

  it('a cancelled task is freed whose promise never settles', async () => {
    const tasks = new TaskManager(synchronous);
    const dropped = Array.from({ length: 3 }, () => {
      const task = tasks.add(() => new Promise<never>(() => {}), { kwargs: { big: true } });
      task.cancel();
      return new WeakRef(task);
    });
    await collected();
    expect(dropped.map((task) => task.deref())).toEqual([undefined, undefined, undefined]);
  });

  it('a cancelled task is still waited for by close(), until its promise settles', async () => {
    const tasks = new TaskManager(synchronous);
    let settle: (() => void) | undefined;
    tasks.add(() => new Promise<void>((resolve) => { settle = resolve; })).cancel();
    await collected();
    let closed = false;
    const closing = tasks.close().then(() => { closed = true; });
    await collected();
    expect(closed).toBe(false);
    settle?.();
    await closing;
  });

  it('a result is freed as soon as it is forgotten, though its task is kept', async () => {
    const tasks = new TaskManager(synchronous);
    let result: WeakRef<object> | undefined;
    const task = tasks.add(() => {
      const value = { big: true };
      result = new WeakRef(value);
      return value;
    });
    await collected();
    expect(result?.deref()).toBeDefined();
    task.invalidate();
    await collected();
    expect(result?.deref()).toBeUndefined();
    expect(task.status).toBe('idle');
  });

  it('a task that others were downstream of is freed with them, also if it was invalidated', async () => {
    const tasks = new TaskManager(synchronous);
    const dropped = (() => {
      const hub = tasks.task(() => ({ n: 1 }));
      const leaves = [1, 2].map(() => tasks.add(({ n }) => n, { upstream: [hub] }));
      hub.invalidate();
      expect(leaves.map(({ status }) => status)).toEqual(['idle', 'idle']);
      return [hub, ...leaves].map((task: Task<unknown>) => new WeakRef(task));
    })();
    await collected();
    expect(dropped.map((task) => task.deref())).toEqual([undefined, undefined, undefined]);
  });

  it('a downstream task is freed while its upstream is kept', async () => {
    const tasks = new TaskManager(synchronous);
    const hub = tasks.task(() => ({ n: 1 }));
    const leaf = new WeakRef(tasks.add(({ n }) => n, { upstream: [hub] }));
    await collected();
    expect(leaf.deref()).toBeUndefined();
    expect(hub.status).toBe('completed');
  });
});
