import { filter, firstValueFrom, map, type SchedulerAction, type SchedulerLike, startWith, Subject, type Subscription } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { Alarms } from './alarm.ts';
import { defaultHost } from './default-host.ts';
import { checkLaneOptions, type LaneOptions, makeLane } from './lane.ts';
import { checkLimits, GROUP_OPTIONS, type GroupLimits, type GroupOptions, LIMITS } from './group-options.ts';
import { type Placed, PlacedList } from './placed-list.ts';
import { Pump } from './pump.ts';
import type { Rate } from './rate-limit.ts';
import { makeGroup, type SchedulerGroup } from './scheduler-group.ts';
import { type Entry, type Limits, SlotGroup } from './slot-group.ts';
import { check, checkConcurrency, checkGroupName, checkGroups, checkMaxWait, checkOptions, checkRate, isObject } from './validate.ts';

/** Options of a {@link PriorityScheduler}. */
export interface PrioritySchedulerOptions extends GroupLimits {
  /** How many run at once, over all groups. Default `Infinity`. */
  readonly concurrency?: number | undefined;
  /** Limits by group name. Any other group name may be used as well, and has no limit. */
  readonly groups?: Readonly<Record<string, GroupOptions>> | undefined;
  /**
   * Where the queue is looked at, and whose clock counts. Default: a
   * microtask, as with RxJS's `asapScheduler`, and a clock that is never set back. With `queueScheduler` work starts inside the call that queues it; with a
   * `TestScheduler` time is virtual.
   */
  readonly host?: SchedulerLike | undefined;
  /** After how many milliseconds of starting work in one go to give way to the event loop. Default 4. */
  readonly timeSlice?: number | undefined;
}

/** What waits for a slot, or runs, by `queueOn` or in a lane. */
export interface QueuedEntry extends Entry, Placed {
  /** Called when the scheduler is closed. */
  refuse(): void;
}

/**
 * A scheduler that decides who goes next: the highest priority first, among equals the one queued
 * first, within the limits of the scheduler and of each group.
 *
 * It is a `SchedulerLike`: every RxJS operator that takes a scheduler takes this one, or a
 * {@link lane} of it. An action waits for a slot and holds it while its work is called. To hold a
 * slot for the length of a subscription, use {@link queueOn}.
 *
 * Work that is queued in one turn of the event loop is ordered together, as the queue is looked at
 * through the `host`. An action that throws is reported as RxJS reports unhandled errors, and the
 * others go on.
 *
 * @example
 * ```ts
 * import { PriorityScheduler } from 'sluice';
 * import { observeOn, of } from 'rxjs';
 *
 * const scheduler = new PriorityScheduler({ concurrency: 1 });
 * of('later').pipe(observeOn(scheduler.lane({ priority: -1 }))).subscribe(console.log);
 * of('sooner').pipe(observeOn(scheduler)).subscribe(console.log);
 * ```
 */
export class PriorityScheduler implements SchedulerLike {
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
  readonly #lane: SchedulerLike = makeLane(this, {});
  /** @internal What waits or runs by `queueOn` or in a lane. */
  readonly members: PlacedList<QueuedEntry> = new PlacedList();
  /** Emits when something has ended that someone may wait for. */
  readonly #ends: Subject<void> = new Subject();
  #idle: Promise<void> | undefined;
  #orders = 0;

  /** @throws InvalidInputError for an option that does not exist or has a wrong value */
  constructor(options: PrioritySchedulerOptions = {}) {
    const where = this.label;
    checkOptions(where, options, [...LIMITS, 'groups', 'host', 'timeSlice']);
    const { groups = {}, host = defaultHost(), timeSlice = 4 } = options;
    check(typeof timeSlice === 'number' && timeSlice > 0, where, 'timeSlice', 'a positive number of milliseconds', timeSlice);
    check(isObject(host) && typeof host.schedule === 'function' && typeof host.now === 'function', where, 'host', 'a SchedulerLike', host);
    checkGroups(where, groups, GROUP_OPTIONS);
    this.host = host;
    this.alarms = new Alarms(host, () => this.now());
    this.pump = new Pump(this.root, host, timeSlice, this.alarms);
    this.#setUp(where, undefined, options);
    for (const [name, limits] of Object.entries(groups)) {
      checkGroupName(where, name);
      this.#setUp(`${where}: groups.${name}`, name, limits);
    }
  }

  /** @internal What errors call it. (A getter, as it is asked for while the scheduler itself is being made.) */
  get label(): string {
    return 'PriorityScheduler';
  }

  /** How many may run at once. Lowered, it lets those that run end; raised, it starts more. */
  get concurrency(): number {
    return this.root.concurrency;
  }

  set concurrency(concurrency: number) {
    checkConcurrency(this.label, concurrency);
    this.limit(undefined, { concurrency });
  }

  /** While true, nothing starts. What runs goes on. */
  get paused(): boolean {
    return this.root.paused;
  }

  set paused(paused: boolean) {
    this.limit(undefined, { paused });
  }

  /** How many may start within a sliding window of time; undefined: any number. What has started before counts. */
  get rate(): Rate | undefined {
    return this.root.rate?.rate;
  }

  set rate(rate: Rate | undefined) {
    if (rate !== undefined) checkRate(this.label, rate);
    this.limit(undefined, { rate });
  }

  /**
   * After how many milliseconds of waiting for a slot something goes next, whatever the priority of
   * others, unless its group says otherwise; undefined: never.
   */
  get maxWait(): number | undefined {
    return this.root.ownMaxWait;
  }

  set maxWait(maxWait: number | undefined) {
    if (maxWait !== undefined) checkMaxWait(this.label, maxWait);
    this.limit(undefined, { maxWait });
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

  /**
   * Queues work with priority 0 and no group, after `delay` milliseconds. See {@link lane} for
   * others. Unsubscribing from what is returned takes it from the queue.
   *
   * @throws TaskManagerClosedError when the manager it belongs to is closed
   */
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay: number, state: T): Subscription;
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription;
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription {
    return this.#lane.schedule<T>(work, delay, state as T);
  }

  /**
   * A `SchedulerLike` whose actions wait with this priority, in this group.
   *
   * @throws InvalidInputError for an option that does not exist or has a wrong value
   *
   * @example
   * ```ts
   * import { PriorityScheduler } from 'sluice';
   * import { interval } from 'rxjs';
   *
   * const scheduler = new PriorityScheduler({ concurrency: 4 });
   * interval(1000, scheduler.lane({ priority: -1, group: 'polling' })).subscribe();
   * ```
   */
  lane(options: LaneOptions): SchedulerLike {
    checkLaneOptions('lane()', options);
    return makeLane(this, options);
  }

  /** The limits of a group. The group need not exist yet. */
  group(name: string): SchedulerGroup {
    checkGroupName('group()', name);
    return makeGroup(this, name);
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
    this.#limit(slots, limits);
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
  release(slots: SlotGroup, size = 1): void {
    slots.release(size);
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
    group.age(this);
    this.groups.set(name, group);
    parent.groups++;
    return group;
  }

  /** Sets a group up as the options say. */
  #setUp(where: string, name: string | undefined, options: GroupOptions): void {
    const limits = checkLimits(where, options);
    const slots = this.slots(name);
    slots.kept = true;
    this.#limit(slots, limits);
  }

  #limit(slots: SlotGroup, limits: Limits): void {
    slots.limit(limits, this);
    // Those within a group come after it, and take over what holds around them.
    if ('maxWait' in limits) for (const group of [this.root, ...this.groups.values()]) group.age(this);
  }
}
