import type { SchedulerAction, SchedulerLike, Subscription } from 'rxjs';

import { defaultHost } from './default-host.ts';
import { checkGroupOptions, checkGroups, checkLimits, type GroupOptions, LIMITS } from './group-options.ts';
import type { GroupPolicy } from './group-policy.ts';
import { checkLaneOptions, type LaneOptions, makeLane } from './lane.ts';
import { makeGroup, type SchedulerGroup } from './scheduler-group.ts';
import { SlotScheduler } from './slot-scheduler.ts';
import { check, checkGroupName, isObject } from './validate.ts';

/** Options of a {@link PriorityScheduler}. */
export interface PrioritySchedulerOptions extends GroupOptions {
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
export class PriorityScheduler extends SlotScheduler implements SchedulerLike {
  /** @internal What errors call it. */
  static readonly label: string = 'PriorityScheduler';
  readonly #lane: SchedulerLike = makeLane(this, {});

  /** @throws InvalidInputError for an option that does not exist or has a wrong value */
  constructor(options: PrioritySchedulerOptions = {}) {
    const where = new.target.label;
    checkGroupOptions(where, options, [...LIMITS, 'groups', 'host', 'timeSlice']);
    const { groups = {}, host = defaultHost(), timeSlice = 4 } = options;
    check(typeof timeSlice === 'number' && timeSlice > 0, where, 'timeSlice', 'a positive number of milliseconds', timeSlice);
    check(isObject(host) && typeof host.schedule === 'function' && typeof host.now === 'function', where, 'host', 'a SchedulerLike', host);
    checkGroups(where, groups, LIMITS);
    super(host, timeSlice);
    this.root.limit(checkLimits(where, options), this);
    for (const [name, limits] of Object.entries(groups)) {
      checkGroupName(where, name);
      const slots = this.slots(name);
      slots.kept = true;
      slots.limit(checkLimits(`${where}: groups.${name}`, limits), this);
    }
    for (const group of this.groups.values()) group.adopt(this); // one within may have come before that around it
  }

  /** How many may run at once. Lowered, it lets those that run end; raised, it starts more. */
  get concurrency(): number {
    return this.root.concurrency;
  }

  set concurrency(concurrency: number) {
    this.#limit({ concurrency });
  }

  /** While true, nothing starts. What runs goes on. */
  get paused(): boolean {
    return this.root.paused;
  }

  set paused(paused: boolean) {
    this.#limit({ paused });
  }

  /**
   * Further limits, and who goes first. A policy in place of one of the same name takes over what that has
   * counted; one that stays in the list stays as it is.
   */
  get policies(): readonly GroupPolicy[] {
    return this.root.policies;
  }

  set policies(policies: readonly GroupPolicy[]) {
    this.#limit({ policies });
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

  #limit(limits: GroupOptions): void {
    this.limit(undefined, checkLimits((this.constructor as typeof PriorityScheduler).label, limits));
  }
}
