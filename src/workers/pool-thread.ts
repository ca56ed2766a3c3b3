import { InvalidInputError } from '../index.ts';
import { Claims, LEFT, MOST_CALLS } from './claims.ts';
import { connect, type Connection, type WorkerLike } from './connection.ts';
import { isDataCloneError } from './execution.ts';
import { NotCloneableError } from './not-cloneable-error.ts';
import type { PoolCall } from './pool-call.ts';
import type { FromWorker } from './protocol.ts';
import { pack, unpack } from './thrown.ts';
import { hasMoved, lostTo } from './transfer.ts';
import { uncloneablePath } from './uncloneable-path.ts';
import { WorkerCrashedError } from './worker-crashed-error.ts';

/** A call that takes longer, in milliseconds, has nothing waiting behind it. */
const SHORT = 1;

/** Why a thread has ended, if it has not crashed. */
export type EndReason = 'idle' | 'closed' | 'cancelled';

/** What a thread tells its pool. */
export interface ThreadListener {
  /** Its functions are there. */
  ready(): void;
  /** It has loaded, or a call of it has ended: there may be room. */
  room(): void;
  /** It has its first call, or none any more. */
  busy(busy: boolean, now: number): void;
  /** A call has ended by itself, at that time. */
  ended(now: number): void;
  /** Whether nothing is to replace it. */
  closing(): boolean;
  /** It has had no call for `idleMs`: may it end? */
  spare(): boolean;
  /** It is no more. These are the calls that it had, `sent` if they were started. It has crashed, if no reason is given. */
  gone(calls: readonly PoolCall[], cause: unknown, reason: EndReason | undefined): void;
}

export interface ThreadOptions {
  readonly graceMs: number;
  readonly idleMs: number;
  readonly loadMs: number;
  readonly perThread: number;
  readonly window: number;
}

/**
 * A worker with the calls it has: the first `perThread` of them run, those after it are ahead. How many may be ahead doubles
 * with each short call, from none, and is none again after a long one: what waits behind a call should not notice. Where
 * several run at a time none is ahead.
 */
export class PoolThread {
  readonly id: number;
  readonly #calls = new Map<number, PoolCall>();
  readonly #listener: ThreadListener;
  readonly #options: ThreadOptions;
  readonly #connection: Connection;
  #claims: Claims | undefined;
  #state: 'starting' | 'ready' | 'ending' = 'starting';
  /** A function that was cancelled goes on in it: it gets no more calls, and is ended when the others have. */
  #retired = false;
  #endReason: EndReason | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ahead = 0;
  /** When the call that runs was given to it, or the one before it has ended. */
  #since = 0;
  /** Whether a call has told something: a value, progress, its end. */
  #proved = false;
  #sent = 0;
  #loaded = false;
  /** The file of its module, as far as is known. */
  where: string | undefined;

