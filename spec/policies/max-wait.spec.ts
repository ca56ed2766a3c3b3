import fc from 'fast-check';
import { TaskManager, withMaxWait } from 'sluice';
import { describe, expect, it } from 'vitest';

import { groupsOf, optionsOf } from '../support/limits.ts';
import { ManualHost } from '../support/manual-host.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { type Added, isWaiting, VirtualTime } from '../support/virtual-time.ts';

const names = (starts: readonly Added[]): string => starts.map(({ task }) => task.name).join(' ');

describe('maxWait', () => {
  it('lets nothing go before what is overdue but what was due before it, and else leaves priority alone', () => {
    const wait = fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined });
    const add = fc.record({ at: fc.nat(60), group: fc.constantFrom(undefined, 'a', 'a/x', 'b'), priority: fc.integer({ min: -3, max: 3 }), slots: fc.integer({ min: 1, max: 2 }), length: fc.integer({ min: 1, max: 10 }) });
    const move = fc.record({ at: fc.nat(60), index: fc.nat(), priority: fc.integer({ min: -3, max: 3 }), cancel: fc.boolean() });
    let late = 0;
    fc.assert(fc.property(wait, fc.record({ a: wait, 'a/x': wait, b: wait }), fc.integer({ min: 2, max: 3 }), fc.array(add, { minLength: 5, maxLength: 40 }), fc.array(move, { maxLength: 5 }), (own, groups, concurrency, adds, moves) => {
      const time = new VirtualTime({ ...optionsOf({ concurrency, maxWait: own }), groups: groupsOf(Object.fromEntries(Object.entries(groups).map(([name, maxWait]) => [name, { maxWait }]))) });
      const maxWait = (group: string | undefined): number => (group === undefined ? own : groups[group as keyof typeof groups] ?? maxWait(group.includes('/') ? group.split('/')[0] : undefined)) ?? Infinity;
      const due = ({ task, ready }: Added): number => ready + maxWait(task.group);
      // Null at the very moment when one of the two becomes overdue: it may go by either rule then.
      const goesFirst = (a: Added, b: Added): boolean | null => {
        if (due(a) === time.now || due(b) === time.now) return null;
        const [overdueA, overdueB] = [due(a) < time.now, due(b) < time.now];
        if (overdueA && overdueB) return due(a) === due(b) ? null : due(a) < due(b);
        if (overdueA !== overdueB) return overdueA;
        return a.task.priority > b.task.priority || (a.task.priority === b.task.priority && a.task.id < b.task.id);
      };
      time.onStart = (started) => {
        if (due(started) < time.now) late++;
        for (const waiting of time.added) {
          if (waiting === started || !isWaiting(waiting)) continue;
          expect(goesFirst(waiting, started), `${waiting.task.name} before ${started.task.name} at ${time.now}`).not.toBe(true);
        }
      };
      for (const { at, group, length, ...options } of adds) {
        time.at(at, () => { time.add({ ...options, ...(group !== undefined && { group }) }, length); });
      }
      for (const { at, index, priority, cancel } of moves) {
        time.at(at, () => {
          const task = time.added[index % (time.added.length + 1)]?.task;
          if (cancel) task?.cancel();
          else task?.setPriority(priority);
        });
      }
      time.run();
      expect(time.added.filter(isWaiting)).toEqual([]);
      expect(time.timers).toBe(0);
    }), propertyRuns(300));
    expect(late).toBeGreaterThan(300); // it has been looked at
  });

  it('bounds how long a task waits, in slots that come free, however many higher ones come', () => {
    const time = new VirtualTime({ concurrency: 2, policies: [withMaxWait(10)] });
    const low = [time.add({ priority: -1 }, 1), time.add({ priority: -2 }, 1), time.add({ priority: -3 }, 1)];
    for (let t = 0; t < 100; t++) time.at(t, () => { for (let i = 0; i < 3; i++) time.add({ priority: 5 }, 3); });
    time.run(200);
    const start = time.starts.findIndex(({ started, task }) => started! > 10 && task.priority === 5);
    // At 10 all three are overdue: the three slots that come free next are theirs.
    expect(low.map(({ started }) => started)).toEqual(low.map(() => expect.any(Number) as number));
    expect(Math.max(...low.map(({ started }) => started!))).toBeLessThanOrEqual(10 + 2 * 3);
    expect(time.starts.slice(0, start).filter((each) => low.includes(each)).length).toBeGreaterThanOrEqual(2);
  });

  it('does nothing for what its group does not let start, and keeps no one else from it', () => {
    const time = new VirtualTime({ concurrency: 2, policies: [withMaxWait(5)], groups: { full: { concurrency: 1 }, stream: { policies: [withMaxWait(Infinity)] } } });
    time.add({ group: 'full', name: 'long' }, 50);
    time.add({ group: 'full', name: 'held' }, 1);
    for (let i = 0; i < 60; i++) time.add({ group: 'stream', priority: 1 }, 1);
    time.run();
    // The first is overdue at 5, and runs until 55. Beside it goes one of the stream a millisecond.
    expect(time.starts.filter(({ task }) => task.group === 'full').map(({ started }) => started)).toEqual([5, 55]);
    expect(time.starts.filter(({ started }) => started! < 55).length).toBe(2 * 5 + 1 + 50);
  });

  it('of a group holds in the groups within it, unless they have their own', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { a: { policies: [withMaxWait(5)] }, 'a/never': { policies: [withMaxWait(Infinity)] } } });
    for (const group of ['a/b', 'a/b/c', 'a/never', 'z']) time.add({ group, name: group }, 1);
    for (let i = 0; i < 20; i++) time.add({ name: '-', priority: 1 }, 1);
    time.run();
    expect(names(time.starts)).toBe(`${'- '.repeat(5)}a/b a/b/c ${'- '.repeat(15)}a/never z`);
  });

  it('can be changed at any time, in the groups within as well, for those that wait already', () => {
    const time = new VirtualTime({ concurrency: 1, policies: [withMaxWait(1000)] });
    const low = time.add({ group: 'a/b', name: 'low', priority: -1 }, 1);
    const lower = time.add({ group: 'a', name: 'lower', priority: -2 }, 1);
    for (let i = 0; i < 90; i++) time.add({ name: '-' }, 1);
    const a = time.tasks.group('a');
    expect([time.tasks.policies, a.policies]).toMatchObject([[{ name: 'maxWait' }], []]);
    time.at(9.5, () => { a.policies = [withMaxWait(20)]; });
    time.at(15.5, () => { a.policies = [withMaxWait(Infinity)]; }); // the time that they have waited is forgotten
    time.at(29.5, () => { a.policies = [withMaxWait(5)]; });
    time.run();
    expect([low.started, lower.started].sort()).toEqual([35, 36]);
    a.policies = [];
    time.tasks.policies = [];
    expect([time.tasks.policies, time.tasks.scheduler.policies, time.tasks.state.groups]).toEqual([[], [], []]);
  });

  it('counts the time that has been waited when it is changed', () => {
    const time = new VirtualTime({ concurrency: 1, policies: [withMaxWait(1000)] });
    const low = time.add({ priority: -1 }, 1);
    for (let i = 0; i < 50; i++) time.add({}, 1);
    time.at(9.5, () => { time.tasks.policies = [withMaxWait(20)]; });
    time.run();
    expect(low.started).toBe(20);
  });

  it('is heeded when the clock has gone on and no timer has told', () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, concurrency: 4, groups: { g: { concurrency: 3, policies: [withMaxWait(10)] } } });
    const log: string[] = [];
    const work = (name: string) => (): Promise<never> => {
      log.push(name);
      return new Promise(() => {});
    };
    const first = tasks.add(work('first'), { group: 'g' });
    host.turn();
    tasks.group('g').pause();
    tasks.add(work('big'), { group: 'g', slots: 3 });
    tasks.add(work('small'), { group: 'g', priority: 1 });
    host.time = 5;
    tasks.group('g').resume(); // `small` may start
    host.time = 20; // now `big` is overdue, which may not
    tasks.add(work('other'), { priority: -1 });
    host.turn();
    expect(log).toEqual(['first', 'other']);
    first.cancel();
    host.turn();
    expect(log).toEqual(['first', 'other', 'big']);
  });

  it('has one timer at most, and none when nothing waits', () => {
    const time = new VirtualTime({ concurrency: 2, policies: [withMaxWait(100)] });
    time.add();
    time.run(10);
    const waiting = Array.from({ length: 5 }, (_, i) => {
      time.run(20 + i);
      return time.add({ slots: 2 }); // there is a slot, so that it matters who goes first
    });
    expect(time.timers).toBe(1);
    time.run(130);
    expect(time.timers).toBe(0); // the first is overdue, and the others make no difference
    waiting[0]!.task.cancel();
    waiting[1]!.task.cancel();
    time.run(131);
    expect(time.timers).toBe(0);
    waiting.push(time.add({ slots: 2 }));
    for (const { task } of waiting.slice(0, 5)) task.cancel();
    expect(time.timers).toBe(1);
    for (const { task } of waiting) task.cancel();
    expect(time.timers).toBe(0);
  });

  it('is right though many come and go behind one that waits', () => {
    const time = new VirtualTime({ concurrency: 1, policies: [withMaxWait(10)] });
    const running = time.add({ priority: 9 });
    time.add({ name: 'first' }, 1);
    for (let i = 0; i < 3000; i++) time.add().task.cancel();
    time.run(1);
    time.add({ name: 'second', priority: -1 }, 1);
    time.run(2);
    time.add({ name: 'third', priority: 1 }, 1);
    time.run(20);
    running.task.cancel();
    time.run();
    expect(names(time.starts.slice(1))).toBe('first second third');
  });
});
