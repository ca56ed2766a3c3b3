import fc from 'fast-check';
import { NEVER, queueScheduler, type SchedulerLike } from 'rxjs';
import { TaskManager, withMaxWait } from 'sluice';
import { describe, expect, it } from 'vitest';

import { describeEvent } from '../support/describe-event.ts';
import { groupsOf, type Limits, optionsOf } from '../support/limits.ts';
import { mainEvents } from '../support/main-events.ts';
import { ManualHost } from '../support/manual-host.ts';
import { propertyRuns } from '../support/property-runs.ts';

describe('When timers fire late', () => {
  it('no limit is exceeded, though another entry of a group is overdue by the time it is given a slot', () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, concurrency: 2, groups: { g: { policies: [withMaxWait(10)] } } });
    const hold = tasks.add(() => NEVER);
    host.turn();
    tasks.add(() => NEVER, { group: 'g', slots: 2, name: 'big' });
    tasks.add(() => NEVER, { group: 'g', priority: 1, name: 'small' });
    host.time = 22; // its timer was due at 10
    host.turn(true);
    expect(tasks.scheduler.running).toBe(1); // the other slot is kept for `big`, which is overdue
    hold.cancel();
    host.turn(true);
    expect([tasks.scheduler.running, tasks.group('g').state.counts]).toMatchObject([2, { running: 1, queued: 1 }]);
  });

  it('no limit is exceeded, whatever waits, and whenever the queue is looked at', () => {
    const limits = { concurrency: fc.constantFrom(2, 3, Infinity), maxWait: fc.constantFrom(5, 10, 20) };
    const rate = fc.record({ limit: fc.constantFrom(1, 2), per: fc.constantFrom(5, 12) });
    const groups = fc.record({ a: fc.record(limits), 'a/x': fc.record(limits), b: fc.record({ ...limits, rate }) });
    const names = ['a', 'a/x', 'b'] as const;
    const added = fc.record({ slots: fc.constantFrom(1, 1, 2, 3), priority: fc.nat(2) });
    const time = fc.record({ late: fc.boolean(), by: fc.constantFrom(0, 1, 5, 12, 30) });
    const step = fc.record({ group: fc.constantFrom(undefined, ...names), adds: fc.array(added, { maxLength: 3 }), cancel: fc.option(fc.nat(40), { freq: 1 }), time });
    fc.assert(fc.property(fc.record(limits), groups, fc.array(step, { maxLength: 20, size: 'max' }), (own, groups, steps) => {
      const host = new ManualHost();
      const tasks = new TaskManager({ ...optionsOf(own), host, timeSlice: Infinity, groups: groupsOf(groups) });
      const all: ReturnType<typeof tasks.add>[] = [];
      const starts = new Map<string | undefined, number[]>();
      const scopes: readonly [string | undefined, Limits][] = [[undefined, own], ...Object.entries(groups)];
      const isIn = (group: string | undefined, scope: string | undefined): boolean => scope === undefined || group === scope || group?.startsWith(`${scope}/`) === true;
      const expectWithinLimits = (): void => {
        for (const [name, { concurrency = Infinity, rate }] of scopes) {
          const { running } = name === undefined ? tasks.scheduler : tasks.scheduler.group(name);
          expect(running, `slots of ${String(name)}`).toBeLessThanOrEqual(concurrency);
          const times = starts.get(name) ?? [];
          if (rate) for (let i = rate.limit; i < times.length; i++) expect(times[i]! - times[i - rate.limit]!, `starts of ${String(name)}`).toBeGreaterThanOrEqual(rate.per);
        }
      };
      for (const each of steps) {
        const { group } = each;
        for (const { slots, priority } of each.adds) {
          if (scopes.some(([name, { concurrency = Infinity }]) => isIn(group, name) && slots > concurrency)) continue;
          all.push(tasks.add(() => {
            for (const [name] of scopes) if (isIn(group, name)) starts.set(name, [...starts.get(name) ?? [], host.time]);
            return NEVER;
          }, { group, slots, priority }));
        }
        if (each.cancel !== null) all[each.cancel % (all.length + 1)]?.cancel();
        if (each.time.late) {
          host.time += each.time.by;
          host.turn(true); // the queue is looked at before a timer that was due fires
        } else host.pass(each.time.by);
        expectWithinLimits();
        host.turn();
        expectWithinLimits();
      }
    }), propertyRuns(500));
  });

  it('what is overdue goes first all the same, in the order in which it was due', () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, concurrency: 1, groups: { a: { policies: [withMaxWait(10)] }, b: { policies: [withMaxWait(5)] } } });
    const log: (string | undefined)[] = [];
    tasks.events$.subscribe((event) => { if (event.type === 'started') log.push(event.task.name); });
    const first = tasks.add(() => NEVER, { name: 'first' });
    host.turn();
    tasks.add(() => 1, { name: 'a', group: 'a' });
    tasks.add(() => 1, { name: 'b', group: 'b', priority: -1 });
    tasks.add(() => 1, { name: 'high', priority: 9 });
    host.time = 22;
    first.cancel();
    host.turn(true);
    expect(log).toEqual(['first', 'b', 'a', 'high']);
  });
});

describe('When the clock goes on between two readings of it', () => {
  it('a task with maxWait is told to be queued before it is told to start', () => {
    let time = 0;
    // As `queueScheduler` does: what is not delayed is called at once.
    const host: SchedulerLike = { now: () => time++, schedule: queueScheduler.schedule.bind(queueScheduler) };
    for (const maxWait of [1, 2, 3, 4, 5, 6]) {
      const tasks = new TaskManager({ host, timeSlice: Infinity, policies: [withMaxWait(maxWait)] });
      const events: string[] = [];
      tasks.events$.pipe(mainEvents).subscribe((event) => { events.push(describeEvent(event)); });
      for (let i = 1; i <= 3; i++) tasks.add(() => i, { name: `t${i}` });
      expect(events).toEqual([1, 2, 3].flatMap((i) => [`queued t${i}`, `started t${i}`, `completed t${i}`]));
      tasks.cancelAll();
    }
  });
});
