import { Observable, type Subscriber } from 'rxjs';

import { CallQueue } from './call-queue.ts';
import type { WorkerLike } from './connection.ts';
import { type CallContext, PoolCall } from './pool-call.ts';
import { PoolMonitor } from './pool-monitor.ts';
import { type EndReason, PoolThread, type ThreadOptions } from './pool-thread.ts';
import { sourcesOf } from './sources.ts';
import { lose, transferablesOf } from './transfer.ts';
import { WorkerCrashedError } from './worker-crashed-error.ts';
import { WorkerPoolClosedError } from './worker-pool-closed-error.ts';

export interface PoolOptions extends ThreadOptions {
  readonly size: number;
  readonly minThreads: number;
  readonly maxCrashes: number;
}

/** Who waits until so many threads are ready. */
interface Waiter {
  readonly threads: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The threads of a pool, and the calls that no thread has yet, first come first. */
export class Pool {
  readonly monitor: PoolMonitor;
  readonly #createWorker: () => WorkerLike;
  readonly #options: PoolOptions;
  readonly #threads = new Set<PoolThread>();
  readonly #waiting = new CallQueue();
  readonly #threadOf = new WeakMap<PoolCall, PoolThread>();
  #ids = 0;
  #threadIds = 0;
  /** Crashes since a call has last ended by itself. */
  #crashes = 0;
  /** The thread that was started last after too many crashes. */
  #trial: PoolThread | undefined;
  #pumping = false;
  #waiters: Waiter[] = [];
  #closed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(createWorker: () => WorkerLike, options: PoolOptions) {
    this.#createWorker = createWorker;
    this.#options = options;
    this.monitor = new PoolMonitor(options.size, () => {
      let [busy, running] = [0, 0];
      for (const { size } of this.#threads) {
        if (size > 0) busy++;
        running += Math.min(size, options.perThread);
      }
      const ahead = [...this.#threads].reduce((sum, { size }) => sum + size, 0) - running;
      return { threads: this.#threads.size, busy, running, waiting: this.#waiting.size + ahead };
    });
    this.#keep();
  }

  call(name: string, kwargs: unknown, context: CallContext | undefined): Observable<unknown> {
    return new Observable((subscriber) => this.#subscribe(name, kwargs, context, subscriber));
  }

  ready(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(new WorkerPoolClosedError());
    const threads = Math.max(1, this.#options.minThreads);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ threads, resolve, reject });
      while (this.#threads.size < threads && !(this.#start() instanceof Error));
      for (const thread of this.#threads) thread.await();
      this.#settleReady();
    });
  }

  close({ drain = false }: { readonly drain?: boolean | undefined } = {}): Promise<void> {
    if (this.#closed === undefined) {
      let resolve!: () => void;
      const promise = new Promise<void>((done) => { resolve = done; });
      this.#closed = { promise, resolve };
    }
    const error = new WorkerPoolClosedError();
    for (const { reject } of this.#waiters.splice(0)) reject(error);
    if (!drain) {
      const calls = [...this.#waiting];
      for (const thread of this.#threads) calls.push(...thread.calls);
      for (const call of calls) {
        call.reason = error;
        call.fail(error); // and so its teardown cancels it
      }
    }
    for (const thread of this.#threads) this.#endIfDrained(thread);
    this.#settleClose();
    return this.#closed.promise;
  }

  #subscribe(name: string, kwargs: unknown, context: CallContext | undefined, subscriber: Subscriber<unknown>): (() => void) | undefined {
    if (this.#closed !== undefined) {
      subscriber.error(new WorkerPoolClosedError());
      return undefined;
    }
    const signal = context?.signal;
    if (signal?.aborted === true) {
      subscriber.error(signal.reason);
      return undefined;
    }
    // Words that threads share hold it: 31 bits, and never 0.
    this.#ids = (this.#ids % 0x7fffffff) + 1;
    const moved = transferablesOf(kwargs);
    const call = new PoolCall(this.#ids, name, kwargs, moved, sourcesOf(kwargs, moved, this.#options.window), context, subscriber);
    const leave = (): void => {
      signal?.removeEventListener('abort', abort);
      if (!this.#waiting.delete(call)) this.#threadOf.get(call)?.cancel(call);
      this.monitor.changed();
    };
    // A task also unsubscribes, but the function of a task that awaits the call does not.
    const abort = (): void => {
      leave(); // a task is to know that it has not ended, before it hears of its failure
      call.fail(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    this.#waiting.add(call);
    this.#pump();
    this.monitor.changed();
    return leave;
  }

  /** Gives what waits to who has room, in the order in which it came. */
  #pump(): void {
    if (this.#pumping) return; // what a subscriber does meanwhile is seen by this very loop
    this.#pumping = true;
    for (;;) {
      const call = this.#waiting.first;
      if (call === undefined) break;
      const thread = this.#threadFor(call);
      if (this.#waiting.first !== call) continue; // it has failed, as no worker could be made
      if (thread === undefined) break;
      this.#waiting.delete(call);
      this.#give(call, thread);
    }
    this.#pumping = false;
  }

  #give(call: PoolCall, thread: PoolThread): void {
    this.#threadOf.set(call, thread);
    thread.give(call);
  }

  #threadFor(call: PoolCall): PoolThread | undefined {
    let loading: PoolThread | undefined;
    let least: PoolThread | undefined;
    let ahead: PoolThread | undefined;
    for (const thread of this.#threads) {
      if (thread.free) {
        if (thread.idle && thread.ready) return thread;
        if (thread.idle) loading = thread;
        if (thread.size < (least?.size ?? Infinity)) least = thread;
      }
      if (thread.load < (ahead?.load ?? Infinity)) ahead = thread;
    }
    if (loading !== undefined) return loading;
    if (this.#mayStart) {
      const started = this.#start();
      if (started instanceof PoolThread) return started;
      this.#waiting.delete(call);
      this.#crashed([call], started.cause, undefined);
      return undefined;
    }
    return least ?? (call.moved.length === 0 ? ahead : undefined);
  }

  get #mayStart(): boolean {
    if (this.#threads.size >= this.#options.size) return false;
    // When workers do nothing but crash, one at a time is tried, besides those that work.
    return this.#crashes < this.#options.maxCrashes || this.#trial?.proved !== false && [...this.#threads].every(({ ready }) => ready);
  }

  /** Another thread, or why there is none. */
  #start(): PoolThread | Error {
    const id = ++this.#threadIds;
    const since = performance.now();
    let worker: WorkerLike;
    try {
      worker = this.#createWorker();
    } catch (cause) {
      const error = new Error(messageOf(cause), { cause });
      this.monitor.crashed(id, cause);
      this.#failReady(cause, undefined);
      return error;
    }
    this.monitor.emit({ type: 'started', thread: id });
    const thread: PoolThread = new PoolThread(id, worker, fileOf(this.#createWorker), this.#options, {
      ready: () => {
        this.monitor.emit({ type: 'ready', thread: id, milliseconds: performance.now() - since });
        this.#settleReady();
      },
      room: () => { this.#room(thread); },
      busy: (busy, now) => { this.monitor.busy(busy, now); },
      ended: (now) => { this.#ended(thread, now); },
      spare: () => [...this.#threads].filter(({ ending }) => !ending).length > this.#options.minThreads,
      closing: () => this.#closed !== undefined,
      gone: (calls, cause, reason) => { this.#gone(thread, calls, cause, reason); },
    });
    this.#threads.add(thread);
    if (this.#crashes >= this.#options.maxCrashes) this.#trial = thread;
    return thread;
  }

  /** Starts as many threads as there are to be at least. */
  #keep(): void {
    if (this.#closed !== undefined || this.#crashes >= this.#options.maxCrashes) return;
    while (this.#threads.size < this.#options.minThreads) if (this.#start() instanceof Error) break;
  }

  #room(thread: PoolThread): void {
    this.#pump();
    if (!thread.idle) return;
    // No thread is idle while a call waits in another.
    const call = this.#threads.size > 1 ? this.#takeBack() : undefined;
    if (call !== undefined) this.#give(call, thread);
    else this.#endIfDrained(thread);
  }

  /** In a closed pool. */
  #endIfDrained(thread: PoolThread): void {
    if (this.#closed !== undefined && thread.idle && this.#waiting.size === 0) thread.end('closed');
  }

  #ended(thread: PoolThread, now: number): void {
    this.#crashes = 0;
    this.monitor.done();
    // No call waits behind a long one while others pass it.
    for (const other of this.#threads) if (other !== thread) this.#waiting.giveBack(other.takeBackIfLong(now));
  }

  /** The oldest call that was sent ahead, and has not started. */
  #takeBack(): PoolCall | undefined {
    const threads = [...this.#threads].sort((a, b) => a.oldestAhead - b.oldestAhead);
    for (const thread of threads) {
      const call = thread.takeBack();
      if (call !== undefined) return call;
    }
    return undefined;
  }

  #gone(thread: PoolThread, calls: readonly PoolCall[], cause: unknown, reason: EndReason | undefined): void {
    this.#threads.delete(thread);
    if (this.#trial === thread) this.#trial = undefined;
    this.#waiting.giveBack(calls.filter(({ sent }) => !sent));
    const started = calls.filter(({ sent }) => sent);
    if (reason === undefined) {
      this.monitor.crashed(thread.id, cause);
      if (!thread.loaded) this.#failReady(cause, thread);
      this.#crashed(started, cause, thread);
    } else {
      this.monitor.emit({ type: 'ended', thread: thread.id, reason });
      for (const call of started) if (!call.cancelled) call.fail(crashOf(call.name, cause, thread));
    }
    // Nor does a call wait in a thread while there may be one more.
    const ahead = this.#waiting.first === undefined ? this.#takeBack() : undefined;
    if (ahead !== undefined) this.#waiting.giveBack([ahead]);
    this.#pump();
    this.#keep();
    this.#settleClose();
    this.monitor.changed();
  }

  #crashed(calls: readonly PoolCall[], cause: unknown, thread: PoolThread | undefined): void {
    this.#crashes++;
    for (const call of calls) {
      const error = crashOf(call.name, cause, thread);
      lose(call.moved, error);
      call.fail(error);
    }
    if (this.#crashes < this.#options.maxCrashes || this.#threads.size > 0) return;
    const message = `${this.#crashes} workers have crashed, one after the other, the last one so: ${messageOf(cause)}`;
    for (const call of [...this.#waiting]) call.fail(new WorkerCrashedError(message, { cause }));
  }

  #settleReady(): void {
    const ready = [...this.#threads].filter((thread) => thread.ready).length;
    this.#waiters = this.#waiters.filter(({ threads, resolve }) => {
      if (threads <= ready) resolve();
      return threads > ready;
    });
  }

  #failReady(cause: unknown, thread: PoolThread | undefined): void {
    for (const { reject } of this.#waiters.splice(0)) reject(crashOf(undefined, cause, thread));
  }

  #settleClose(): void {
    if (this.#threads.size === 0 && this.#waiting.size === 0) this.#closed?.resolve();
  }
}

function crashOf(name: string | undefined, cause: unknown, thread: PoolThread | undefined): WorkerCrashedError {
  const where = thread?.where === undefined ? '' : ` (${thread.where})`;
  const worker = `The worker${name === undefined ? '' : ` of ${name}()`}${where}`;
  const message = thread?.loaded === false ? `could not be loaded: ${messageOf(cause)} Does it exist, and call expose()?` : `has crashed: ${messageOf(cause)}`;
  return new WorkerCrashedError(`${worker} ${message}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The file that a function makes a worker of, as it stands there: a worker which has not loaded cannot say. */
function fileOf(createWorker: () => WorkerLike): string | undefined {
  return /["'`]([^"'`\n]+\.[cm]?[jt]sx?\b[^"'`\n]*)["'`]/.exec(Function.prototype.toString.call(createWorker))?.[1];
}
