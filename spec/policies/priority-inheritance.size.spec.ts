import { NEVER } from 'rxjs';
import { type Task, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

const SIZE = 100_000;

function chain(tasks: TaskManager, priority: (i: number) => number): Task<unknown>[] {
  const all: Task<unknown>[] = [];
  for (let i = 0; i < SIZE; i++) {
    const before = all.at(-1);
    all.push(tasks.task(() => NEVER, { priority: priority(i), ...(before && { upstream: [before] }) }));
  }
  return all;
}

describe(`a chain of ${SIZE} tasks`, () => {
  it.each<[string, (i: number) => number]>([['of one priority', () => 0], ['each of a higher priority than the one before', (i) => i]])(
    'hands the priority of its last task on to its first, and takes it back: %s', (_, priority) => {
      const tasks = new TaskManager();
      tasks.pause();
      const all = chain(tasks, priority);
      const [first, last] = [all[0]!, all.at(-1)!];
      last.start();
      expect(first.priority).toBe(priority(SIZE - 1));
      last.setPriority(SIZE + 1);
      expect(first.priority).toBe(SIZE + 1);
      last.setPriority(priority(SIZE - 1));
      expect(first.priority).toBe(priority(SIZE - 1));
      last.cancel();
      expect([first.status, first.priority]).toEqual(['cancelled', priority(0)]);
    });
});

describe(`${SIZE} tasks of different priorities downstream of one`, () => {
  it('hand it on, lower it and leave, those that want it most first', () => {
    const tasks = new TaskManager();
    tasks.pause();
    const source = tasks.add(() => NEVER);
    const all = Array.from({ length: SIZE }, (_, i) => tasks.add(() => 1, { priority: i, upstream: [source] })).reverse();
    expect(source.priority).toBe(SIZE - 1);
    for (const task of all) task.setPriority(-1);
    expect(source.priority).toBe(0);
    for (const [i, task] of all.entries()) task.setPriority(SIZE - i);
    expect(source.priority).toBe(SIZE);
    for (const task of all) task.cancel();
    expect([source.status, source.priority]).toEqual(['queued', 0]);
  });
});
