import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';

import { InvalidInputError } from '../errors/invalid-input-error.ts';
import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { TaskManagerClosedError } from '../errors/task-manager-closed-error.ts';
import { checkLaneOptions, type LaneOptions } from './lane.ts';
import { PriorityScheduler } from './priority-scheduler.ts';
import { Relay } from './relay.ts';
import type { Entry, SlotGroup } from './slot-group.ts';

/**
 * Lets an Observable wait for its turn: it is subscribed to when it has got a slot, and holds the
 * slot until it completes, fails or is unsubscribed from.
 *
 * Each subscription waits by itself. To unsubscribe from one that waits takes it from the queue; from
 * one that runs, unsubscribes from the source and then frees the slot. Values, errors and completion
 * pass unchanged. (RxJS's `subscribeOn` would give the slot back as soon as it has subscribed.)
 *
 * @param scheduler - whose slots to wait for, such as `tasks.scheduler`
 * @param options - priority (default 0) and group (default none)
 * @throws InvalidInputError at once for an option that does not exist or has a wrong value.
 * Subscribers of a closed manager's scheduler receive a TaskManagerClosedError.
 *
 * @example
 * ```ts
 * import { PriorityScheduler, queueOn } from 'sluice';
 * import { from, mergeMap, timer } from 'rxjs';
 *
 * const scheduler = new PriorityScheduler({ concurrency: 2 });
 * from([1, 2, 3]).pipe(
 *   mergeMap((id) => timer(100).pipe(queueOn(scheduler, { priority: id }))),
 * ).subscribe();
 * ```
 */
export function queueOn<T>(scheduler: PriorityScheduler, options: LaneOptions = {}): MonoTypeOperatorFunction<T> {
  if (!(scheduler as unknown instanceof PriorityScheduler)) {
    throw new InvalidInputError('queueOn(): scheduler', 'a PriorityScheduler', scheduler, 'That of a manager is tasks.scheduler.');
  }
  checkLaneOptions('queueOn()', options);
  const { priority = 0, group } = options;
  return (source) => new Observable((subscriber) => {
    if (scheduler.closed) {
      subscriber.error(new TaskManagerClosedError());
      return;
    }
    const turn = new QueuedSubscription(scheduler, scheduler.slots(group), priority, source, subscriber);
    scheduler.members.add(turn);
    turn.slots.add(turn);
    // Not returned, as it may start, and be left, inside the next call.
    subscriber.add(() => { turn.end(); });
    scheduler.wake();
  });
}

/** One subscription: it waits, then runs, and ends as its subscriber does. */
class QueuedSubscription<T> implements Entry {
  readonly priority: number;
  readonly order: number;
  position = -1;
  readonly slots: SlotGroup;
  readonly #scheduler: PriorityScheduler;
  readonly #source: Observable<T>;
  readonly #subscriber: Subscriber<T>;
  #relay: Relay<T> | undefined;

  constructor(
    scheduler: PriorityScheduler,
    slots: SlotGroup,
    priority: number,
    source: Observable<T>,
    subscriber: Subscriber<T>,
  ) {
    this.#scheduler = scheduler;
    this.order = scheduler.nextOrder();
    this.slots = slots;
    this.priority = priority;
    this.#source = source;
    this.#subscriber = subscriber;
  }

  run(): void {
    const subscriber = this.#subscriber;
    // In between, so that all of the source can be torn down before the slot is free.
    this.#relay = new Relay<T>(subscriber);
    try {
      this.#source.subscribe(this.#relay);
    } catch (error) {
      if (subscriber.closed) reportUnhandledError(error);
      else subscriber.error(error);
    }
  }

  end(): void {
    this.#scheduler.members.delete(this);
    if (this.#relay === undefined) {
      this.#scheduler.withdraw(this);
      return;
    }
    try {
      this.#relay.unsubscribe();
    } finally {
      this.#scheduler.release(this.slots);
    }
  }

  refuse(): void {
    this.#subscriber.error(new TaskManagerClosedError());
  }
}
