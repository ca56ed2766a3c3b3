import { asapScheduler, queueScheduler, type SchedulerLike, timer } from 'rxjs';
import { PriorityScheduler } from 'sluice';
import { describe, expect, it } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { marbles } from '../support/marbles.ts';
import { synchronous } from '../support/synchronous.ts';

const unhandled = collectUnhandledErrors();

describe('an action that is cancelled', () => {
  it('is not run when its delay was not over', () => marbles(({ expectObservable, flush }) => {
    const scheduler = new PriorityScheduler();
    expectObservable(timer(5, scheduler), '^--!').toBe('---');
    flush();
    expect(scheduler.now()).toBeLessThan(5);
    expect([scheduler.queued, scheduler.running]).toEqual([0, 0]);
  }));

  it('is taken from the queue, and the others go on', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const log: string[] = [];
    scheduler.paused = true;
    const [, second] = ['a', 'b', 'c'].map((name) => scheduler.schedule(() => { log.push(name); }));
    second?.unsubscribe();
    expect(scheduler.queued).toBe(2);
    scheduler.paused = false;
    expect(log).toEqual(['a', 'c']);
    expect(scheduler.queued).toBe(0);
  });

  it('is taken from the queue once, however often it is unsubscribed from', () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    scheduler.paused = true;
    const action = scheduler.schedule(() => {});
    scheduler.schedule(() => {});
    action.unsubscribe();
    action.unsubscribe();
    expect(scheduler.queued).toBe(1);
  });

  it('is not run again when it runs now, and its slot is free', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const again: unknown[] = [];
    const action = scheduler.schedule(function () {
      this.schedule();
      this.unsubscribe();
      again.push(this.schedule());
    });
    expect(again).toEqual([action]);
    expect(action.closed).toBe(true);
    expect([scheduler.queued, scheduler.running]).toEqual([0, 0]);
  });

  it('takes with it what has been added to it', () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    scheduler.paused = true;
    const action = scheduler.schedule(() => {});
    let torn = 0;
    action.add(() => { torn++; });
    action.unsubscribe();
    expect(torn).toBe(1);
  });
});

describe('an action that is scheduled again before it has run', () => {
  it('runs once, with the newer state', () => marbles(({ flush }) => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    scheduler.schedule(function (state) {
      log.push(`${state} at ${String(scheduler.now())}`);
      if (state !== 'first') return;
      this.schedule('second', 2);
      this.schedule('third', 3);
      this.schedule('fourth');
      this.schedule('fifth', 4);
    }, 0, 'first');
    flush();
    expect(log).toEqual(['first at 0', 'fifth at 4']);
  }));
});

describe('an action that throws', () => {
  it('is reported as RxJS reports unhandled errors, later', async () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    const error = new Error('thrown by an action');
    scheduler.schedule(() => { throw error; });
    expect(unhandled).toEqual([]);
    await reported();
    expect(unhandled).toEqual([error]);
  });

  it.each<[string, SchedulerLike]>([['queueScheduler', queueScheduler], ['asapScheduler', asapScheduler]])('holds up no other, with %s as host', async (_, host) => {
    const scheduler = new PriorityScheduler({ host, concurrency: 1 });
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      scheduler.schedule(() => {
        log.push(name);
        if (name !== 'c') throw new Error(name);
      });
    }
    await scheduler.onIdle();
    await reported();
    expect(log).toEqual(['a', 'b', 'c']);
    expect(unhandled).toEqual([new Error('a'), new Error('b')]);
    expect(scheduler.running).toBe(0);
  });

  it('is over, even if it was to run again', async () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    let runs = 0;
    const action = scheduler.schedule(function () {
      runs++;
      this.schedule();
      throw new Error('thrown after scheduling again');
    });
    await reported();
    expect(runs).toBe(1);
    expect(action.closed).toBe(true);
    expect(unhandled).toHaveLength(1);
  });

  it('loses no slot when its teardown throws as well', async () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const log: string[] = [];
    scheduler.paused = true;
    scheduler.schedule(() => { throw new Error('work'); }).add(() => { throw new Error('teardown'); });
    scheduler.schedule(() => { log.push('next'); });
    scheduler.paused = false;
    await reported();
    expect(log).toEqual(['next']);
    expect(scheduler.running).toBe(0);
    expect(unhandled).toContainEqual(new Error('work'));
  });
});
