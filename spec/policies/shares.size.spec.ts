import { NEVER } from 'rxjs';
import { TaskManager, withWeight } from 'sluice';
import { describe, expect, it } from 'vitest';

import { heapLeftBy } from '../support/heap.ts';
import { synchronous } from '../support/synchronous.ts';

describe('The heap of a manager whose groups share', () => {
  const run = (): number => 1;

  it.each<readonly [size: number, what: string, each: (tasks: TaskManager, number: number) => void]>([
    [200_000, 'tasks', (tasks, number) => { tasks.add(run, { group: number % 3 === 0 ? 'heavy' : 'light' }); }],
    [200_000, 'tasks of groups with names of their own', (tasks, number) => { tasks.add(run, { group: `group ${number}` }); }],
    [200_000, 'tasks with priorities of their own', (tasks, number) => { tasks.add(run, { group: 'heavy', priority: number }); }],
    [200_000, 'groups that have had a weight', (tasks, number) => {
      const group = tasks.group(`group ${number}/within`);
      group.policies = [withWeight(3)];
      tasks.add(run, { group: group.name });
      group.policies = [];
    }],
  ])('is as it was when %i %s have come and gone', async (size, _, each) => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 2, groups: { heavy: { policies: [withWeight(3)] } } });
    tasks.add(() => NEVER); // a manager that is never idle
    tasks.group('held').pause();
    tasks.add(run, { group: 'held' }); // and in which something always waits
    expect(await heapLeftBy(size, (number) => { each(tasks, number); })).toBeLessThan(5);
    expect(tasks.state.counts).toMatchObject({ running: 1, queued: 1 });
  });
});
