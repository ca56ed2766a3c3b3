import type { NgZone } from '@angular/core';
import { asyncScheduler, type SchedulerAction, type SchedulerLike, Subscription, throwError } from 'rxjs';

/**
 * Where a manager's queue is looked at: in a microtask outside the Angular zone.
 *
 * RxJS's `asapScheduler` would run it in the zone that happened to schedule first, and serves all
 * applications of a server at once. This one is made for each manager, and what waits in it can be
 * called at once, for what must start inside the call that queues it.
 */
export interface AngularHost extends SchedulerLike {
  /**
   * Calls what is due inside this call. The clock stands still meanwhile: what must start at once, as
   * the views are being checked, must not have to give way to the event loop.
   */
  flush(): void;
}

/** @param onLook - called before what is due, which may be a look at the queue */
export function makeHost(zone: NgZone, onLook: () => void): AngularHost {
  let due: (() => void)[] = [];
  let flushing = false;
  let still: number | undefined;
  const flush = (time?: number): void => {
    if (flushing) return;
    flushing = true;
    still = time;
    zone.runOutsideAngular(() => {
      while (due.length > 0) {
        const calls = due;
        due = [];
        onLook();
        for (const call of calls) call();
      }
    });
    flushing = false;
    still = undefined;
  };
  return {
    now: () => still ?? Date.now(),
    schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription {
      const action = new Subscription() as SchedulerAction<T>;
      let asked = 0; // how often, so that one asked for by the work itself can be told
      action.schedule = (next?: T, later = 0): Subscription => {
        const order = ++asked;
        const call = (): void => {
          if (action.closed) return;
          try {
            work.call(action, next as T);
          } catch (error) {
            throwError(() => error).subscribe(); // reported as RxJS reports unhandled errors
          }
          if (order === asked) action.unsubscribe();
        };
        zone.runOutsideAngular(() => {
          if (later > 0) action.add(asyncScheduler.schedule(call, later));
          else if (due.push(call) === 1 && !flushing) queueMicrotask(() => { flush(); });
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
