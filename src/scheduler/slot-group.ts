import { goesBefore, type Ranked, RankHeap } from './rank-heap.ts';
import { ReadyQueue } from './ready-queue.ts';

/** Something that waits for a slot. */
export interface Entry extends Ranked {
  /** The group whose slot it takes. */
  readonly slots: SlotGroup;
  /** Called when it has got its slot, which it releases once it has ended. Must not throw. */
  run(): void;
}

/** The limits of a group that can be changed. */
export type Limits = Partial<Pick<SlotGroup, 'concurrency' | 'paused'>>;

/**
 * A limit on how many run at once, and the entries that wait for it. Groups form a tree: a slot of a
 * group is also one of each group above it, up to the root, which is the scheduler's own limit.
 *
 * A group stands in the heap of its parent only while it could start something, ranked as the entry
 * it would start. One that is full, paused or empty is not there, and costs nothing.
 */
export class SlotGroup implements Ranked {
  priority = 0;
  order = 0;
  position = -1;

  /** Undefined for the root. */
  readonly name: string | undefined;
  readonly parent: SlotGroup | undefined;
  /** Slots in use, in this group and those within it. Never above {@link concurrency} by a start. */
  running = 0;
  /** Entries that wait, in this group and those within it. */
  queued = 0;
  readonly #entries: ReadyQueue<Entry> = new ReadyQueue();
  readonly #groups: RankHeap<SlotGroup> = new RankHeap();
  // Changed by `limit`.
  readonly concurrency: number = Infinity;
  readonly paused: boolean = false;

  constructor(name?: string, parent?: SlotGroup) {
    this.name = name;
    this.parent = parent;
  }

  /** Changes the limits that are given. */
  limit(limits: Limits): void {
    Object.assign(this, limits);
    this.#changed();
  }

  /** Whether there is nothing to say of it but what runs and waits. */
  get blank(): boolean {
    return !this.paused && this.concurrency === Infinity;
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
  get next(): Ranked | undefined {
    if (this.paused || this.running >= this.concurrency) return undefined;
    const entry = this.#entries.first;
    const group = this.#groups.first;
    if (entry === undefined || group === undefined) return entry ?? group;
    return goesBefore(entry, group) ? entry : group;
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    for (let group: SlotGroup | undefined = this; group; group = group.parent) group.queued++;
    this.#changed();
  }

  remove(entry: Entry): void {
    this.#entries.remove(entry);
    for (let group: SlotGroup | undefined = this; group; group = group.parent) group.queued--;
    this.#changed();
  }

  /** Moves a waiting entry to another priority. */
  move(entry: Entry, priority: number): void {
    this.#entries.move(entry, priority);
    this.#changed();
  }

  /** Takes out what is to start next, and a slot for it. */
  take(): Entry | undefined {
    const next = this.next;
    if (next === undefined) return undefined;
    const entry = next === this.#entries.first ? this.#entries.take() : (next as SlotGroup).take();
    this.queued--;
    this.running++;
    if (this.parent) this.parent.#rank(this);
    return entry;
  }

  /** Gives a slot back, here and in every group above. */
  release(): void {
    // Counted down everywhere before anything is ranked: a parent must not be looked at half-way.
    for (let group: SlotGroup | undefined = this; group; group = group.parent) group.running--;
    this.#changed();
  }

  #changed(): void {
    let group: SlotGroup | undefined = this;
    for (let { parent } = group; parent; { parent } = parent) {
      parent.#rank(group);
      group = parent;
    }
  }

  /** Brings a child's place among the groups that may start something up to date. */
  #rank(group: SlotGroup): void {
    const { next } = group;
    if (group.position >= 0) {
      if (group.priority === next?.priority && group.order === next.order) return;
      this.#groups.remove(group);
    }
    if (next === undefined) return;
    group.priority = next.priority;
    group.order = next.order;
    this.#groups.add(group);
  }
}