  constructor(id: number, worker: WorkerLike, where: string | undefined, options: ThreadOptions, listener: ThreadListener) {
    this.id = id;
    this.where = where;
    this.#listener = listener;
    this.#options = options;
    this.#connection = connect(worker, {
      message: (message) => { this.#take(message); },
      gone: (cause) => { this.#gone(cause); },
      patient: () => listener.closing(),
    });
    this.#timer = setTimeout(() => {
      this.#connection.terminate(new Error(`It has not called expose() within ${options.loadMs} ms (loadMs).`));
    }, options.loadMs);
    unref(this.#timer);
  }

  get idle(): boolean {
    return this.#calls.size === 0 && this.#state !== 'ending';
  }

  get ending(): boolean {
    return this.#state === 'ending';
  }

  /** Whether a call would start at once, or as soon as it has loaded. */
  get free(): boolean {
    return this.#calls.size < this.#options.perThread && this.#state !== 'ending' && !this.#retired;
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** Whether its functions have been there. */
  get loaded(): boolean {
    return this.#loaded;
  }

  get proved(): boolean {
    return this.#proved;
  }

  get calls(): Iterable<PoolCall> {
    return this.#calls.values();
  }

  get size(): number {
    return this.#calls.size;
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
    this.#calls.set(call.id, call);
    if (this.#calls.size === 1) {
      this.#since = performance.now();
      if (this.#state === 'ready') clearTimeout(this.#timer);
      this.#connection.hold(true);
      this.#listener.busy(true, this.#since);
    }
    if (this.#state === 'ready') this.#send(call);
  }

  /** Keeps the process alive until it has loaded. */
  await(): void {
    if (this.#state === 'starting') this.#connection.hold(true);
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
    if (this.#calls.get(call.id) !== call || call.cancelled) return;
    if (this.#withdraw(call)) {
      this.#settle();
      return;
    }
    call.cancelled = true;
    call.lasts();
    this.#claims?.tell(call.slot, LEFT);
    this.#connection.post(['abort', call.id, pack(call.reason ?? call.context?.signal?.reason)], []);
    call.grace = setTimeout(() => {
      // What came while this thread was busy itself is looked at first: the end of that call may be there.
      call.grace = setTimeout(() => { this.#giveUp(call); }, 0);
    }, this.#options.graceMs);
  }

  /** Ends the worker, whatever runs. What it has not started is told when it is gone. */
  end(reason: EndReason, cause?: unknown): void {
    this.#state = 'ending';
    this.#endReason ??= reason;
    clearTimeout(this.#timer);
    this.#connection.hold(true); // so that it is seen to end
    this.#connection.terminate(cause);
  }

  /** A function goes on though it was cancelled. */
  #giveUp(call: PoolCall): void {
    if ([...this.#calls.values()].every(({ cancelled, sent }) => cancelled || !sent) || this.#options.perThread === 1) this.end('cancelled');
    else if (call.heard) this.#retired = true; // others run in this thread, and it is not held
    else this.end('cancelled', new Error(`${call.name}() held its thread after it was cancelled.`));
  }

  *#behind(): Iterable<PoolCall> {
    let running = this.#state === 'ready' ? this.#options.perThread : 0; // these run, or are about to
    for (const call of this.#calls.values()) if (running-- <= 0) yield call;
  }

  #send(call: PoolCall): void {
    const { id, name, moved, sources } = call;
    const kwargs = sources === undefined ? call.kwargs : sources.kwargs;
    try {
      if (moved.length > 0 && hasMoved(moved)) throw new DOMException('It has moved before.', 'DataCloneError');
      call.slot = this.#claims?.offer(id) ?? -1;
      sources?.connect(id, this.#connection.post);
      this.#connection.post(sources === undefined ? ['call', id, name, kwargs, call.slot] : ['call', id, name, kwargs, call.slot, sources.links], moved);
      call.sent = true;
      call.place = ++this.#sent;
    } catch (error) {
      this.#remove(call);
      call.fail(isDataCloneError(error) ? this.#refusal(call, kwargs, error) : error);
      this.#settle();
    }
  }

  #refusal({ name, moved }: PoolCall, kwargs: unknown, cause: unknown): Error {
    const crash = lostTo(moved);
    if (crash !== undefined) return new WorkerCrashedError(`${crash.message} It cannot be called again, as what moved with its kwargs is lost.`, { cause: crash.cause });
    const reason = hasMoved(moved) ? 'It has moved with an earlier call: one whose kwargs move can be subscribed to once.' : undefined;
    return new NotCloneableError(uncloneablePath(kwargs, 'kwargs', moved), name, { cause }, reason);
  }

  #withdraw(call: PoolCall): boolean {
    if (call.sent && this.#claims?.takeBack(call.id, call.slot) !== true) return false;
    this.#remove(call);
    return true;
  }

  #remove(call: PoolCall): void {
    this.#calls.delete(call.id);
    if (call.slot >= 0) this.#claims?.release(call.slot);
    call.slot = -1;
    call.sent = false;
    if (this.#calls.size === 0) this.#listener.busy(false, performance.now());
  }

  #take(message: FromWorker): void {
    if (message[0] === 'ready') this.#ready(message[2]);
    else if (message[0] === 'unread') this.#unread(message[1]);
    else if (message[0] !== 'crash') {
      const call = this.#calls.get(message[1]);
      if (call === undefined) return; // it has ended, or this is a message of the worker's own
      this.#proved = true;
      call.within(this.#deliver, call, message);
      if (!this.#calls.has(call.id)) this.#settle();
    }
  }

  readonly #deliver = (call: PoolCall, message: Exclude<FromWorker, readonly ['ready' | 'unread' | 'crash', ...unknown[]]>): void => {
    const { subscriber, context } = call;
    switch (message[0]) {
      case 'values':
        for (const value of message[2]) subscriber.next(value);
        this.#taken(call, message[3]);
        break;
      case 'progress':
        try {
          if (!call.cancelled) context?.progress?.(message[2]);
        } catch (error) {
          call.reason = error;
          subscriber.error(error);
        }
        break;
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
      case 'aborting':
        call.heard = true;
        break;
      default:
        if (!call.cancelled) call.sources?.message(message);
    }
  };

  /** Tells the worker, now and then, how much has been taken of a call's values. */
  #taken(call: PoolCall, units: number): void {
    call.taken += units;
    if (call.cancelled || (call.taken - call.told) * 4 < this.#options.window) return;
    call.told = call.taken;
    this.#claims?.tell(call.slot, call.taken);
    this.#connection.post(['taken', call.id, call.taken], []);
  }

  /** Of the calls that it was sent, the one of that place could not be read. */
  #unread(place: number): void {
    const call = [...this.#calls.values()].find((one) => one.place === place);
    if (call === undefined) return;
    this.#ended(call);
    call.fail(new NotCloneableError('kwargs', call.name, {}, 'The worker could not read it.'));
    this.#settle();
  }

  #ready(where: string | undefined): void {
    if (this.#state !== 'starting') return;
    clearTimeout(this.#timer);
    this.#state = 'ready';
    this.#loaded = true;
    this.where = where ?? this.where;
    const { perThread, window } = this.#options;
    this.#claims = perThread === 1 ? Claims.create() : undefined;
    this.#connection.post(['setup', this.#claims?.words, perThread, window], []);
    this.#since = performance.now();
    for (const call of this.#calls.values()) this.#send(call);
    this.#listener.ready();
    this.#settle();
  }

  #ended(call: PoolCall): void {
    this.#remove(call);
    call.over();
    const now = performance.now();
    this.#ahead = now - this.#since < SHORT ? Math.min(this.#ahead * 2 + 1, MOST_CALLS - 1) : 0;
    this.#since = now;
    this.#listener.ended(now);
  }

  /** There may be room now, and if nothing comes it is idle. */
  #settle(): void {
    if (this.#state === 'ending') return;
    if (this.#retired && [...this.#calls.values()].every(({ cancelled }) => cancelled)) this.end('cancelled');
    else {
      this.#listener.room();
      this.#rest();
    }
  }

  /** Without a call it is idle. */
  #rest(): void {
    if (this.#calls.size > 0 || this.#state === 'ending') return;
    this.#connection.hold(false);
    if (this.#state === 'starting') return;
    clearTimeout(this.#timer);
    if (this.#options.idleMs === Infinity) return;
    this.#timer = setTimeout(() => { if (this.#listener.spare()) this.end('idle'); }, this.#options.idleMs);
    unref(this.#timer);
  }

  #gone(cause: unknown): void {
    const reason = this.#endReason;
    const loading = !this.#loaded;
    this.#state = 'ending';
    clearTimeout(this.#timer);
    const calls = [...this.#calls.values()];
    for (const call of calls) {
      // What it has claimed has started. What it was to load for has a share in that.
      const started = loading && reason === undefined || call.sent && this.#claims?.takeBack(call.id, call.slot) !== true;
      this.#remove(call);
      call.sent = started;
    }
    this.#listener.gone(calls, cause, reason);
    for (const call of calls) if (call.sent) call.over();
  }
}

/** Where timers are objects, they keep the process alive unless told not to. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
