import { type Task, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { countRankReads } from '../support/counted-ranks.ts';
import { synchronous } from '../support/synchronous.ts';

describe('1,000,000 queued tasks', () => {
  it('are drained in the right order', () => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 1 });
    const size = 1_000_000;
    // Priorities in no order, more of them than any shortcut for few would hold.
    const priorityOf = (id: number): number => (id * 7919) % 1009;
    const rankOf = (id: number): number => id - priorityOf(id) * size * 2;
    let drained = 0;
    let misplaced = 0;
    let before = -Infinity;
    const run = (_: object, { id }: { id: number }): void => {
      drained++;
      const rank = rankOf(id);
      if (rank < before) misplaced++;
      before = rank;
    };
    tasks.pause();
    for (let id = 1; id <= size; id++) tasks.add(run, { priority: priorityOf(id) });
    expect(tasks.scheduler.queued).toBe(size);
    tasks.resume();
    expect([drained, misplaced]).toEqual([size, 0]);
    expect(tasks.scheduler.queued + tasks.scheduler.running).toBe(0);
  });
});

describe('Ten times as many queued tasks', () => {
  const priorities: readonly (readonly [string, (i: number) => number])[] = [
    ['equal', () => 0],
    ['rising', (i) => i],
    ['falling', (i) => -i],
    ['mixed', (i) => (i * 7919) % 1009],
  ];

  /** How often, a task, priorities are looked at while `act` is carried out on so many queued tasks. */
  function looks(size: number, priority: (i: number) => number, act: (queued: readonly Task<unknown>[], tasks: TaskManager) => void): number {
    const tasks = new TaskManager({ ...synchronous, concurrency: 1 });
    const queued = Array.from({ length: size }, (_, i) => tasks.task(() => i, { priority: priority(i) }));
    const reads = countRankReads(queued);
    tasks.pause();
    for (const task of queued) task.start();
    act(queued, tasks);
    expect(tasks.scheduler.queued).toBe(0);
    return reads() / size;
  }

  const acts: readonly (readonly [string, (queued: readonly Task<unknown>[], tasks: TaskManager) => void])[] = [
    ['drained', (_, tasks) => { tasks.resume(); }],
    ['cancelled one by one', (queued) => { for (const task of queued) task.cancel(); }],
    ['cancelled at once', (_, tasks) => { tasks.cancelAll(); }],
    ['moved and drained', (queued, tasks) => {
      for (const [i, task] of queued.entries()) task.setPriority((i * 31) % 997);
      tasks.resume();
    }],
  ];

  it.each(priorities.flatMap(([name, priority]) => acts.map(([what, act]) => ({ name, what, priority, act }))))(
    'of $name priority are $what at a cost that grows with the logarithm',
    ({ priority, act }) => {
      // The logarithm of ten times as many is less than twice as much.
      expect(looks(30_000, priority, act)).toBeLessThan(2 * looks(3000, priority, act) + 1);
    },
  );
});
