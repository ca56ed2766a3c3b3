import {
  delay, interval, map, observeOn, queueScheduler, repeat, type SchedulerAction, type SchedulerLike, subscribeOn, take, timer,
} from 'rxjs';
import { PriorityScheduler } from 'sluice';
import { describe, expect, it } from 'vitest';

import { marbles } from '../support/marbles.ts';
import { synchronous } from '../support/synchronous.ts';

describe.each([
  ['a PriorityScheduler', (scheduler: PriorityScheduler): SchedulerLike => scheduler],
  ['a lane', (scheduler: PriorityScheduler) => scheduler.lane({ priority: 3, group: 'group' })],
])('%s as a SchedulerLike', (_, toLane) => {
  it('serves observeOn', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const lane = toLane(new PriorityScheduler({ concurrency: 1 }));
    const source = cold('-a-(bc)---|');
    const windows = '    ^---------!';
    const expected = '   -a-(bc)---|';
    expectObservable(source.pipe(observeOn(lane))).toBe(expected);
    expectSubscriptions(source.subscriptions).toBe(windows);
  }));

  it('serves observeOn with a delay, for the error too', () => marbles(({ cold, expectObservable }) => {
    const lane = toLane(new PriorityScheduler());
    const source = cold('-a--b-#');
    const expected = '   ---a--b-#';
    expectObservable(source.pipe(observeOn(lane, 2))).toBe(expected);
  }));

  it('serves subscribeOn', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const lane = toLane(new PriorityScheduler());
    const source = cold('  -a-|');
    const windows = '    --^--!';
    const expected = '   ---a-|';
    expectObservable(source.pipe(subscribeOn(lane, 2))).toBe(expected);
    expectSubscriptions(source.subscriptions).toBe(windows);
  }));

  it('serves delay', () => marbles(({ cold, expectObservable }) => {
    const lane = toLane(new PriorityScheduler());
    const source = cold('a-b---c|');
    const expected = '   --a-b---(c|)';
    expectObservable(source.pipe(delay(2, lane))).toBe(expected);
  }));

  it('serves timer', () => marbles(({ expectObservable }) => {
    const lane = toLane(new PriorityScheduler());
    const once = timer(3, lane).pipe(map(String));
    const again = timer(2, 3, lane).pipe(map(String));
    expectObservable(once).toBe('                ---(0|)');
    expectObservable(again, '^--------!').toBe(' --0--1--2');
  }));

  it('serves interval', () => marbles(({ expectObservable }) => {
    const lane = toLane(new PriorityScheduler());
    const ticks = interval(2, lane).pipe(map(String), take(2), repeat(2));
    expectObservable(ticks).toBe('--0-1-0-(1|)');
  }));

  it('leaves nothing behind when it is unsubscribed from', () => marbles(({ expectObservable, flush }) => {
    const scheduler = new PriorityScheduler();
    expectObservable(interval(2, toLane(scheduler)).pipe(map(String)), '^----!').toBe('--0-1-');
    flush();
    expect([scheduler.queued, scheduler.running]).toEqual([0, 0]);
  }));

  it('tells the time of its host', () => {
    const lane = toLane(new PriorityScheduler({ host: { now: () => 1843, schedule: queueScheduler.schedule.bind(queueScheduler) } }));
    expect(lane.now()).toBe(1843);
  });

  it('hands the state on to the work, undefined when there is none', () => {
    const lane = toLane(new PriorityScheduler({ ...synchronous }));
    const states: unknown[] = [];
    lane.schedule((state) => { states.push(state); }, 0, 'given');
    lane.schedule((state) => { states.push(state); });
    expect(states).toEqual(['given', undefined]);
  });

  it('schedules an action again from within, after the others that wait', () => marbles(({ flush }) => {
    const lane = toLane(new PriorityScheduler({ concurrency: 1 }));
    const log: string[] = [];
    const count = (name: string) => function (this: SchedulerAction<number>, n = 0): void {
      log.push(`${name}${String(n)}`);
      if (n < 2) this.schedule(n + 1);
    };
    lane.schedule(count('a'), 0, 0);
    lane.schedule(count('b'), 0, 0);
    flush();
    expect(log).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  }));

  it('schedules an action again from within with a delay', () => marbles(({ flush }) => {
    const lane = toLane(new PriorityScheduler());
    const log: string[] = [];
    lane.schedule(function (n) {
      log.push(`${String(n)} at ${String(lane.now())}`);
      if (n < 4) this.schedule(n * 2, n);
    }, 3, 1);
    flush();
    expect(log).toEqual(['1 at 3', '2 at 4', '4 at 6']);
  }));
});
