import { asapScheduler, type SchedulerLike } from 'rxjs';
import { TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

// What a task costs, in things that can be counted on a busy machine as well: bytes, reads of the clock,
// looks at the queue. See docs/performance.md.

const collect = globalThis.gc as () => void;
const observer = { next: (): void => {} };

describe('A task', () => {
  const SIZE = 20_000;

  /** Bytes a task, when `queue` has been called for so many. */
  function bytes(queue: (tasks: TaskManager, count: number) => void): number {
    const make = (count: number): TaskManager => {
      const tasks = new TaskManager();
      tasks.pause();
      queue(tasks, count);
      return tasks;
    };
    make(100); // what is made once, for all
    collect();
    const before = process.memoryUsage().heapUsed;
    const tasks = make(SIZE);
    collect();
    const used = process.memoryUsage().heapUsed - before;
    expect(tasks.state.counts.queued + tasks.state.counts.waiting).toBe(SIZE);
    return used / SIZE;
  }

  it('that is queued takes at most 300 bytes, with its subscriber', () => {
    const run = (): number => 1;
    expect(bytes((tasks, count) => {
      for (let i = 0; i < count; i++) tasks.add(run, { priority: i % 10 }).subscribe(observer);
    })).toBeLessThan(300);
  });

  it('that waits for another takes at most 680 bytes, with all that ties them', () => {
    const run = (): number => 1;
    expect(bytes((tasks, count) => {
      let last = tasks.add(run);
      for (let i = 1; i < count; i++) {
        last = tasks.add(run, { upstream: { last } });
        last.subscribe(observer);
      }
    })).toBeLessThan(680);
  });

  it('reads the clock when it is queued, started and settled, and has the queue looked at once in a turn', async () => {
    const SIZE = 1_000;
    let reads = 0;
    let looks = 0;
    const host: SchedulerLike = {
      now: () => {
        reads++;
        return 0;
      },
      schedule: (...work: Parameters<SchedulerLike['schedule']>) => {
        looks++;
        return asapScheduler.schedule(...work);
      },
    };
    const tasks = new TaskManager({ host, concurrency: 10 });
    for (let i = 0; i < SIZE; i++) tasks.add(() => Promise.resolve(i)).subscribe(observer);
    await tasks.onIdle();
    expect(looks).toBeLessThanOrEqual(SIZE / 10 + 1);
    expect(reads).toBeLessThanOrEqual(3 * SIZE + 2 * looks);
  });
});
