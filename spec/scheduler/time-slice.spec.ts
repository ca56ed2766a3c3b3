import { defer, EMPTY, queueScheduler, type SchedulerLike } from 'rxjs';
import { PriorityScheduler, queueOn, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { macrotask, microtasks } from '../support/event-loop.ts';
import { HandClock } from '../support/hand-clock.ts';
import { marbles } from '../support/marbles.ts';

/** Queues `count` actions which take a millisecond each, and log their number. */
function work(scheduler: PriorityScheduler, host: HandClock, count: number, log: unknown[]): void {
  for (let i = 0; i < count; i++) {
    scheduler.schedule(() => {
      host.time++;
      log.push(i);
    });
  }
}

describe('a time slice', () => {
  it('lets the event loop have its turn when it is over, every 4 ms by default', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    setImmediate(() => {
      log.push('event');
      setImmediate(() => { log.push('another event'); });
    });
    work(new PriorityScheduler({ host }), host, 10, log);
    while (log.length < 12) await macrotask();
    expect(log).toEqual([0, 1, 2, 3, 'event', 4, 5, 6, 7, 'another event', 8, 9]);
  });

  it('does not go on in a microtask', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    work(new PriorityScheduler({ host }), host, 6, log);
    await microtasks();
    expect(log).toEqual([0, 1, 2, 3]);
    await macrotask();
    expect(log).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('is as long as it is said to be', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    work(new PriorityScheduler({ host, timeSlice: 1.5 }), host, 5, log);
    await microtasks();
    expect(log).toEqual([0, 1]);
    await macrotask();
    expect(log).toEqual([0, 1, 2, 3]);
  });

  it('without an end never gives way', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    work(new PriorityScheduler({ host, timeSlice: Infinity }), host, 1000, log);
    await microtasks();
    expect(log).toHaveLength(1000);
  });

  it('is one for all looks at the queue in a turn of the event loop', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    const scheduler = new PriorityScheduler({ host });
    work(scheduler, host, 3, log);
    await microtasks();
    work(scheduler, host, 3, log);
    await microtasks();
    expect(log).toEqual([0, 1, 2, 0]);
    await macrotask();
    expect(log).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('starts anew in each turn of the event loop', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    const scheduler = new PriorityScheduler({ host });
    work(scheduler, host, 3, log);
    await microtasks();
    await macrotask();
    work(scheduler, host, 3, log);
    await microtasks();
    expect(log).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('is one for tasks that return promises, each of which starts the next in a microtask', async () => {
    const host = new HandClock();
    const tasks = new TaskManager({ host, concurrency: 1 });
    const log: unknown[] = [];
    setImmediate(() => { log.push('event'); });
    for (let i = 0; i < 6; i++) {
      tasks.add(async () => {
        host.time++;
        log.push(i);
      });
    }
    await tasks.onIdle();
    expect(log).toEqual([0, 1, 2, 3, 'event', 4, 5]);
  });

  it('does not lose what is queued while it gives way, and orders it with what waits', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    const scheduler = new PriorityScheduler({ host });
    work(scheduler, host, 8, log);
    setImmediate(() => {
      scheduler.lane({ priority: -1 }).schedule(() => { log.push('low'); });
      scheduler.schedule(() => { log.push('equal'); });
      scheduler.lane({ priority: 1 }).schedule(() => { log.push('high'); });
    });
    await scheduler.onIdle();
    expect(log).toEqual([0, 1, 2, 3, 'high', 4, 5, 6, 7, 'equal', 'low']);
  });

  it('starts nothing while it gives way, not even when something is queued, resumed or freed', async () => {
    const clock = new HandClock();
    const host: SchedulerLike = { now: () => clock.time, schedule: queueScheduler.schedule.bind(queueScheduler) };
    const log: unknown[] = [];
    const scheduler = new PriorityScheduler({ host, concurrency: 5 });
    scheduler.paused = true;
    work(scheduler, clock, 6, log);
    scheduler.paused = false;
    expect(log).toEqual([0, 1, 2, 3]);
    scheduler.lane({ priority: 1 }).schedule(() => { log.push('high'); });
    scheduler.paused = true;
    scheduler.paused = false;
    scheduler.concurrency = 6;
    expect(log).toEqual([0, 1, 2, 3]);
    await scheduler.onIdle();
    expect(log).toEqual([0, 1, 2, 3, 'high', 4, 5]);
  });

  it('that ends with the last of the queue leaves the scheduler able to start more', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    const scheduler = new PriorityScheduler({ host });
    work(scheduler, host, 4, log);
    await microtasks();
    await macrotask();
    work(scheduler, host, 2, log);
    await microtasks();
    expect(log).toEqual([0, 1, 2, 3, 0, 1]);
  });

  it('respects a pause that comes while it gives way', async () => {
    const host = new HandClock();
    const log: unknown[] = [];
    const scheduler = new PriorityScheduler({ host });
    work(scheduler, host, 6, log);
    await microtasks();
    scheduler.paused = true;
    await macrotask();
    expect(log).toEqual([0, 1, 2, 3]);
    scheduler.paused = false;
    await microtasks();
    expect(log).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('is never over while virtual time stands still', () => marbles(({ flush }) => {
    const scheduler = new PriorityScheduler({ timeSlice: 1 });
    let ran = 0;
    for (let i = 0; i < 1000; i++) scheduler.schedule(() => { ran++; });
    flush();
    expect(ran).toBe(1000);
  }));

  it.each([
    ['as much as that within, at most', 9, 4],
    ['as well', 1, 5],
  ])('counts the time between its looks %s', async (_, between, expected) => {
    const host = new HandClock();
    const scheduler = new PriorityScheduler({ host, timeSlice: 8 });
    const log: unknown[] = [];
    for (let look = 0; look < 6; look++) {
      work(scheduler, host, 1, log);
      await microtasks();
      host.time += between;
    }
    expect(log).toHaveLength(expected);
    await scheduler.onIdle();
    expect(log).toHaveLength(6);
  });

  it('counts the time that queueOn takes to subscribe', async () => {
    const host = new HandClock();
    const scheduler = new PriorityScheduler({ host, concurrency: 1 });
    let ran = 0;
    const source = defer(() => {
      host.time += 2;
      ran++;
      return EMPTY;
    }).pipe(queueOn(scheduler));
    for (let i = 0; i < 5; i++) source.subscribe();
    await microtasks();
    expect(ran).toBe(2);
    await scheduler.onIdle();
    expect(ran).toBe(5);
  });

  it('counts the time that tasks take', async () => {
    const host = new HandClock();
    const tasks = new TaskManager({ host, timeSlice: 3 });
    let ran = 0;
    for (let i = 0; i < 5; i++) {
      tasks.add(() => {
        host.time++;
        ran++;
      });
    }
    await microtasks();
    expect(ran).toBe(3);
    await tasks.onIdle();
    expect(ran).toBe(5);
  });
});
