import fc from 'fast-check';
import { queueScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { Alarms } from '../../src/scheduler/alarm.ts';
import { type Ranked, RankHeap } from '../../src/scheduler/rank-heap.ts';
import { ReadyQueue } from '../../src/scheduler/ready-queue.ts';
import { type Entry, SlotGroup } from '../../src/scheduler/slot-group.ts';
import { propertyRuns } from '../support/property-runs.ts';

// Few different priorities, so that ties are common.
const priority = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(-2, -1, -0.5, 0, 0.5, 1, 2) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
);
const index = fc.nat(1000);
const clock = { host: queueScheduler, alarms: new Alarms(queueScheduler, () => 0), now: () => 0, wake: (): void => {} };

function byRank(a: Ranked, b: Ranked): number {
  return b.priority - a.priority || a.order - b.order;
}

class Item implements Ranked {
  position = -1;
  priority: number;
  order: number;
  constructor(priority: number, order: number) {
    this.priority = priority;
    this.order = order;
  }
}

/** The heap's invariants, read off the positions that the entries know. */
function expectSoundPositions(items: readonly Item[]): void {
  const places: Item[] = [];
  for (const item of items) places[item.position] = item;
  expect(Object.keys(places)).toHaveLength(items.length);
  expect(places).toHaveLength(items.length);
  for (const [i, item] of places.entries()) if (i > 0) expect(byRank(places[(i - 1) >> 2] as Item, item)).toBeLessThan(0);
}

/** What heap and queue have in common. */
interface Queue {
  readonly first: Item | undefined;
  add(item: Item): void;
  remove(item: Item): void;
  take(): Item | undefined;
  move(item: Item, priority: number): void;
}

class Heap extends RankHeap<Item> implements Queue {
  take(): Item | undefined {
    const { first } = this;
    if (first) this.remove(first);
    return first;
  }

  move(item: Item, priority: number): void {
    this.remove(item);
    item.priority = priority;
    this.add(item);
  }
}

describe.each([
  { name: 'RankHeap', make: (): Queue => new Heap(), check: expectSoundPositions },
  {
    name: 'ReadyQueue',
    make: (): Queue => new ReadyQueue<Item>(),
    check: (items: readonly Item[]): void => {
      for (const { position } of items) expect(position).not.toBe(-1);
    },
  },
])('$name', ({ make, check }) => {
  const step = fc.oneof(
    // Some wait for upstream, and come later than their order says.
    { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), priority, late: fc.constantFrom(0, 0, 0, 1.5, 3.5, 30.5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), index }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), index, priority }) },
  );

  it.each([0, 40])('agrees with a sorted list, whatever is added, taken, removed and moved (after %i of further priorities)', (further) => {
    fc.assert(fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const queue = make();
      const sorted: Item[] = [];
      for (let i = 0; i < further; i++) {
        const item = new Item((i * 7) % further, i - further);
        queue.add(item);
        sorted.push(item);
      }
      sorted.sort(byRank);
      for (const [order, each] of steps.entries()) {
        if (each.do === 'add') {
          // Unique, as halves differ from wholes, and the step of a half is its own.
          const item = new Item(each.priority, order - each.late + order / 1e6);
          queue.add(item);
          sorted.push(item);
        } else if (each.do === 'take') {
          const taken = queue.take();
          expect(taken).toBe(sorted.shift());
          if (taken) expect(taken.position).toBe(-1);
        } else if (sorted.length > 0) {
          const item = sorted[each.index % sorted.length] as Item;
          if (each.do === 'remove') {
            queue.remove(item);
            sorted.splice(sorted.indexOf(item), 1);
            expect(item.position).toBe(-1);
          } else {
            queue.move(item, each.priority);
            expect(item.priority).toBe(each.priority);
          }
        }
        sorted.sort(byRank);
        expect(queue.first).toBe(sorted[0]);
        check(sorted);
      }
      // Then everything that is left comes out in order.
      for (const item of sorted) expect(queue.take()).toBe(item);
      expect(queue.take()).toBeUndefined();
    }), propertyRuns(300));
  });

  it.each([
    { from: 'the front', leaves: (i: number) => i < 6000 },
    { from: 'the middle', leaves: (i: number) => i % 5 > 0 },
    { from: 'the end', leaves: (i: number) => i > 3000 },
  ])('keeps the order of a long line that many leave from $from', ({ leaves }) => {
    const queue = make();
    const items = Array.from({ length: 10_000 }, (_, order) => new Item(0, order));
    for (const item of items) queue.add(item);
    const [left, stay] = [items.filter((_, i) => leaves(i)), items.filter((_, i) => !leaves(i))];
    for (const item of left) queue.remove(item);
    // They come back last, and some go before those that stayed.
    for (const [i, item] of left.entries()) {
      item.order = 10_000 + i;
      item.priority = i % 3;
      queue.add(item);
    }
    for (const item of [...stay, ...left].sort(byRank)) expect(queue.take()).toBe(item);
  });
});

