import { NEVER, queueScheduler, type SchedulerLike } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { TaskManager } from '../../src/manager/task-manager.ts';
import * as changing from '../../src/state/change-groups.ts';
import { patches } from '../../src/state/patches.ts';
import * as making from '../../src/state/snapshot.ts';
import { macrotask, microtasks } from '../support/event-loop.ts';
import { synchronous } from '../support/synchronous.ts';

vi.mock('../../src/state/snapshot.ts', async (original) => {
  const actual = await original<typeof making>();
  return { ...actual, snapshot: vi.fn(actual.snapshot) };
});
vi.mock('../../src/state/change-groups.ts', async (original) => {
  const actual = await original<typeof changing>();
  return { changeGroups: vi.fn(actual.changeGroups) };
});

/** How many snapshots have been made. */
function made(): number {
  return vi.mocked(making.snapshot).mock.calls.length;
}

/** How many groups these have looked at, in all. */
function lookedAt(): number {
  return vi.mocked(changing.changeGroups).mock.calls.reduce((sum, [, names]) => sum + names.length, 0);
}

/** Does one of everything that shows in the state. */
function doThings(tasks: TaskManager): void {
  tasks.add(() => 1, { group: 'api' });
  tasks.add((_, { progress }) => { progress(0.5); return NEVER; }).cancel();
  tasks.group('api').pause();
  tasks.group('api').resume();
  tasks.concurrency = 3;
  tasks.pause();
  tasks.resume();
}

describe('a manager whose state no one looks at', () => {
  beforeEach(() => { vi.clearAllMocks(); });

  it('makes no snapshots', async () => {
    const tasks = new TaskManager({ ...synchronous });
    doThings(tasks);
    await tasks.close();
    expect(made()).toBe(0);
  });

  it('asks its host for nothing but looks at the queue', () => {
    let asked = 0;
    const host: SchedulerLike = {
      now: () => 0,
      schedule: ((...call: Parameters<SchedulerLike['schedule']>) => {
        asked++;
        return queueScheduler.schedule(...call);
      }),
    };
    const tasks = new TaskManager({ host });
    tasks.pause();
    tasks.concurrency = 3;
    tasks.group('api').concurrency = 1;
    tasks.add(() => NEVER).cancel();
    expect(asked).toBe(0);
    const subscription = tasks.state$.subscribe();
    tasks.concurrency = 4;
    expect(asked).toBe(1);
    subscription.unsubscribe();
    tasks.concurrency = 5;
    expect(asked).toBe(1);
  });

  it('makes them again no more when the last one who looks has left', () => {
    const tasks = new TaskManager({ ...synchronous });
    const subscriptions = [tasks.state$.subscribe(), patches(tasks).subscribe()];
    doThings(tasks);
    expect(made()).toBeGreaterThan(5);
    subscriptions[0]?.unsubscribe();
    vi.clearAllMocks();
    tasks.pause();
    expect(made()).toBeGreaterThan(0);
    subscriptions[1]?.unsubscribe();
    vi.clearAllMocks();
    doThings(tasks);
    expect(made()).toBe(0);
  });

  it('makes one when it is asked for the state', () => {
    const tasks = new TaskManager({ ...synchronous });
    doThings(tasks);
    expect(tasks.state.counts).toMatchObject({ completed: 1, cancelled: 1 });
    expect(made()).toBe(1);
  });

  it('makes one a turn, however much happens in it and however many look', async () => {
    const tasks = new TaskManager({ timeSlice: Infinity });
    const subscriptions = [1, 2, 3].map(() => tasks.state$.subscribe());
    vi.clearAllMocks();
    for (let i = 0; i < 50; i++) {
      tasks.pause();
      tasks.resume();
    }
    tasks.pause();
    await microtasks();
    expect(made()).toBe(1);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  it('keeps nothing of groups that come and go', () => {
    const tasks = new TaskManager({ ...synchronous });
    const { stale } = tasks.scheduler as unknown as { stale: ReadonlySet<unknown> };
    for (let i = 0; i < 100; i++) tasks.add(() => 1, { group: `group ${i}/within` });
    expect(stale.size).toBe(0);
  });
});

describe('a manager whose state someone looks at', () => {
  beforeEach(() => { vi.clearAllMocks(); });

  it('looks only at the groups that have changed', () => {
    const tasks = new TaskManager({ ...synchronous });
    for (let i = 0; i < 2000; i++) tasks.add(() => NEVER, { group: `group ${i}` });
    tasks.state$.subscribe();
    expect([made(), lookedAt()]).toEqual([1, 2000]);
    vi.clearAllMocks();
    tasks.add(() => NEVER, { group: 'group 7' });
    expect(made()).toBeGreaterThan(0);
    expect(lookedAt()).toBe(made());
    tasks.concurrency = 3;
    expect(lookedAt()).toBe(made() - 1);
  });

  it('makes at most one snapshot a turn of the event loop, however long it takes, and one more when all is settled', async () => {
    let time = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => time);
    try {
      const tasks = new TaskManager({ concurrency: 1, timeSlice: Infinity });
      const subscription = tasks.state$.subscribe();
      vi.clearAllMocks();
      for (let turn = 0; turn < 10; turn++) {
        for (let i = 0; i < 20; i++) {
          tasks.add(() => {
            time += 10;
            return Promise.resolve();
          }, { group: `group ${i}` });
        }
        await tasks.onIdle();
        await microtasks();
        expect(made()).toBeLessThanOrEqual(2 * (turn + 1));
        await macrotask();
      }
      expect(made()).toBeGreaterThanOrEqual(10);
      subscription.unsubscribe();
    } finally {
      clock.mockRestore();
    }
  });

  it('makes fewer after one of many groups: for every 250, a turn passes without', async () => {
    for (const [groups, turns] of [[200, 1], [300, 2], [2500, 11]] as const) {
      const tasks = new TaskManager({ timeSlice: Infinity });
      const subscription = tasks.state$.subscribe();
      for (let i = 0; i < groups; i++) tasks.add(() => NEVER, { group: `group ${i}` });
      await microtasks();
      vi.clearAllMocks();
      let passed = 0;
      while (made() === 0 && passed < 100) {
        tasks.add(() => NEVER);
        await macrotask();
        await microtasks();
        passed++;
      }
      expect(passed).toBe(turns);
      subscription.unsubscribe();
    }
  });

  it('makes none for a change that no one waits for any more', async () => {
    const tasks = new TaskManager();
    const subscription = tasks.state$.subscribe();
    for (let i = 0; i < 3; i++) {
      tasks.add(() => NEVER);
      await microtasks();
    }
    tasks.add(() => NEVER);
    vi.clearAllMocks();
    subscription.unsubscribe();
    await macrotask();
    await microtasks();
    expect(made()).toBe(0);
  });

  it('shows what has changed since the last one when nothing changes any more', async () => {
    const tasks = new TaskManager({ timeSlice: Infinity });
    const running: number[] = [];
    const subscription = tasks.state$.subscribe(({ counts }) => { running.push(counts.running); });
    for (let i = 0; i < 3000; i++) tasks.add(() => NEVER, { group: `group ${i}` });
    await microtasks();
    tasks.add(() => NEVER);
    for (let turn = 0; turn < 20; turn++) await macrotask();
    await microtasks();
    expect(running.at(-1)).toBe(3001);
    subscription.unsubscribe();
  });
});
