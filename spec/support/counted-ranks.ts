import type { Task } from 'sluice';

/** Counts how often the priorities of these tasks are looked at: what ordering them costs, without a clock. */
export function countRankReads(tasks: readonly Task<unknown>[]): () => number {
  let reads = 0;
  for (const task of tasks) {
    let priority = task.priority;
    Object.defineProperty(task, 'priority', {
      get: () => {
        reads++;
        return priority;
      },
      set: (value: number) => { priority = value; },
    });
  }
  return () => reads;
}
