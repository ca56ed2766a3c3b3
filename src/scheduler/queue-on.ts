import { Observable, type MonoTypeOperatorFunction } from 'rxjs';

import { InvalidInputError } from '../errors/invalid-input-error.ts';
import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { TaskManagerClosedError } from '../errors/task-manager-closed-error.ts';
import { checkLaneOptions, type LaneOptions } from './lane.ts';
import { PriorityScheduler, type QueuedEntry } from './priority-scheduler.ts';
import { Relay } from './relay.ts';

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
    let relay: Relay<T> | undefined;
    const slots = scheduler.slots(group);
    const entry: QueuedEntry = {
      priority,
      order: scheduler.nextOrder(),
      position: -1,
      slots,
      run() {
        // In between, so that all of the source can be torn down before the slot is free.
        relay = new Relay<T>(subscriber);
        try {
          source.subscribe(relay);
        } catch (error) {
          if (subscriber.closed) reportUnhandledError(error);
          else subscriber.error(error);
        }
      },
      refuse() { subscriber.error(new TaskManagerClosedError()); },
    };
    scheduler.members.add(entry);
    slots.add(entry);
    // Not returned, as it may start, and be left, inside the next call.
    subscriber.add(() => {
      scheduler.members.delete(entry);
      if (relay === undefined) {
        scheduler.withdraw(entry);
        return;
      }
      try {
        relay.unsubscribe();
      } finally {
        scheduler.release(slots);
      }
    });
    scheduler.wake();
  });
}
