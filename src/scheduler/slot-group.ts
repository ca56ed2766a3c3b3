import type { Alarms } from './alarm.ts';
import { FairShares } from './fair-shares.ts';
import { MaxWait } from './max-wait.ts';
import { goesBefore, type Ranked, RankHeap } from './rank-heap.ts';
import { type Rate, RateLimit } from './rate-limit.ts';
import { ReadyQueue } from './ready-queue.ts';

/** Something that waits for a slot. */
export interface Entry extends Ranked {
  /** The group whose slot it takes. */
  readonly slots: SlotGroup;
  /** How many slots it takes. */
  readonly size: number;
  /** Whether it has started before, and takes its slots back: that is no start for a rate. */
  readonly started?: boolean | undefined;
  /** Called when it has got its slot, which it releases once it has ended. Must not throw. */
  run(): void;
}

/** The limits of a group that can be changed. */
export interface Limits {
  readonly concurrency?: number | undefined;
  readonly paused?: boolean;
  readonly rate?: Rate | undefined;
  readonly maxWait?: number | undefined;
  readonly weight?: number | undefined;
}

/** What limits that depend on time need of the scheduler. */
export interface Clock {
  readonly alarms: Alarms;
  /** The time by the host's clock. */
  now(): number;
  /** To be called when something may start that could not before. */
  wake(): void;
}

/**
 * A limit on how many run at once, and the entries that wait for it. Groups form a tree: a slot of a
 * group is also one of each group above it, up to the root, which is the scheduler's own limit.
 *
 * A group stands in the heap of its parent only while it could start something, ranked as the entry
 * it would start. One that is full, paused or empty is not there, and costs nothing.
 */
export class SlotGroup implements Ranked {
  // What it would start, as its parent ranks it.
  priority = 0;
  order = 0;
  position = -1;
  /** The entry itself. */
  head: Entry | undefined = undefined;

  /** Undefined for the root. */
  readonly name: string | undefined;
  readonly parent: SlotGroup | undefined;
  /** Slots in use, in this group and those within it. */
  running = 0;
  /** Entries that wait, in this group and those within it. */
  queued = 0;
  readonly #entries: ReadyQueue<Entry> = new ReadyQueue();
  readonly #groups: RankHeap<SlotGroup> = new RankHeap();
  // Changed by `limit`.
  readonly concurrency: number = Infinity;
  readonly paused: boolean = false;
  /** Its share, beside the groups around it. */
  readonly weight: number = 1;
  rate: RateLimit | undefined = undefined;
  /** How long entries wait here at most, where that was said of this very group. */
  ownMaxWait: number | undefined = undefined;
  /** For the entries of this group itself. */
  maxWait: MaxWait | undefined = undefined;
  /** How what is within it shares, once a group within it has a weight. */
  fair: FairShares | undefined = undefined;
  /** How many groups there are within it. */
  groups = 0;
  /** Whether it was named in the options. */
  kept = false;

  constructor(name?: string, parent?: SlotGroup) {
    this.name = name;
    this.parent = parent;
  }

