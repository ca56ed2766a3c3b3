import type { Alarms } from './alarm.ts';
import { GroupPolicies, NO_POLICIES } from './group-policies.ts';
import type { GroupHooks, GroupPolicy, GroupPort, QueuedEntry } from './group-policy.ts';
import { goesBefore, type Ranked, RankHeap } from './rank-heap.ts';
import { ReadyQueue } from './ready-queue.ts';

/**
 * Something that waits for slots, by the one way there is: `slots.add(entry)` queues it, `run()` is called
 * when it has them, `slots.begin(entry)` says that its work begins, `slots.release(entry)` gives them back;
 * `slots.remove(entry)` takes it from the queue before that.
 */
export interface Entry extends Ranked, QueuedEntry {
  priority: number;
  /** The group whose slots it takes. */
  readonly slots: SlotGroup;
  /** Called when it has got its slots, which it releases once it has ended. Must not throw. */
  run(): void;
}

/** The limits of a group that can be changed. */
export interface Limits {
  readonly concurrency?: number | undefined;
  readonly paused?: boolean | undefined;
  readonly policies?: readonly GroupPolicy[] | undefined;
}

/** What the policies of a group need of the scheduler. */
export interface Clock extends Pick<GroupPort, 'host'> {
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
  concurrency: number = Infinity;
  paused = false;
  /** Its own, as they were given. */
  policies: readonly GroupPolicy[] = NO_POLICIES;
  /** All that hold in it, if there are any. */
  hooks: GroupPolicies | undefined = undefined;
  /** How many groups there are within it. */
  groups = 0;
  /** Whether it was named in the options. */
  kept = false;

  constructor(name?: string, parent?: SlotGroup) {
    this.name = name;
    this.parent = parent;
  }

  /** Changes the limits that are given. Policies that hold in the groups within do once these {@link adopt} them. */
  limit({ concurrency, paused, policies }: Limits, clock: Clock): void {
    this.concurrency = concurrency ?? this.concurrency;
    this.paused = paused ?? this.paused;
    if (policies !== undefined) {
      this.policies = policies;
      this.adopt(clock);
    }
    this.changed();
  }

  /** Attaches its own policies, and those of the group around it that hold here. */
  adopt(clock: Clock): void {
    const around = this.parent?.hooks?.inherited ?? NO_POLICIES;
    if (this.hooks === undefined && this.policies.length + around.length === 0) return;
    const inherited = around.filter(({ name }) => !this.policies.some((policy) => policy.name === name));
    this.#policies(clock).set([...this.policies, ...inherited]);
  }

