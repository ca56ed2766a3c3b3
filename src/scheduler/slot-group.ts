import type { FairShares } from './fair-shares.ts';
import type { MaxWait } from './max-wait.ts';
import { goesBefore, type Ranked, RankHeap } from './rank-heap.ts';
import type { RateLimit } from './rate-limit.ts';
import { ReadyQueue } from './ready-queue.ts';

/** Something that waits for a slot. */
export interface Entry extends Ranked {
  /** The group whose slot it takes. */
  readonly slots: SlotGroup;
  /** How many slots it takes. */
  readonly size: number;
  /** Called when it has got its slot, which it releases once it has ended. Must not throw. */
  run(): void;
}

/** The limits of a group that can be changed. */
export type Limits = Partial<Pick<SlotGroup, 'concurrency' | 'paused' | 'weight' | 'rate' | 'maxWait' | 'fair'>>;

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
  size = 1;
  position = -1;
  /** What it would start itself, once it has its turn. */
  head: Entry | undefined;

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
  /** Its share, where its parent is {@link fair}. */
  readonly weight: number = 1;
  readonly rate: RateLimit | undefined;
  /** For the entries of this group itself. */
  readonly maxWait: MaxWait | undefined;
  /** How groups within it share, once one of them has a weight. */
  readonly fair: FairShares | undefined;
  /** How many groups there are within it. */
  groups = 0;
  /** Whether it was named in the options. */
  kept = false;

  constructor(name?: string, parent?: SlotGroup) {
    this.name = name;
    this.parent = parent;
  }

  /** Changes the limits that are given. */
  limit(limits: Limits): void {
    Object.assign(this, limits);
    this.changed();
  }

  /** Whether there is nothing to say of it but what runs and waits. */
  get blank(): boolean {
    return !this.paused && this.concurrency === Infinity && !this.kept && this.groups === 0;
  }

  /** Whether a group made anew under this name would be no different. */
  get forgettable(): boolean {
    return this.running + this.queued === 0 && this.blank;
  }

  /** What waits in this group itself, in no order. */
  entries(): Entry[] {
    return this.#entries.all();
  }

  /** What would start next, if anything may. */
  get next(): Entry | SlotGroup | undefined {
    if (this.paused || this.running >= this.concurrency) return undefined;
    const next = this.first;
    // One that needs more slots than are free waits for them, and no other overtakes it. One that
    // needs more than there are at all, as the limit has been lowered, runs alone.
    if (next === undefined || (this.running > 0 && this.running + next.size > this.concurrency)) return undefined;
    return this.rate === undefined || this.rate.admits() ? next : undefined;
  }

  /** What is at the head of the queue, whether or not it may start. */
  get first(): Entry | SlotGroup | undefined {
    const overdue = this.maxWait?.overdue;
    const entry = overdue ? overdue.entry : this.#entries.first;
    const group = this.#groups.first;
    if (entry === undefined || group === undefined) return entry ?? group;
    if (overdue) return group.priority === Infinity && group.order < overdue.due ? group : entry;
    if (this.fair && group.priority === entry.priority) {
      return this.fair.tag(this, entry.priority) <= group.order ? entry : group;
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

  /** Takes out what is to start next, and the slots for it. */
  take(): Entry | undefined {
    for (let { next } = this; next; { next } = this) {
      const group = next instanceof SlotGroup ? next : this;
      const entry = next instanceof SlotGroup ? next.take() : this.#drop(next);
      if (entry) this.fair?.serve(group, entry.priority, entry.size, () => this.#groups.all().map(({ priority }) => priority));
      if (group !== this) this.#rank(group);
      // The clock has gone on, and another is due in that group that cannot start.
      if (entry === undefined) continue;
      this.rate?.count();
      this.queued--;
      this.running += entry.size;
      if (this.queued === 0) this.#rest();
      return entry;
    }
    return undefined;
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
    const order = due ?? (this.fair && next ? this.fair.tag(group, next.priority) : head?.order);
    group.head = head;
    if (next) group.size = next.size;
    if (group.position >= 0) {
      if (group.priority === priority && group.order === order) return;
      this.#groups.remove(group);
    }
    if (next === undefined) return;
    group.priority = priority as number;
    group.order = order as number;
    this.#groups.add(group);
  }

  /** Since when what would start next should have been started, if it is overdue. */
  due(next: Entry | SlotGroup): number | undefined {
    if (next instanceof SlotGroup) return next.priority === Infinity ? next.order : undefined;
    const overdue = this.maxWait?.overdue;
    return overdue?.entry === next ? overdue.due : undefined;
  }
}