  /** Changes the limits that are given. A `maxWait` holds once this and the groups within it have {@link age}d. */
  limit(limits: Limits, clock: Clock): void {
    const { rate, maxWait, ...others } = limits;
    Object.assign(this, others);
    if ('rate' in limits) {
      this.rate?.rest();
      this.rate = rate && new RateLimit(rate, clock, this.#later(clock), this.rate);
    }
    if ('maxWait' in limits) this.ownMaxWait = maxWait;
    if ('weight' in limits) this.parent?.share();
    this.changed();
  }

  /** Lets the entries of this group itself wait as long as it says, or what is around it. */
  age(clock: Clock): void {
    const duration = this.ownMaxWait ?? this.parent?.maxWait?.duration ?? Infinity;
    if (duration === Infinity) {
      this.maxWait?.stop();
      this.maxWait = undefined;
    } else if (this.maxWait) this.maxWait.duration = duration;
    else {
      this.maxWait = new MaxWait(duration, clock, this.#later(clock));
      for (const entry of this.entries().sort((a, b) => (goesBefore(a, b) ? -1 : 1))) this.maxWait.add(entry);
    }
    this.changed();
  }

  /** Has what is within it share. */
  share(): void {
    this.fair ??= new FairShares();
    for (const group of [...this.#groups.all()]) this.#rank(group);
    this.changed();
  }

  #later(clock: Clock): () => void {
    return () => {
      this.changed();
      clock.wake();
    };
  }

  /** Whether there is nothing to say of it but what runs and waits. */
  get blank(): boolean {
    return !this.paused && this.concurrency === Infinity && this.weight === 1 && this.rate === undefined
      && this.ownMaxWait === undefined && !this.kept;
  }

  /** Whether a group made anew under this name would be no different. */
  get forgettable(): boolean {
    return this.running + this.queued + this.groups === 0 && this.blank;
  }

  /** It is forgotten. */
  leave(): void {
    if (this.parent) this.parent.groups--;
  }

  /** What waits in this group itself, in no order. */
  entries(): Entry[] {
    return this.#entries.all();
  }

  /** Whether nothing starts in it, whatever waits: it is paused, full, or at its rate. */
  get shut(): boolean {
    return this.paused || this.running >= this.concurrency || this.rate?.free === false;
  }

  /** What would start next, if anything may. */
  get next(): Entry | SlotGroup | undefined {
    if (this.paused || this.running >= this.concurrency) return undefined;
    const next = this.first;
    const head = next instanceof SlotGroup ? next.head : next;
    // One that needs more slots than are free waits for them, and no other overtakes it. One that
    // needs more than there are at all, as the limit has been lowered, runs alone.
    if (head === undefined || (this.running > 0 && this.running + head.size > this.concurrency)) return undefined;
    return this.rate === undefined || head.started === true || this.rate.admits() ? next : undefined;
  }

  /** What is at the head of the queue, whether or not it may start. */
  get first(): Entry | SlotGroup | undefined {
    const overdue = this.maxWait?.overdue;
    const entry = overdue ?? this.#entries.first;
    const group = this.#groups.first;
    if (entry === undefined || group === undefined) return entry ?? group;
    if (overdue) return group.priority === Infinity && group.order < (this.due(overdue) as number) ? group : entry;
    if (this.fair && group.priority === entry.priority) {
      return this.fair.tag(undefined, entry.priority) <= group.order ? entry : group;
    }
    return goesBefore(entry, group) ? entry : group;
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    this.maxWait?.add(entry);
    for (let group: SlotGroup | undefined = this; group; group = group.parent) group.queued++;
    this.changed();
  }

  remove(entry: Entry): void {
    this.#drop(entry);
    for (let group: SlotGroup | undefined = this; group; group = group.parent) {
      group.queued--;
      if (group.queued === 0) group.#rest();
    }
    this.changed();
  }

  /** Moves a waiting entry to another priority. */
  move(entry: Entry, priority: number): void {
    this.#entries.move(entry, priority);
    this.changed();
  }

  /**
   * Takes out what is to start next in the root, and the slots for it. It is the very entry that each
   * group around it was ranked by: against that one each of them has checked its limits.
   */
  take(): Entry | undefined {
    const { next } = this;
    const entry = next instanceof SlotGroup ? next.head : next;
    if (entry === undefined) return undefined;
    entry.slots.#drop(entry);
    let within: SlotGroup | undefined;
    for (let group: SlotGroup | undefined = entry.slots; group; group = group.parent) {
      group.#count(entry, within);
      if (within) group.#rank(within); // its place depends on what has been counted
      // What is full or paused shares nothing: all begin anew when no other wants slots.
      if (group.fair && group.first === undefined) group.fair.clear();
      within = group;
    }
    return entry;
  }

  /** An entry has got its slots, of this group itself or of one within it. */
  #count(entry: Entry, group: SlotGroup | undefined): void {
    this.fair?.serve(group?.name, entry.priority, entry.size / (group?.weight ?? 1), () => this.#groups.all().map(({ priority }) => priority));
    this.running += entry.size;
    if (--this.queued === 0) this.#rest();
  }

  /** Something in it begins its work, which is when a rate counts it: listeners to its start have been called. */
  begin(): void {
    let limited = false;
    for (let group: SlotGroup | undefined = this; group; group = group.parent) {
      if (group.rate === undefined) continue;
      group.rate.count();
      limited = true;
    }
    if (limited) this.changed();
  }

  /** Gives slots back, here and in every group above. */
  release(slots: number): void {
    // Counted down everywhere before anything is ranked: a parent must not be looked at half-way.
    for (let group: SlotGroup | undefined = this; group; group = group.parent) group.running -= slots;
    this.changed();
  }

  /** To be called when what it would start may have changed. */
  changed(): void {
    let group: SlotGroup | undefined = this;
    for (let { parent } = group; parent; { parent } = parent) {
      parent.#rank(group);
      group = parent;
    }
  }

  #drop(entry: Entry): Entry {
    this.#entries.remove(entry);
    this.maxWait?.remove(entry);
    return entry;
  }

  /** Nothing waits in it any more. */
  #rest(): void {
    this.rate?.rest();
    this.fair?.clear();
  }

  /** Brings a child's place among the groups that may start something up to date. */
  #rank(group: SlotGroup): void {
    const { next } = group;
    const due = next && group.due(next);
    const priority = due === undefined ? next?.priority : Infinity;
    const head = next instanceof SlotGroup ? next.head : next;
    // Not the order of the next: it is a tag, where what is within the group shares.
    const order = due ?? (this.fair && next ? this.fair.tag(group.name, next.priority) : head?.order);
    group.head = head;
    if (group.position >= 0) {
      if (group.priority === priority && group.order === order) return;
      this.#groups.remove(group);
    }
    if (next === undefined) return;
    group.priority = priority as number;
    group.order = order as number;
    this.#groups.add(group);
  }

  /** When what waits in it should have started, if it is overdue. */
  due(next: Entry | SlotGroup): number | undefined {
    if (next instanceof SlotGroup) return next.priority === Infinity ? next.order : undefined;
    return this.maxWait?.dueOf(next);
  }
}
