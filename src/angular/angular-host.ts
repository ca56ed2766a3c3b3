import type { NgZone } from '@angular/core';
import { asyncScheduler, type SchedulerAction, type SchedulerLike, Subscription, throwError } from 'rxjs';

/**
 * Where a manager's queue is looked at: in a microtask outside the Angular zone.
 *
 * RxJS's `asapScheduler` would run it in the zone that happened to schedule first, and serves all
 * applications of a server at once. This one is made for each manager, and what waits in it can be
 * called at once, for what must start inside the call that queues it.
 */
export class AngularHost implements SchedulerLike {
  /** Called before the queue is looked at. */
  onLook: (() => void) | undefined;
  readonly #zone: NgZone;
  #due: Due[] = [];
  #asked = false;
  #flushing = false;
  #still: number | undefined;

  constructor(zone: NgZone) {
    this.#zone = zone;
  }

  now(): number {
    return this.#still ?? Date.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay?: number, state?: T): Subscription;
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay: number, state: T): Subscription;
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription {
    if (delay > 0) return this.#zone.runOutsideAngular(() => asyncScheduler.schedule<T>(work as (this: SchedulerAction<T>, state?: T) => void, delay, state));
    return new HostAction<T>(this, work).schedule(state);
  }

  /** Calls `action` in the next turn. */
  enqueue(action: Due): void {
    this.#due.push(action);
    if (this.#asked) return;
    this.#asked = true;
    this.#zone.runOutsideAngular(() => {
      queueMicrotask(() => {
        this.#asked = false;
        this.flush();
      });
    });
  }

  /**
   * Calls what is due inside this call. The clock stands still meanwhile: what must start at once, as
   * the views are being checked, must not have to give way to the event loop.
   */
  readonly flushNow = (): void => {
    this.#still = Date.now();
    this.flush();
    this.#still = undefined;
  };

  /** Calls what is due, and what becomes due meanwhile. */
  readonly flush = (): void => {
    if (this.#flushing || this.#due.length === 0) return;
    this.#flushing = true;
    this.#zone.runOutsideAngular(() => {
      try {
        for (let due = this.#due; due.length > 0; due = this.#due) {
          this.#due = [];
          this.onLook?.();
          for (const action of due) action.call(); // which must not keep the others from being called
        }
      } finally {
        this.#flushing = false;
      }
    });
  };
}

/** What waits for the next turn. */
interface Due {
  call(): void;
}

class HostAction<T> extends Subscription implements SchedulerAction<T>, Due {
  readonly #host: AngularHost;
  readonly #work: (this: SchedulerAction<T>, state: T) => void;
  #state: T | undefined;
  #due = false;

  constructor(host: AngularHost, work: (this: SchedulerAction<T>, state: T) => void) {
    super();
    this.#host = host;
    this.#work = work;
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    this.#state = state;
    if (delay > 0) this.add(this.#host.schedule(() => { this.#call(); }, delay));
    else {
      this.#due = true;
      this.#host.enqueue(this);
    }
    return this;
  }

  call(): void {
    if (this.#due) this.#call();
  }

  #queuedAgain(): boolean {
    return this.#due;
  }

  #call(): void {
    if (this.closed) return;
    this.#due = false;
    try {
      this.#work(this.#state as T);
    } catch (error) {
      throwError(() => error).subscribe(); // reported as RxJS reports unhandled errors
    }
    if (!this.#queuedAgain()) this.unsubscribe();
  }
}
