import { InvalidInputError } from '../index.ts';
import { Claims, MOST_CALLS } from './claims.ts';
import { connect, type Connection, type WorkerLike } from './connection.ts';
import { isDataCloneError } from './execution.ts';
import { NotCloneableError } from './not-cloneable-error.ts';
import type { PoolCall } from './pool-call.ts';
import type { FromWorker } from './protocol.ts';
import { pack, unpack } from './thrown.ts';
import { uncloneablePath } from './uncloneable-path.ts';

/** A call that takes longer, in milliseconds, has nothing waiting behind it. */
const SHORT = 1;

/** What a thread tells its pool. */
export interface ThreadListener {
  /** It has loaded, or a call of it has ended: there may be room. */
  room(): void;
  /** A call has ended by itself, at that time. */
  ended(now: number): void;
  /** It is no more, of itself if there is a cause. These are the calls that it had, `sent` if they were started. */
  gone(calls: readonly PoolCall[], crash: { readonly cause: unknown } | undefined): void;
}

export interface ThreadOptions {
  readonly graceMs: number;
  readonly idleMs: number;
}

/**
 * A worker with the calls it has: the first runs, those after it are ahead. How many may be ahead doubles with
 * each short call, from none, and is none again after a long one: what waits behind a call should not notice.
 */
export class PoolThread {
  readonly #calls = new Map<number, PoolCall>();
  readonly #listener: ThreadListener;
  readonly #options: ThreadOptions;
  readonly #connection: Connection;
  #claims: Claims | undefined;
  #state: 'starting' | 'ready' | 'ending' = 'starting';
  #idle: ReturnType<typeof setTimeout> | undefined;
  #ahead = 0;
  /** When the call that runs was given to it, or the one before it has ended. */
  #since = 0;
  /** Whether a call has told something: a value, progress, its end. */
  #proved = false;

  constructor(worker: WorkerLike, options: ThreadOptions, listener: ThreadListener) {
    this.#listener = listener;
    this.#options = options;
    this.#connection = connect(worker, {
      message: (message) => { this.#take(message); },
      gone: (cause) => { this.#gone(cause); },
    });
  }

