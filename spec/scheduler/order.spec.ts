import { asapScheduler, observeOn, of } from 'rxjs';
import { PriorityScheduler, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { macrotask, microtasks } from '../support/event-loop.ts';
import { Jobs } from '../support/jobs.ts';
import { synchronous } from '../support/synchronous.ts';

/** Queues an action for each entry, such as `2 api a`: priority, group (or -), name. */
function queueAll(scheduler: PriorityScheduler, log: string[], entries: readonly string[]): void {
  for (const entry of entries) {
    const [priority, group, name = ''] = entry.split(' ');
    scheduler
      .lane({ priority: Number(priority), group: group === '-' ? undefined : group })
      .schedule(() => { log.push(name); });
  }
}

describe('what is queued', () => {
  it('goes by priority, the highest first, whatever the order of queueing', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    // p-graph's heap without the right sift ran these as 8 7 6 4 3 2 5 1.
    queueAll(scheduler, log, ['1 - 1', '2 - 2', '3 - 3', '4 - 4', '5 - 5', '6 - 6', '7 - 7', '8 - 8']);
    await scheduler.onIdle();
    expect(log.join(' ')).toBe('8 7 6 5 4 3 2 1');
  });

  it('goes first come, first served among equals', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    queueAll(scheduler, log, ['0 - a', '1 - b', '0 - c', '1 - d', '0 - e', '1 - f', '0 - g', '1 - h', '0 - i']);
    await scheduler.onIdle();
    expect(log.join('')).toBe('bdfhacegi');
  });

  it('takes any finite number as priority', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    queueAll(scheduler, log, ['-1 - minus', '0.5 - half', '0 - zero', '-1e308 - last', '1e308 - first', '-0 - minusZero']);
    await scheduler.onIdle();
    expect(log).toEqual(['first', 'half', 'zero', 'minusZero', 'minus', 'last']);
  });

  it('goes by priority and age across groups, as if there were none', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    queueAll(scheduler, log, ['0 x a', '2 y b', '1 - c', '2 x d', '0 - e', '1 y f', '2 - g', '0 y h']);
    await scheduler.onIdle();
    expect(log.join('')).toBe('bdgcfaeh');
  });

  it('has the priority 0 and no group unless it is in a lane', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    queueAll(scheduler, log, ['-1 - low', '1 - high']);
    scheduler.schedule(() => { log.push('default'); });
    scheduler.lane({}).schedule(() => { log.push('lane without options'); });
    await scheduler.onIdle();
    expect(log).toEqual(['high', 'default', 'lane without options', 'low']);
  });

  it('keeps the lane that it was made with, whatever becomes of the options', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    const options = { priority: 1 };
    const lane = scheduler.lane(options);
    options.priority = -1;
    scheduler.schedule(() => { log.push('default'); });
    lane.schedule(() => { log.push('lane'); });
    await scheduler.onIdle();
    expect(log).toEqual(['lane', 'default']);
  });

  it('is passed by what is queued later with a higher priority, until it starts', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const jobs = new Jobs(scheduler);
    const first = jobs.queue('first');
    jobs.queue('waits');
    jobs.queue('passes', { priority: 1 });
    first.unsubscribe();
    expect(jobs.log).toEqual(['+first', '-first', '+passes']);
  });

  it('is moved when its priority changes, also within a group, and where it stands when it is queued later', () => {
    const tasks = new TaskManager({ ...synchronous, groups: { api: {} } });
    const log: string[] = [];
    tasks.pause();
    const [a, , c] = ['a', 'b', 'c', 'd'].map((name, i) =>
      tasks.add(() => { log.push(name); }, { group: i % 2 === 0 ? 'api' : undefined }));
    const late = tasks.task(() => { log.push('late'); });
    late.setPriority(2);
    late.start();
    c?.setPriority(3);
    a?.setPriority(-1);
    tasks.resume();
    expect(log).toEqual(['c', 'late', 'b', 'd', 'a']);
  });

  it('is queued when its delay is over, not when it is scheduled', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    scheduler.schedule(() => { log.push('delayed'); }, 1);
    queueAll(scheduler, log, ['0 - a', '0 - b']);
    expect(scheduler.queued).toBe(2);
    await scheduler.onIdle();
    expect(log).toEqual(['a', 'b']);
  });
});

describe('a turn of the event loop', () => {
  it('orders all that is queued in it, wherever in it that is', async () => {
    const scheduler = new PriorityScheduler({ timeSlice: Infinity });
    const log: string[] = [];
    of('observeOn').pipe(observeOn(scheduler.lane({ priority: 2 }))).subscribe((value) => { log.push(value); });
    queueAll(scheduler, log, ['1 - a']);
    asapScheduler.schedule(() => { log.push('someone else of the same turn'); });
    queueAll(scheduler, log, ['3 - b']);
    expect(log).toEqual([]);
    await microtasks();
    // The completion of observeOn takes its turn like a value; it is not written down.
    expect(log).toEqual(['b', 'observeOn', 'a', 'someone else of the same turn']);
  });

  it('is taken up by the next microtask, before the event loop goes on', async () => {
    const scheduler = new PriorityScheduler({ timeSlice: Infinity });
    const log: string[] = [];
    const event = macrotask().then(() => { log.push('event'); });
    queueAll(scheduler, log, ['0 - a']);
    await event;
    expect(log).toEqual(['a', 'event']);
  });

  it('with queueScheduler is the call that queues', () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    const log: string[] = [];
    queueAll(scheduler, log, ['0 - a', '1 - b']);
    expect(log).toEqual(['a', 'b']);
  });

  it('with queueScheduler is the action that queues, which ends first', () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    const log: string[] = [];
    scheduler.schedule(() => {
      queueAll(scheduler, log, ['0 - low', '1 - high']);
      log.push('end of the action');
    });
    expect(log).toEqual(['end of the action', 'high', 'low']);
  });
});
