import type { NgZone } from '@angular/core';
import { type Observable, type SchedulerAction, type SchedulerLike, Subject, Subscription, take, timer } from 'rxjs';

/**
 * Where a manager's queue is looked at: in a microtask outside the Angular zone.
 *
 * RxJS's `asapScheduler` runs all that is due in the zone that happened to schedule first, the
 * application's own actions as well, and serves all applications of a server at once. This one is made for
 * each manager, and what waits in it can be called at once, for what must start inside the call that queues it.
 */
export interface AngularHost extends SchedulerLike {
  /**
   * Calls what is due inside this call. The clock stands still meanwhile: what must start at once, as
   * the views are being checked, must not have to give way to the event loop.
   */
  flush(): void;
}

/**
 * @param immediate - whether what is asked for is done inside the call that asks: in tests
 * @param onLook - called before what is due, which may be a look at the queue
 */
export function makeHost(zone: NgZone, immediate: boolean, onLook: () => void): AngularHost {
  const turn = new Subject<void>();
  let flushing = false;
  let still: number | undefined;
  const flush = (time?: number): void => {
    if (flushing) return;
    flushing = true;
    still = time;
    zone.runOutsideAngular(() => {
      while (turn.observed) {
        onLook();
        turn.next(); // not to those who come meanwhile: they are due with the next
      }
    });
    flushing = false;
    still = undefined;
  };
  return {
    now: () => still ?? Date.now(),
    schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription {
      const action = new Subscription() as SchedulerAction<T>;
      action.schedule = (next, later = 0) => {
        zone.runOutsideAngular(() => {
          const due: Observable<unknown> = later > 0 ? timer(later) : turn.pipe(take(1));
          action.add(due.subscribe(() => { work.call(action, next as T); })); // RxJS reports what it throws
          if (later > 0) return;
          if (immediate) flush();
          else queueMicrotask(() => { flush(); });
        });
        return action;
      };
      return action.schedule(state, delay);
    },
    flush(): void {
      flush(Date.now());
    },
  };
}