  /** Whether a call would start at once, or as soon as it has loaded. */
  get free(): boolean {
    return this.#calls.size === 0 && this.#state !== 'ending';
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  get proved(): boolean {
    return this.#proved;
  }

  get calls(): Iterable<PoolCall> {
    return this.#calls.values();
  }

  /** How many calls it has, if it can take one ahead; otherwise Infinity. */
  get load(): number {
    return this.#claims !== undefined && this.#state === 'ready' && this.#calls.size <= this.#ahead ? this.#calls.size : Infinity;
  }

  /** The number of the first call that may not have started; Infinity if there is none. */
  get oldestAhead(): number {
    for (const call of this.#behind()) return call.id;
    return Infinity;
  }

  give(call: PoolCall): void {
    clearTimeout(this.#idle);
    this.#calls.set(call.id, call);
    if (this.#calls.size === 1) {
      this.#since = performance.now();
      this.#connection.hold(true);
    }
    if (this.#state === 'ready') this.#send(call);
  }

  /** Takes a call away that it has not started, to run elsewhere. */
  takeBack(): PoolCall | undefined {
    for (const call of this.#behind()) {
      if (!this.#withdraw(call)) continue;
      this.#rest();
      return call;
    }
    return undefined;
  }

  /** Takes away all that waits behind a call that is not as short as those before it were. */
  takeBackIfLong(now: number): readonly PoolCall[] {
    if (this.#calls.size < 2 || now - this.#since < SHORT || this.#state !== 'ready') return [];
    this.#ahead = 0;
    return [...this.#behind()].filter((call) => this.#withdraw(call));
  }

  cancel(call: PoolCall): void {
    if (this.#calls.get(call.id) !== call) return;
    if (this.#withdraw(call)) {
      this.#settle();
      return;
    }
    call.cancelled = true;
    this.#connection.post(['abort', call.id, pack(call.reason ?? call.context?.signal?.reason)], []);
    call.grace = setTimeout(() => {
      // What came while this thread was busy itself is looked at first: the end of that call may be there.
      call.grace = setTimeout(() => { this.end(); }, 0);
    }, this.#options.graceMs);
  }

  /** Ends the worker, whatever runs. What it has not started is told when it is gone. */
  end(): void {
    this.#state = 'ending';
    clearTimeout(this.#idle);
    this.#connection.hold(true); // so that it is seen to end
    this.#connection.terminate();
  }

  *#behind(): Iterable<PoolCall> {
    let runs = this.#state === 'ready'; // the first one, or is about to
    for (const call of this.#calls.values()) {
      if (!runs) yield call;
      runs = false;
    }
  }

  #send(call: PoolCall): void {
    try {
      call.slot = this.#claims?.offer(call.id) ?? -1;
      this.#connection.post(['call', call.id, call.name, call.kwargs, call.slot], call.moved);
      call.sent = true;
    } catch (error) {
      this.#remove(call);
      call.subscriber.error(isDataCloneError(error) ? new NotCloneableError(uncloneablePath(call.kwargs, 'kwargs', call.moved), call.name, { cause: error }) : error);
      this.#settle();
    }
  }

  #withdraw(call: PoolCall): boolean {
    if (call.sent && !this.#claims?.takeBack(call.id, call.slot)) return false;
    this.#remove(call);
    return true;
  }

  #remove(call: PoolCall): void {
    this.#calls.delete(call.id);
    if (call.slot >= 0) this.#claims?.release(call.slot);
    clearTimeout(call.grace);
    call.slot = -1;
    call.sent = false;
  }

  #take(message: FromWorker): void {
    if (message[0] === 'ready') {
      this.#ready();
      return;
    }
    const call = this.#calls.get(message[1]);
    if (call === undefined) return; // a message of the worker's own
    this.#proved = true;
    const { subscriber, context } = call;
    switch (message[0]) {
      case 'next':
        subscriber.next(message[2]);
        return;
      case 'progress':
        try {
          if (!call.cancelled) context?.progress?.(message[2]);
        } catch (error) {
          call.reason = error;
          subscriber.error(error);
        }
        return;
      case 'last':
        this.#ended(call);
        subscriber.next(message[2]);
        subscriber.complete();
        break;
      case 'complete':
        this.#ended(call);
        subscriber.complete();
        break;
      case 'error':
        this.#ended(call);
        subscriber.error(unpack(message[2]));
        break;
      case 'unknown':
        this.#ended(call);
        subscriber.error(new InvalidInputError('workerPool: the function', `one that the worker exposes (${message[2].join(', ') || 'none'})`, call.name));
        break;
    }
    this.#settle();
  }

  #ready(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    this.#claims = Claims.create();
    if (this.#claims !== undefined) this.#connection.post(['claims', this.#claims.words], []);
    for (const call of this.#calls.values()) this.#send(call);
    this.#settle();
  }

  #ended(call: PoolCall): void {
    this.#remove(call);
    const now = performance.now();
    this.#ahead = now - this.#since < SHORT ? Math.min(this.#ahead * 2 + 1, MOST_CALLS - 1) : 0;
    this.#since = now;
    this.#listener.ended(now);
  }

  /** There may be room now, and if nothing comes it is idle. */
  #settle(): void {
    if (this.#state === 'ending') return;
    this.#listener.room();
    this.#rest();
  }

  /** Without a call it is idle. */
  #rest(): void {
    if (this.#calls.size > 0 || this.#state === 'ending') return;
    this.#connection.hold(false);
    clearTimeout(this.#idle);
    if (this.#options.idleMs === Infinity) return;
    this.#idle = setTimeout(() => { this.end(); }, this.#options.idleMs);
    // Where timers are objects, they keep the process alive unless told not to.
    (this.#idle as { unref?: () => void }).unref?.();
  }

  #gone(cause: unknown): void {
    const crash = this.#state === 'ending' ? undefined : { cause };
    const loading = this.#state === 'starting';
    this.#state = 'ending';
    clearTimeout(this.#idle);
    const calls = [...this.#calls.values()];
    for (const call of calls) {
      // What it has claimed has started. What it was to load for has a share in that.
      const started = loading && crash !== undefined || call.sent && this.#claims?.takeBack(call.id, call.slot) !== true;
      this.#remove(call);
      call.sent = started;
    }
    this.#listener.gone(calls, crash);
  }
}
