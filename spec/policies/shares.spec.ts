import fc from 'fast-check';
import { groupStates, withWeight } from 'sluice';
import { describe, expect, it } from 'vitest';

import { groupsOf } from '../support/limits.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { type Added, isWaiting, VirtualTime } from '../support/virtual-time.ts';

/** What starts in each of some groups, one letter for each start. */
function order(time: VirtualTime): string {
  return time.starts.map(({ task }) => task.group ?? '-').join('');
}

describe('Shares', () => {
  it('are in proportion to weights while groups want slots at equal priority, to within one start each, whatever their queues', () => {
    const weight = fc.constantFrom(0.5, 1, 2, 3, 10);
    const add = fc.record({ at: fc.nat(20), group: fc.constantFrom('a', 'b', 'b/x', 'b/y', 'c', undefined), count: fc.integer({ min: 1, max: 12 }), priority: fc.constantFrom(0, 0, 0, 1), slots: fc.integer({ min: 1, max: 3 }), length: fc.integer({ min: 1, max: 5 }) });
    fc.assert(fc.property(fc.record({ a: weight, b: weight, 'b/x': weight }), fc.integer({ min: 3, max: 5 }), fc.array(add, { minLength: 1, maxLength: 15 }), (weights, concurrency, adds) => {
      const time = new VirtualTime({ concurrency, groups: groupsOf(Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, { weight }]))) });
      const weightOf = (name: string): number => (weights as Record<string, number>)[name] ?? 1;
      // Who shares with whom: `-` is what is in the group itself, of weight 1.
      const families = [['a', 'b', 'c', '-'], ['b/x', 'b/y', 'b/-']];
      const member = ({ task }: Added, family: readonly string[]): string | undefined => {
        const path = task.group === undefined ? '-' : task.group === 'b' ? 'b/-' : task.group;
        return family.find((name) => path === name || path.startsWith(`${name}/`));
      };
      const rank = (a: Added, b: Added): number => b.task.priority - a.task.priority || a.task.id - b.task.id;
      interface Interval { readonly priority: number; readonly served: Record<string, number>; low: number; high: number }
      const intervals = new Map<string, Interval>();
      time.onStart = (started) => {
        for (const family of families) {
          const who = member(started, family);
          for (const one of family) for (const other of family) {
            if (one >= other) continue;
            const key = `${one} ${other}`;
            // The start itself still waits here. Both want slots at the priority of this one, or the interval is over.
            const heads = [one, other].map((name) => time.added.filter((each) => isWaiting(each) && member(each, family) === name).sort(rank)[0]);
            const [first, second] = heads;
            if (!first || !second || first.task.priority !== second.task.priority) {
              intervals.delete(key);
              continue;
            }
            if (who !== one && who !== other) continue;
            const { priority } = first.task;
            const before = intervals.get(key);
            const interval = before?.priority === priority ? before : { priority, served: { [one]: 0, [other]: 0 }, low: 0, high: 0 };
            intervals.set(key, interval);
            interval.served[who] = interval.served[who]! + started.slots / weightOf(who);
            const difference = interval.served[one]! - interval.served[other]!;
            interval.low = Math.min(interval.low, difference);
            interval.high = Math.max(interval.high, difference);
            const bound = 3 / weightOf(one) + 3 / weightOf(other);
            expect(interval.high - interval.low, `${key} at ${time.now}`).toBeLessThanOrEqual(bound + 1e-9);
          }
        }
      };
      for (const { at, group, count, length, ...options } of adds) {
        time.at(at, () => { for (let i = 0; i < count; i++) time.add({ ...options, ...(group !== undefined && { group }) }, length); });
      }
      time.run();
      expect(time.starts).toHaveLength(adds.reduce((sum, { count }) => sum + count, 0));
    }), propertyRuns(300));
  });

  it('of 3 to 1 are three starts for each one, however long one queue is', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { a: { policies: [withWeight(3)] }, b: {} } });
    for (let i = 0; i < 100; i++) time.add({ group: 'b' }, 1);
    for (let i = 0; i < 9; i++) time.add({ group: 'a' }, 1);
    time.run(12);
    expect(order(time)).toMatch(/^(?=(.*a){9})/);
    expect(order(time).replaceAll('a', '').length).toBeLessThanOrEqual(4);
    expect(order(time).slice(0, 4).replaceAll('b', '')).toBe('aaa');
  });

  it('count slots, not starts', () => {
    const time = new VirtualTime({ concurrency: 2, groups: { a: { policies: [withWeight(1)] }, b: { policies: [withWeight(1)] } } });
    for (let i = 0; i < 8; i++) time.add({ group: 'a', slots: 2 }, 1);
    for (let i = 0; i < 8; i++) time.add({ group: 'b' }, 1);
    time.run(6);
    const starts = order(time);
    expect(starts.replaceAll('a', '').length).toBeGreaterThanOrEqual(2 * starts.replaceAll('b', '').length - 2);
  });

  it('are not looked at between different priorities', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { a: { policies: [withWeight(9)] }, b: { policies: [withWeight(1)] } } });
    for (let i = 0; i < 3; i++) time.add({ group: 'a' }, 1);
    for (let i = 0; i < 3; i++) time.add({ group: 'b', priority: 1 }, 1);
    time.run();
    expect(order(time)).toBe('bbbaaa');
  });

  it('are not saved up by who wants nothing', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { a: { policies: [withWeight(1)] }, b: { policies: [withWeight(1)] } } });
    for (let i = 0; i < 20; i++) time.add({ group: 'a' }, 1);
    time.at(9.5, () => { for (let i = 0; i < 10; i++) time.add({ group: 'b' }, 1); });
    time.run();
    // Ten of `a` have started by then. From there on they take turns.
    expect(order(time)).toMatch(/^a{10}(ab|ba){10}$/);
  });

  it('count what is in no group within as a group of weight 1', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { a: { policies: [withWeight(5)] }, 'a/x': { policies: [withWeight(3)] } } });
    for (let i = 0; i < 20; i++) time.add({ group: 'a' }, 1);
    for (let i = 0; i < 12; i++) time.add({ group: 'a/x' }, 1);
    time.run(16);
    expect(time.starts.filter(({ task }) => task.group === 'a/x').length).toBeGreaterThanOrEqual(11);
  });

  it('leave priority and order alone where no group has a weight', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { a: {}, b: {} } });
    for (let i = 0; i < 3; i++) time.add({ group: 'a' }, 1);
    for (let i = 0; i < 3; i++) time.add({ group: 'b' }, 1);
    time.run();
    expect(order(time)).toBe('aaabbb');
  });

  it('can be set and changed while groups wait', () => {
    const time = new VirtualTime({ concurrency: 1 });
    const [a, b] = [time.tasks.group('a'), time.tasks.group('b')];
    expect([a.policies, b.policies]).toEqual([[], []]);
    for (let i = 0; i < 40; i++) time.add({ group: 'a' }, 1);
    for (let i = 0; i < 40; i++) time.add({ group: 'b' }, 1);
    time.at(3.5, () => { b.policies = [withWeight(1)]; });
    time.at(13.5, () => { b.policies = [withWeight(4)]; });
    time.run(29);
    expect(order(time).slice(0, 4)).toBe('aaaa');
    expect(order(time).slice(4, 14)).toMatch(/^(ab|ba){5}$/);
    expect(order(time).slice(15, 30).replaceAll('a', '').length).toBeGreaterThanOrEqual(11);
    expect(b.policies[0]?.toJSON?.()).toEqual({ name: 'weight', weight: 4 });
    expect(groupStates(time.tasks.state).map(({ name }) => name)).toEqual(['a', 'b']);
    time.tasks.cancelAll();
    expect(groupStates(time.tasks.state).map(({ name }) => name)).toEqual(['b']); // a weight is a limit worth keeping
    b.policies = [];
    expect(time.tasks.state.groups).toEqual([]);
  });

  it('hold over many priorities, of which those that no one has are forgotten', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { a: { policies: [withWeight(1)] }, b: { policies: [withWeight(1)] } } });
    time.add({}, 1); // never all at rest
    for (let priority = 200; priority > 0; priority--) {
      for (const group of ['a', 'a', 'b', 'b']) time.add({ group, priority }, 1);
    }
    time.run();
    expect(order(time)).toMatch(/^-?((ab|ba){2})*-?$/);
    expect(time.starts).toHaveLength(801);
  });

  it('are right for each of many groups that come and go', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { busy: { policies: [withWeight(1)] } } });
    for (let i = 0; i < 700; i++) time.add({ group: 'busy' }, 1);
    for (let i = 0; i < 300; i++) time.at(2 * i, () => { time.add({ group: `group ${i}` }, 1); });
    time.run();
    const late = time.starts.filter(({ task, ready, started }) => task.group !== 'busy' && started! - ready > 1);
    expect([time.starts.length, late]).toEqual([1000, []]);
  });
});
