import { Observable, Subject } from 'rxjs';

import type { EndReason } from './pool-thread.ts';
import { soon } from './soon.ts';

/** A pool at one moment. */
export interface WorkerPoolState {
  /** How many threads there are, those included that load or end. */
  readonly threads: number;
  /** How many of them have a call. */
  readonly busy: number;
  /** How many calls run. */
  readonly running: number;
  /** How many calls wait for a thread. */
  readonly waiting: number;
  /** How many calls have ended by themselves, since the pool was made: with a value, an error or their completion. */
  readonly done: number;
  /** How many workers have crashed, or could not be made. */
  readonly crashes: number;
  /** Which part of the time, since the pool has first started a thread, `size` threads had a call: from 0 to 1. */
  readonly utilisation: number;
}

/** What happens to the threads of a pool. Threads are numbered from 1. */
export type WorkerPoolEvent =
  | { readonly type: 'started'; readonly thread: number }
  /** Its functions are there, so long after it was started. */
  | { readonly type: 'ready'; readonly thread: number; readonly milliseconds: number }
  /** It was idle for too long, its pool was closed, or a function went on in it after it was cancelled. */
  | { readonly type: 'ended'; readonly thread: number; readonly reason: EndReason }
  /** It has crashed, could not be loaded or could not be made, whether it had a call or not. */
  | { readonly type: 'crashed'; readonly thread: number; readonly cause: unknown };

type Counts = Pick<WorkerPoolState, 'threads' | 'busy' | 'running' | 'waiting'>;

/** What can be seen of a pool from outside. States are made while someone looks. */
export class PoolMonitor {
  readonly events$: Observable<WorkerPoolEvent>;
  readonly state$: Observable<WorkerPoolState>;
  readonly #events = new Subject<WorkerPoolEvent>();
  readonly #states = new Subject<WorkerPoolState>();
  readonly #size: number;
  readonly #count: () => Counts;
  #done = 0;
  #crashes = 0;
  #busy = 0;
  /** Milliseconds of all threads with a call, until `#at`. */
  #busyTime = 0;
  #at = 0;
  #since: number | undefined;
  #due = false;

  constructor(size: number, count: () => Counts) {
    this.#size = size;
    this.#count = count;
    this.events$ = this.#events.asObservable();
    this.state$ = new Observable((subscriber) => {
      subscriber.next(this.state);
      return this.#states.subscribe(subscriber);
    });
  }

  get state(): WorkerPoolState {
    const now = performance.now();
    this.#pass(now);
    const time = (now - (this.#since ?? now)) * this.#size;
    return { ...this.#count(), done: this.#done, crashes: this.#crashes, utilisation: time === 0 ? 0 : this.#busyTime / time };
  }

  emit(event: WorkerPoolEvent): void {
    this.#since ??= performance.now();
    this.#events.next(event);
    this.changed();
  }

  busy(busy: boolean, now: number): void {
    this.#pass(now);
    this.#busy += busy ? 1 : -1;
  }

  done(): void {
    this.#done++;
    this.changed();
  }

  crashed(thread: number, cause: unknown): void {
    this.#crashes++;
    this.emit({ type: 'crashed', thread, cause });
  }

  /** Tells of a new state, once in a turn of the event loop. */
  changed(): void {
    if (this.#due || !this.#states.observed) return;
    this.#due = true;
    soon(() => {
      this.#due = false;
      if (this.#states.observed) this.#states.next(this.state);
    });
  }

  #pass(now: number): void {
    this.#busyTime += this.#busy * (now - this.#at);
    this.#at = now;
  }
}
