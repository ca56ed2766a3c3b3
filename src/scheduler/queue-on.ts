import { Observable, type MonoTypeOperatorFunction, type Subscriber } from 'rxjs';

import { TaskManagerClosedError } from '../errors/task-manager-closed-error.ts';
import { checkLaneOptions, type LaneOptions } from './lane.ts';
import type { PriorityScheduler } from './priority-scheduler.ts';
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
  checkLaneOptions('queueOn()', options);
  const { priority = 0, group } = options;
  return (source) => new Observable((subscriber) => {
    if (scheduler.closed) {
      subscriber.error(new TaskManagerClosedError());
      return;
    }
    const turn = new QueuedSubscription(scheduler, scheduler.slots(group), priority, source, subscriber);
    scheduler.members.add(turn);
    scheduler.queue(turn);
    scheduler.wake();
    return () => {
      scheduler.members.delete(turn);
      if (turn.position >= 0) scheduler.withdraw(turn);
    };
  });
}

class QueuedSubscription<T> implements Entry {
  readonly priority: number;
  readonly order: number;
  position = -1;
  readonly slots: SlotGroup;
  readonly #scheduler: PriorityScheduler;
  readonly #source: Observable<T>;
  readonly #subscriber: Subscriber<T>;

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
    try {
      this.#source.subscribe(this.#subscriber);
    } catch (error) {
      this.#subscriber.error(error);
    }
    // Added after what the source has added, so that it is torn down before the slot is free.
    this.#subscriber.add(() => { this.#scheduler.release(this.slots); });
  }

  refuse(): void {
    this.#subscriber.error(new TaskManagerClosedError());
  }
}