class Waiting extends Item implements Entry {
  readonly slots: SlotGroup;
  readonly size = 1;
  constructor(slots: SlotGroup, priority: number, order: number) {
    super(priority, order);
    this.slots = slots;
  }
  run(): void {}
}

function* upwards(slots: SlotGroup): Generator<SlotGroup> {
  for (let group: SlotGroup | undefined = slots; group; group = group.parent) yield group;
}

/** A tree of groups, with lists of what waits and runs that know nothing of heaps. */
class GroupsModel {
  readonly groups: readonly SlotGroup[];
  readonly waiting: Waiting[] = [];
  readonly running: Waiting[] = [];
  #orders = 0;

  constructor(parents: readonly number[]) {
    const groups = [new SlotGroup('root')];
    for (const [i, parent] of parents.entries()) groups.push(new SlotGroup(`group ${i}`, groups[parent % groups.length]));
    this.groups = groups;
  }

  get root(): SlotGroup {
    return this.groups[0] as SlotGroup;
  }

  group(i: number): SlotGroup {
    return this.groups[i % this.groups.length] as SlotGroup;
  }

  add(group: number, priority: number): void {
    const entry = new Waiting(this.group(group), priority, this.#orders++);
    entry.slots.add(entry);
    this.waiting.push(entry);
  }

  /** What ought to be taken next. */
  get best(): Waiting | undefined {
    return this.waiting
      .filter(({ slots }) => [...upwards(slots)].every((group) => !group.paused && this.#running(group) < group.concurrency))
      .sort(byRank)[0];
  }

  take(): void {
    const { best } = this;
    const taken = this.root.take();
    expect(taken).toBe(best);
    if (best === undefined) return;
    this.waiting.splice(this.waiting.indexOf(best), 1);
    this.running.push(best);
    for (const group of upwards(best.slots)) expect(group.running).toBeLessThanOrEqual(group.concurrency);
  }

  expectAgreement(): void {
    const { best, root } = this;
    expect(root.next && [root.next.priority, root.next.order]).toEqual(best && [best.priority, best.order]);
    for (const group of this.groups) {
      expect(group.running).toBe(this.#running(group));
      expect(group.queued).toBe(this.#within(this.waiting, group));
    }
  }

  #running(group: SlotGroup): number {
    return this.#within(this.running, group);
  }

  #within(entries: readonly Waiting[], group: SlotGroup): number {
    return entries.filter(({ slots }) => [...upwards(slots)].includes(group)).length;
  }
}

function release(entry: Waiting | undefined): void {
  entry?.slots.release(entry);
}

describe('SlotGroup', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), index, priority }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), index }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), index }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('update' as const), index, priority }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('resize' as const), index, concurrency: fc.constantFrom(1, 2, 3, Infinity) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), index }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('resume' as const), index }) },
  );

  it('always gives the best entry that all limits above it allow, through any nesting', () => {
    // Each group but the root has a parent that was made before it: up to five levels.
    fc.assert(fc.property(fc.array(fc.nat(4), { maxLength: 5 }), fc.array(step, { maxLength: 120 }), (parents, steps) => {
      const model = new GroupsModel(parents);
      const { waiting, running } = model;
      for (const each of steps) {
        if (each.do === 'take') model.take();
        else if (each.do === 'add') model.add(each.index, each.priority);
        else if (each.do === 'resize') model.group(each.index).limit({ concurrency: each.concurrency }, clock);
        else if (each.do === 'pause') model.group(each.index).limit({ paused: true }, clock);
        else if (each.do === 'resume') model.group(each.index).limit({ paused: false }, clock);
        else if (each.do === 'release') release(running.splice(each.index % (running.length + 1), 1)[0]);
        else {
          const at = each.index % (waiting.length + 1);
          const entry = waiting[at];
          if (entry === undefined) continue;
          if (each.do === 'remove') {
            entry.slots.remove(entry);
            waiting.splice(at, 1);
          } else {
            entry.slots.move(entry, each.priority);
          }
        }
        model.expectAgreement();
      }
      for (const group of model.groups) {
        group.limit({ paused: false, concurrency: Infinity }, clock);
      }
      while (model.best) model.take();
      expect(model.root.take()).toBeUndefined();
      for (const entry of running.splice(0)) release(entry);
      model.expectAgreement();
    }), propertyRuns(1000));
  });

  it('costs nothing while it is full, paused or empty', () => {
    const root = new SlotGroup('root');
    const group = new SlotGroup('group', root);
    expect(group.position).toBe(-1);
    group.limit({ concurrency: 1 }, clock);
    for (const order of [0, 1]) group.add(new Waiting(group, 0, order));
    expect(group.position).toBe(0);
    root.take();
    expect(group.position).toBe(-1);
    group.release({ priority: 0, size: 1 });
    expect(group.position).toBe(0);
    group.limit({ paused: true }, clock);
    expect(group.position).toBe(-1);
  });
});
