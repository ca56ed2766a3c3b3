import { type MonoTypeOperatorFunction, Observable, Subscriber } from 'rxjs';

import { InvalidInputError } from '../errors/invalid-input-error.ts';
import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { TaskManagerClosedError } from '../errors/task-manager-closed-error.ts';
import { checkLaneOptions, type LaneOptions } from './lane.ts';
import { PriorityScheduler } from './priority-scheduler.ts';
import type { SlotGroup } from './slot-group.ts';
import type { Member } from './slot-scheduler.ts';

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
    if (scheduler.closed) subscriber.error(new TaskManagerClosedError());
    else if (!subscriber.closed) new QueuedSubscription(subscriber, scheduler, source, priority, scheduler.slots(group)).wait();
  });
}

/**
 * Stands between the source and its subscriber, so that all of the source can be torn down before
 * the slot is free; and waits in the ready queue itself, so that to wait takes one object.
 */
class QueuedSubscription<T> extends Subscriber<T> implements Member {
  readonly priority: number;
  readonly order: number;
  position = -1;
  place = -1;
  readonly size = 1;
  readonly slots: SlotGroup;
  readonly #scheduler: PriorityScheduler;
  readonly #source: Observable<T>;
  #started = false;

  constructor(subscriber: Subscriber<T>, scheduler: PriorityScheduler, source: Observable<T>, priority: number, slots: SlotGroup) {
    super(subscriber);
    this.#scheduler = scheduler;
    this.#source = source;
    this.priority = priority;
    this.order = scheduler.nextOrder();
    this.slots = slots;
  }

  wait(): void {
    this.#scheduler.members.add(this);
    this.slots.add(this);
    this.#scheduler.wake();
  }

  run(): void {
    this.#started = true;
    this.slots.begin(this);
    try {
      this.#source.subscribe(this);
    } catch (error) {
      if (this.closed) reportUnhandledError(error);
      else this.error(error);
    }
  }

  refuse(): void {
    this.error(new TaskManagerClosedError());
  }

  override unsubscribe(): void {
    if (this.closed) return;
    try {
      super.unsubscribe();
    } finally {
      this.#scheduler.members.delete(this);
      if (this.#started) this.#scheduler.release(this.slots, this);
      else {
        this.#scheduler.withdraw(this);
        this.#scheduler.wake();
      }
    }
  }
}
