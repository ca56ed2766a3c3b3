import { Subscription, type SchedulerAction, type SchedulerLike } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { TaskManagerClosedError } from '../errors/task-manager-closed-error.ts';
import type { SlotGroup } from './slot-group.ts';
import type { Member, SlotScheduler } from './slot-scheduler.ts';
import { check, checkGroupName, checkOptions, checkPriority } from './validate.ts';

/** How something waits for its turn. */
export interface LaneOptions {
  /** Who goes next: any finite number, the higher the sooner. Default 0. */
  readonly priority?: number | undefined;
  /** The group whose limits apply besides the scheduler's own. Default: no group. */
  readonly group?: string | undefined;
}

export function checkLaneOptions(where: string, options: LaneOptions): void {
  checkOptions(where, options, ['priority', 'group']);
  if (options.priority !== undefined) checkPriority(where, options.priority);
  if (options.group !== undefined) checkGroupName(where, options.group);
}

/** A {@link SchedulerLike} whose actions all wait with the same priority in the same group. */
export function makeLane(scheduler: SlotScheduler, { priority = 0, group }: LaneOptions): SchedulerLike {
  return {
    now: () => scheduler.now(),
    schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription {
      if (scheduler.closed) throw new TaskManagerClosedError();
      check(typeof work === 'function', 'schedule()', 'work', 'a function', work);
      return new LaneAction(scheduler, work, priority, group).schedule(state, delay);
    },
  };
}

/** One piece of work, which waits out its delay, then waits for a slot, and holds it for its call. */
class LaneAction<T> extends Subscription implements SchedulerAction<T>, Member {
  readonly priority: number;
  order = 0;
  position = -1;
  place = -1;
  readonly size = 1;
  slots!: SlotGroup;

  readonly #scheduler: SlotScheduler;
  readonly #work: (this: SchedulerAction<T>, state: T) => void;
  readonly #group: string | undefined;
  #state: T | undefined;
  #timer: Subscription | undefined;

  constructor(
    scheduler: SlotScheduler,
    work: (this: SchedulerAction<T>, state: T) => void,
    priority: number,
    group: string | undefined,
  ) {
    super();
    this.#scheduler = scheduler;
    this.#work = work;
    this.priority = priority;
    this.#group = group;
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed || this.#scheduler.closed) return this;
    this.#withdraw();
    this.#state = state;
    this.#scheduler.members.add(this);
    if (delay > 0) this.#timer = this.#scheduler.host.schedule(() => { this.#queue(); }, delay);
    else this.#queue();
    return this;
  }

  run(): void {
    const { slots } = this; // the work may queue this action again
    this.#scheduler.members.delete(this);
    slots.begin(this);
    try {
      this.#work(this.#state as T);
    } catch (error) {
      reportUnhandledError(error);
      this.#end();
    }
    this.#scheduler.release(slots, this);
  }

  override unsubscribe(): void {
    if (this.closed) return;
    this.#withdraw();
    super.unsubscribe();
  }

  refuse(): void {
    this.unsubscribe();
  }

  #end(): void {
    try {
      this.unsubscribe();
    } catch (error) {
      reportUnhandledError(error); // a teardown has thrown as well
    }
  }

  #queue(): void {
    this.slots = this.#scheduler.slots(this.#group);
    this.order = this.#scheduler.nextOrder();
    this.slots.add(this);
    this.#scheduler.wake();
  }

  #withdraw(): void {
    this.#scheduler.members.delete(this);
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    if (this.position === -1) return;
    this.#scheduler.withdraw(this);
    this.#scheduler.wake();
  }
}
