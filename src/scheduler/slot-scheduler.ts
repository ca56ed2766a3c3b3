import { filter, firstValueFrom, map, type SchedulerLike, startWith, Subject } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { Alarms } from './alarm.ts';
import type { QueuedEntry } from './group-policy.ts';
import { type Placed, PlacedList } from './placed-list.ts';
import { Pump } from './pump.ts';
import { type Entry, type Limits, SlotGroup } from './slot-group.ts';

/** What waits for a slot, or runs, by `queueOn` or in a lane. */
export interface Member extends Entry, Placed {
  /** Called when the scheduler is closed. */
  refuse(): void;
}

/** Slots in groups, and what waits for them: what tasks, lanes and `queueOn` know of a scheduler. */
export class SlotScheduler {
  /** Where the queue is looked at. */
  readonly host: SchedulerLike;
  /** @internal The scheduler's own limit, above those of all groups. */
  readonly root: SlotGroup = this.newGroup();
  /** @internal The groups that have work or limits. */
  readonly groups: Map<string, SlotGroup> = new Map();
  /** @internal Refuses work once this is set. */
  closed = false;
  /** @internal */
  readonly alarms: Alarms;
  /** @internal */
  readonly pump: Pump;
  /** @internal What waits or runs by `queueOn` or in a lane. */
  readonly members: PlacedList<Member> = new PlacedList();
  /** Emits when something has ended that someone may wait for. */
  readonly #ends: Subject<void> = new Subject();
  #idle: Promise<void> | undefined;
  #orders = 0;

  /** @internal */
  constructor(host: SchedulerLike, timeSlice: number) {
    this.host = host;
    this.alarms = new Alarms(host, () => this.now());
    this.pump = new Pump(this.root, host, timeSlice, this.alarms);
  }

  /** How many slots are in use now. */
  get running(): number {
    return this.root.running;
  }

  /** How many wait for a slot. */
  get queued(): number {
    return this.root.queued;
  }

  /** Resolves when nothing is queued or running: at once, if that is so now. */
  onIdle(): Promise<void> {
    if (this.idle) return Promise.resolve();
    // One promise for all who wait: each would be looked at whenever something ends.
    return (this.#idle ??= firstValueFrom(this.#ends.pipe(filter(() => this.idle), map(() => { this.#idle = undefined; }))));
  }

  /** The time in milliseconds, by the host's clock. */
  now(): number {
    return this.pump.now();
  }

  /** @internal The group of that name, or the root. The group `a/b` is one within `a`. */
  slots(name: string | undefined): SlotGroup {
    if (name === undefined) return this.root;
    return this.groups.get(name) ?? this.#addGroup(name);
  }

  /** @internal What is kept of a group. (Called while the scheduler itself is being made.) */
  newGroup(name?: string, parent?: SlotGroup): SlotGroup {
    return new SlotGroup(name, parent);
  }

  /** @internal Changes limits of the group of that name, or the scheduler's own. */
  limit(name: string | undefined, limits: Limits): void {
    const slots = this.slots(name);
    slots.limit(limits, this);
    // Those within a group come after it, and take over what holds around them.
    if (limits.policies) for (const group of this.groups.values()) if (group !== slots) group.adopt(this);
    this.forget(slots);
    this.pump.wake();
  }

  /** @internal Drops a group that has nothing worth keeping. */
  forget(slots: SlotGroup): void {
    for (let group = slots; group.parent && group.forgettable; group = group.parent) {
      // It may have been forgotten already, by someone who has held it for longer.
      if (this.groups.get(group.name as string) !== group) return;
      this.groups.delete(group.name as string);
      group.leave();
    }
  }

  /** @internal Starts nothing more, drops the actions, and has every `queueOn` end with an error. */
  close(): void {
    this.closed = true;
    this.root.limit({ paused: true }, this);
    for (const member of [...this.members.all]) {
      try {
        member.refuse();
      } catch (error) {
        reportUnhandledError(error); // a teardown has thrown
      }
    }
  }

  /** @internal The place in the order of queueing: lower goes first among equal priorities. */
  nextOrder(): number {
    return this.#orders++;
  }

  /** @internal Sees to it that the queue is looked at. */
  wake(): void {
    this.pump.wake();
  }

  /** @internal Whether nothing is queued or running. */
  get idle(): boolean {
    return this.queued + this.running === 0;
  }

  /** @internal Takes a waiting entry out. */
  withdraw(entry: Entry): void {
    entry.slots.remove(entry);
    this.forget(entry.slots);
    this.ended();
  }

  /** @internal Gives back the slots of an entry that has started, and lets the next one start. */
  release(slots: SlotGroup, entry: QueuedEntry): void {
    slots.release(entry);
    this.forget(slots);
    this.wake();
    this.ended();
  }

  /** @internal Resolves when `done` is true, which is looked at whenever something has {@link ended}. */
  when(done: () => boolean): Promise<void> {
    return firstValueFrom(this.#ends.pipe(startWith(undefined), filter(done)));
  }

  /** @internal To be called when something has ended. */
  ended(): void {
    if (this.#ends.observed) this.#ends.next();
  }

  #addGroup(name: string): SlotGroup {
    const end = name.lastIndexOf('/');
    const parent = end > 0 ? this.slots(name.slice(0, end)) : this.root;
    const group = this.newGroup(name, parent);
    group.adopt(this);
    this.groups.set(name, group);
    parent.groups++;
    return group;
  }
}