  #policies(clock: Clock): GroupPolicies {
    return (this.hooks ??= new GroupPolicies({
      group: this.name,
      host: clock.host,
      alarms: clock.alarms,
      now: () => clock.now(),
      shared: this.parent && (<Hooks extends GroupHooks>(policy: GroupPolicy) => (this.parent as SlotGroup).#policies(clock).share<Hooks>(policy)),
      waiting: () => this.entries().sort((a, b) => (goesBefore(a, b) ? -1 : 1)),
      ranked: () => {
        for (const group of this.#groups.all().slice()) this.#rank(group);
        this.changed();
      },
      reconsidered: () => {
        this.changed();
        clock.wake();
      },
    }));
  }

  /** Whether there is nothing to say of it but what runs and waits. */
  get blank(): boolean {
    return !this.paused && this.concurrency === Infinity && this.policies.length === 0 && !this.kept && this.groups === 0;
  }

  /** Whether a group made anew under this name would be no different. */
  get forgettable(): boolean {
    return this.running + this.queued === 0 && this.blank;
  }

  /** It is forgotten. */
  leave(): void {
    if (this.parent) this.parent.groups--;
  }

  /** What waits in this group itself, in no order. */
  entries(): Entry[] {
    return this.#entries.all();
  }

  /** Whether it does not let an entry start, whatever else waits: it is paused, full, or a policy does not. */
  isShutTo(entry: Entry): boolean {
    return this.paused || this.running >= this.concurrency || (this.hooks !== undefined && this.hooks.obstacles(entry).length > 0);
  }

  /** What would start next, if anything may. */
  get next(): Entry | SlotGroup | undefined {
    if (this.paused || this.running >= this.concurrency) return undefined;
    const next = this.first;
    const head = next instanceof SlotGroup ? next.head : next;
    // One that needs more slots than are free waits for them, and no other overtakes it. One that
    // needs more than there are at all, as the limit has been lowered, runs alone.
    if (head === undefined || (this.running > 0 && this.running + head.size > this.concurrency)) return undefined;
    return this.hooks === undefined || this.hooks.admits(head) ? next : undefined;
  }

  /** What is at the head of the queue, whether or not it may start. */
  get first(): Entry | SlotGroup | undefined {
    const group = this.#groups.first;
    const { hooks } = this;
    if (hooks === undefined) {
      const entry = this.#entries.first;
      return entry === undefined || (group !== undefined && !goesBefore(entry, group)) ? group : entry;
    }
    const urgent = hooks.first as Entry | undefined;
    const entry = urgent ?? this.#entries.first;
    if (entry === undefined || group === undefined) return entry ?? group;
    if (urgent) return group.priority === Infinity && group.order < (hooks.since(urgent) as number) ? group : entry;
    const rank = group.priority === entry.priority ? hooks.rank(undefined, entry.priority) : undefined;
    if (rank !== undefined) return rank <= group.order ? entry : group;
    return goesBefore(entry, group) ? entry : group;
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    if (this.hooks) this.hooks.queued(entry);
    for (let group: SlotGroup | undefined = this; group; group = group.parent) group.queued++;
    this.changed();
  }

  remove(entry: Entry): void {
    this.#drop(entry);
    for (let group: SlotGroup | undefined = this; group; group = group.parent) {
      group.queued--;
      if (group.queued === 0 && group.hooks) group.hooks.rest();
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
      group.running += entry.size;
      group.queued--;
      if (group.hooks) group.hooks.taken(entry, within?.name);
      if (within) group.#rank(within); // its place depends on what has been counted
      if (group.hooks) {
        if (group.queued === 0) group.hooks.rest();
        else if (group.first === undefined) group.hooks.idle();
      }
      within = group;
    }
    return entry;
  }

  /** An entry that has got its slots begins its work: listeners to its start have been called. */
  begin(entry: QueuedEntry): void {
    let decides = false;
    for (let group: SlotGroup | undefined = this; group; group = group.parent) {
      if (group.hooks === undefined) continue;
      group.hooks.started(entry);
      decides = true;
    }
    if (decides) this.changed();
  }

  /** Gives the slots of an entry back, here and in every group above. */
  release(entry: QueuedEntry): void {
    // Counted down everywhere before anything is ranked: a parent must not be looked at half-way.
    for (let group: SlotGroup | undefined = this; group; group = group.parent) {
      group.running -= entry.size;
      if (group.hooks) group.hooks.released(entry);
    }
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

  /** Since when what waits in it is to go before all others, if it is. */
  since(next: Entry | SlotGroup): number | undefined {
    if (next instanceof SlotGroup) return next.priority === Infinity ? next.order : undefined;
    return this.hooks?.since(next);
  }

  #drop(entry: Entry): void {
    this.#entries.remove(entry);
    if (this.hooks) this.hooks.left(entry);
  }

  /** Brings a child's place among the groups that may start something up to date. */
  #rank(group: SlotGroup): void {
    const { next } = group;
    const head = next instanceof SlotGroup ? next.head : next;
    const since = next && group.since(next);
    const priority = since === undefined ? next?.priority : Infinity;
    // Not the order of the next: it may be a place that only counts within the group.
    const order = since ?? (next && this.hooks?.rank(group.name, next.priority)) ?? head?.order;
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
}
