import { NEVER, queueScheduler, type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import { TaskManager, withMaxWait } from 'sluice';
import { describe, expect, it } from 'vitest';

import { heapLeftBy } from '../support/heap.ts';

/** Starts what may start at once. Its timers never ring: what is overdue is found by who looks. */
class Host implements SchedulerLike {
  time = 0;

  now(): number {
    return this.time;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription {
    return delay > 0 ? new Subscription() : queueScheduler.schedule(work as (this: SchedulerAction<T>, state?: T) => void, 0, state);
  }
}

describe('The heap of a manager with maxWait', () => {
  const run = (): number => 1;

  it.each<readonly [size: number, what: string, each: (tasks: TaskManager, number: number, host: Host) => void]>([
    [200_000, 'tasks', (tasks) => { tasks.add(run); }],
    [200_000, 'tasks in groups with names of their own', (tasks, number) => { tasks.add(run, { group: `group ${number}` }); }],
    [200_000, 'tasks that come and go behind one that waits', (tasks) => { tasks.add(run, { group: 'held' }).cancel(); }],
    [200_000, 'tasks that are overdue when they start', (tasks, number, host) => {
      const group = tasks.group('full');
      group.pause();
      tasks.add(run, { group: 'full', priority: -number % 100 });
      host.time += 20;
      group.resume();
    }],
    [200_000, 'groups whose maxWait is set and lifted while something waits', (tasks, number) => {
      const group = tasks.group(`group ${number}`);
      group.pause();
      const task = tasks.add(run, { group: group.name });
      group.policies = [withMaxWait(5)];
      task.cancel();
      group.policies = [];
      group.resume();
    }],
  ])('is as it was when %i %s have come and gone', async (size, _, each) => {
    const host = new Host();
    const tasks = new TaskManager({ host, timeSlice: Infinity, concurrency: 2, policies: [withMaxWait(10)], groups: { full: { concurrency: 1 } } });
    tasks.add(() => NEVER); // a manager that is never idle
    tasks.group('held').pause();
    tasks.add(run, { group: 'held' }); // and in which something always waits
    expect(await heapLeftBy(size, (number) => { each(tasks, number, host); })).toBeLessThan(5);
    expect(tasks.state.counts).toMatchObject({ running: 1, queued: 1 });
  });
});
