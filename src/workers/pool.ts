import { Observable, type Subscriber } from 'rxjs';

import { CallQueue } from './call-queue.ts';
import type { WorkerLike } from './connection.ts';
import { type CallContext, PoolCall } from './pool-call.ts';
import { PoolThread, type ThreadOptions } from './pool-thread.ts';
import { transferablesOf } from './transfer.ts';
import { WorkerCrashedError } from './worker-crashed-error.ts';
import { WorkerPoolClosedError } from './worker-pool-closed-error.ts';

export interface PoolOptions extends ThreadOptions {
  readonly size: number;
  readonly maxCrashes: number;
}

/** The threads of a pool, and the calls that no thread has yet, first come first. */
export class Pool {
  readonly #createWorker: () => WorkerLike;
  readonly #options: PoolOptions;
  readonly #threads = new Set<PoolThread>();
  readonly #waiting = new CallQueue();
  readonly #threadOf = new WeakMap<PoolCall, PoolThread>();
  #ids = 0;
  /** Crashes since a call has last ended by itself. */
  #crashes = 0;
  /** The thread that was started last after too many crashes. */
  #trial: PoolThread | undefined;
  #pumping = false;
  #closed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(createWorker: () => WorkerLike, options: PoolOptions) {
    this.#createWorker = createWorker;
    this.#options = options;
  }

  call(name: string, kwargs: unknown, context: CallContext | undefined): Observable<unknown> {
    return new Observable((subscriber) => this.#subscribe(name, kwargs, context, subscriber));
  }

  close(): Promise<void> {
    if (this.#closed === undefined) {
      let resolve!: () => void;
      const promise = new Promise<void>((done) => { resolve = done; });
      this.#closed = { promise, resolve };
      const error = new WorkerPoolClosedError();
      const calls = [...this.#waiting];
      for (const thread of this.#threads) calls.push(...thread.calls);
      for (const call of calls) {
        call.reason = error;
        call.subscriber.error(error); // and so its teardown cancels it
      }
      for (const thread of this.#threads) if (thread.free) thread.end();
      this.#settleClose();
    }
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
    const call = new PoolCall(this.#ids, name, kwargs, transferablesOf(kwargs), context, subscriber);
    // A task also unsubscribes, but the function of a task that awaits the call does not.
    const abort = (): void => { subscriber.error(signal?.reason); };
    signal?.addEventListener('abort', abort);
    this.#waiting.add(call);
    this.#pump();
    return () => {
      signal?.removeEventListener('abort', abort);
      if (!this.#waiting.delete(call)) this.#threadOf.get(call)?.cancel(call);
    };
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
    for (const thread of this.#threads) {
      if (thread.free) {
        if (thread.ready) return thread;
        loading = thread;
      }
      if (thread.load < (least?.load ?? Infinity)) least = thread;
    }
    return loading ?? this.#start(call) ?? (call.moved.length === 0 ? least : undefined);
  }

  /** Another thread, unless there are enough. */
  #start(call: PoolCall): PoolThread | undefined {
    if (this.#threads.size >= this.#options.size) return undefined;
    // When workers do nothing but crash, one at a time is tried, besides those that work.
    if (this.#crashes >= this.#options.maxCrashes && this.#trying) return undefined;
    try {
      const thread: PoolThread = new PoolThread(this.#createWorker(), this.#options, {
        room: () => { this.#room(thread); },
        ended: (now) => { this.#ended(thread, now); },
        gone: (calls, crash) => { this.#gone(thread, calls, crash); },
      });
      this.#threads.add(thread);
      if (this.#crashes >= this.#options.maxCrashes) this.#trial = thread;
      return thread;
    } catch (cause) {
      this.#waiting.delete(call);
      this.#crashed([call], cause);
      return undefined;
    }
  }

  get #trying(): boolean {
    return this.#trial?.proved === false || [...this.#threads].some(({ ready }) => !ready);
  }

  #room(thread: PoolThread): void {
    this.#pump();
    if (!thread.free) return;
    if (this.#closed !== undefined) {
      thread.end();
      return;
    }
    // No thread is idle while a call waits in another.
    const call = this.#takeBack();
    if (call !== undefined) this.#give(call, thread);
  }

  #ended(thread: PoolThread, now: number): void {
    this.#crashes = 0;
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

  #gone(thread: PoolThread, calls: readonly PoolCall[], crash: { readonly cause: unknown } | undefined): void {
    this.#threads.delete(thread);
    if (this.#trial === thread) this.#trial = undefined;
    this.#waiting.giveBack(calls.filter(({ sent }) => !sent));
    const started = calls.filter(({ sent }) => sent);
    if (crash !== undefined) this.#crashed(started, crash.cause);
    // Nor does a call wait in a thread while there may be one more.
    const ahead = this.#waiting.first === undefined ? this.#takeBack() : undefined;
    if (ahead !== undefined) this.#waiting.giveBack([ahead]);
    this.#pump();
    this.#settleClose();
  }

  #crashed(calls: readonly PoolCall[], cause: unknown): void {
    this.#crashes++;
    for (const call of calls) call.subscriber.error(new WorkerCrashedError(`The worker of ${call.name}() has crashed: ${messageOf(cause)}`, { cause }));
    if (this.#crashes < this.#options.maxCrashes || this.#threads.size > 0) return;
    const message = `${this.#crashes} workers have crashed, one after the other, the last one so: ${messageOf(cause)}`;
    for (const call of [...this.#waiting]) call.subscriber.error(new WorkerCrashedError(message, { cause }));
  }

  #settleClose(): void {
    if (this.#threads.size === 0) this.#closed?.resolve();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
