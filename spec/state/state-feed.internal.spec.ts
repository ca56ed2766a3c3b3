import { NEVER, queueScheduler, type SchedulerLike } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { TaskManager } from '../../src/manager/task-manager.ts';
import * as reducer from '../../src/state/reduce-state.ts';
import { microtasks } from '../support/event-loop.ts';
import { synchronous } from '../support/synchronous.ts';

vi.mock('../../src/state/reduce-state.ts', async (original) => {
  const actual = await original<typeof reducer>();
  return { reduceState: vi.fn(actual.reduceState) };
});

/** How many pictures have been made. */
function folded(): number {
  return vi.mocked(reducer.reduceState).mock.calls.length;
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

  it('makes no pictures', async () => {
    const tasks = new TaskManager({ ...synchronous });
    doThings(tasks);
    await tasks.close();
    expect(folded()).toBe(0);
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
    const subscriptions = [tasks.state$.subscribe(), tasks.patches$.subscribe()];
    doThings(tasks);
    expect(folded()).toBeGreaterThan(5);
    subscriptions[0]?.unsubscribe();
    vi.clearAllMocks();
    tasks.pause();
    expect(folded()).toBeGreaterThan(0);
    subscriptions[1]?.unsubscribe();
    vi.clearAllMocks();
    doThings(tasks);
    expect(folded()).toBe(0);
  });

  it('makes one when it is asked for the state', () => {
    const tasks = new TaskManager({ ...synchronous });
    doThings(tasks);
    expect(tasks.state.counts).toMatchObject({ completed: 1, cancelled: 1 });
    expect(folded()).toBe(1);
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
    expect(folded()).toBe(1);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  it('looks only at the groups that have changed, while someone looks', () => {
    const tasks = new TaskManager({ ...synchronous });
    for (let i = 0; i < 20; i++) tasks.add(() => NEVER, { group: `group ${String(i)}` });
    tasks.state$.subscribe();
    const { groups } = tasks.state;
    tasks.add(() => NEVER, { group: 'group 7' });
    const changed = Object.keys(groups).filter((name) => tasks.state.groups[name] !== groups[name]);
    expect(changed).toEqual(['group 7']);
  });
});
