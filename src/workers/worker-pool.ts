/// <reference lib="esnext.disposable" preserve="true" />
// For those who compile with less: AsyncDisposable is in the published types.

import type { Observable } from 'rxjs';

import { InvalidInputError, type ResultOf } from '../index.ts';
import { builtin } from './builtin.ts';
import type { WorkerLike } from './connection.ts';
import type { WorkerFunction } from './execution.ts';
import type { GenericContext } from './generic.ts';
import { Pool } from './pool.ts';
import type { CallContext } from './pool-call.ts';
import type { WorkerPoolEvent, WorkerPoolState } from './pool-monitor.ts';
import { isReserved, type ReservedName } from './reserved-names.ts';
import type { WorkerContext } from './worker-context.ts';

/** How a `workerPool` behaves. */
export interface WorkerPoolOptions {
  /** How many threads there are at most. They are started when there is work for them. Default: one less than the machine has cores, at least 1. */
  readonly size?: number | undefined;
  /** Milliseconds that a function may go on after it was cancelled, before its thread is ended and replaced. Default 100. */
  readonly graceMs?: number | undefined;
  /** Milliseconds after which a thread without work ends; `Infinity` keeps it. Default 10,000. */
  readonly idleMs?: number | undefined;
  /**
   * How many workers may crash one after the other, while no call ends by itself, before all that waits fails as
   * well. From then on one worker at a time is tried, until a call ends by itself. Default 5.
   */
  readonly maxCrashes?: number | undefined;
  /** How many threads are started with the pool, and kept though they are idle; at most `size`. Default 0. */
  readonly minThreads?: number | undefined;
  /**
   * How many calls run in a thread at a time. More than one pays for functions that wait, for a server or a file. Then a function
   * that goes on after it was cancelled takes no other call's thread with it, unless it holds the thread. Default 1.
   */
  readonly perThread?: number | undefined;
  /** Milliseconds in which a worker has to load and call `expose`. Default 30,000. */
  readonly loadMs?: number | undefined;
  /**
   * How many values of a call may be on their way, or wait to be taken here, at once; a value counts once, and once more for each
   * kilobyte of bytes and text in it. An async iterable is not asked for more meanwhile. Default 1,024.
   */
  readonly window?: number | undefined;
}

/** A function of a pool. It may stand as the function of a task. Its type parameters are kept by `generic`. */
export type PoolFunction<F> = F extends (...inputs: infer Inputs) => unknown
  ? GenericContext extends NonNullable<Inputs[1 & keyof Inputs]> ? F : PoolFunctionOf<F>
  : never;

type PoolFunctionOf<F> = F extends (kwargs: infer K, context: WorkerContext) => infer R
  ? (...inputs: {} extends Given<K> ? [kwargs?: Given<K>, context?: CallContext] : [kwargs: Given<K>, context?: CallContext]) => Observable<ResultOf<R>>
  : never;

/** The kwargs of a function which has no parameters are none. */
type Given<K> = unknown extends K ? {} : K;

/** What a pool has besides its functions. */
export interface WorkerPoolControls extends AsyncDisposable {
  /**
   * Options for a group of a `TaskManager` whose tasks run in this pool: no more at once than it runs calls. The slot of a task
   * that is cancelled stays taken until its function has ended, or its thread has.
   */
  readonly limits: { readonly concurrency: number; readonly releaseSlot: 'on-settle' };
  /** How many threads there are, what they do, and how much of it. */
  readonly state: WorkerPoolState;
  /** The state now, and whenever it has changed: at most once in a turn of the event loop. Completes never. */
  readonly state$: Observable<WorkerPoolState>;
  /** What happens to the threads, as it happens; the only place that tells of one which crashes without a call. Completes never. */
  readonly events$: Observable<WorkerPoolEvent>;
  /** A pool is no promise: whoever awaits one, or returns one from an async function, gets the pool. */
  readonly then: undefined;
  /**
   * Starts `minThreads` threads, or one, if there are none yet, and resolves when as many have loaded. Rejects with a
   * `WorkerCrashedError` if one cannot be, and with a `WorkerPoolClosedError`.
   */
  ready(): Promise<void>;
  /**
   * Ends all threads. What waits or runs fails with a `WorkerPoolClosedError`; running functions have `graceMs` to
   * heed their signal. With `drain: true` they end by themselves, and so do calls that wait; only new ones are refused.
   * Resolves when the last thread has ended. It may be called again, without `drain`, to wait no longer.
   */
  close(options?: { readonly drain?: boolean | undefined }): Promise<void>;
}

/** Functions that run in the threads of a pool, by their names. */
export type WorkerPool<Functions> = WorkerPoolControls & {
  readonly [Name in Exclude<keyof Functions, ReservedName | keyof WorkerPoolControls>]: PoolFunction<Functions[Name]>;
};

const OPTIONS: readonly string[] = ['size', 'minThreads', 'perThread', 'graceMs', 'idleMs', 'loadMs', 'window', 'maxCrashes'] satisfies (keyof WorkerPoolOptions)[];

/**
 * Makes the functions that a worker exposes callable from here: `pool.name(kwargs)` returns a cold Observable of
 * what the function returns, on one of the pool's threads. It stands wherever a task's function stands.
 *
 * Each subscription is a call. It gets a thread at once if there is one; else it waits, first come first
 * served, so let a `TaskManager` with `pool.limits` decide who goes first. Unsubscribing aborts the function's
 * `signal`; one that has not ended after `graceMs` loses its thread, which is replaced. It fails with what the
 * function throws, with a `NotCloneableError`, a `WorkerCrashedError` or a `WorkerPoolClosedError`, and completes
 * without a value if the function returns an Observable or an async iterable without one. Values and kwargs are
 * cloned, but for what `transfer` moves. A pool that is idle does not keep a Node process alive.
 *
 * @param createWorker - makes one thread: `new Worker(…)` of the page, or of `node:worker_threads`
 * @throws InvalidInputError for an option that does not exist or has no such value
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { workerPool, type WorkerContext } from 'sluice/workers';
 *
 * // image.worker.ts has this, and calls expose(images)
 * declare const images: { thumbnail(kwargs: { bytes: Uint8Array; size: number }, context: WorkerContext): Promise<Uint8Array> };
 *
 * const pool = workerPool<typeof images>(() => new Worker(new URL('./image.worker.js', import.meta.url), { type: 'module' }));
 * const tasks = new TaskManager({ groups: { images: pool.limits } });
 * tasks.add(pool.thumbnail, { kwargs: { bytes: new Uint8Array(9), size: 256 }, group: 'images' });
 * ```
 */
export function workerPool<Functions extends Readonly<Record<keyof Functions, WorkerFunction>>>(
  createWorker: () => WorkerLike,
  options: WorkerPoolOptions = {},
): WorkerPool<Functions> {
  const checked = check(createWorker, options);
  const pool = new Pool(createWorker, checked);
  const { events$, state$ } = pool.monitor;
  const members: Record<PropertyKey, unknown> = {
    close: (how?: { drain?: boolean }) => pool.close(how),
    ready: () => pool.ready(),
    limits: Object.freeze({ concurrency: checked.size * checked.perThread, releaseSlot: 'on-settle' }),
    events$,
    state$,
    [Symbol.asyncDispose]: () => pool.close(),
  };
  // The functions are known to the types alone; each is made when it is first asked for, and stays the same.
  return new Proxy(members, {
    get: (_, name) => {
      if (name === 'state') return pool.monitor.state;
      if (typeof name === 'string' && !Object.hasOwn(members, name) && !isReserved(name)) {
        members[name] = Object.defineProperty((kwargs: unknown = {}, context?: CallContext) => pool.call(name, kwargs, context), 'name', { value: name });
      }
      return members[name];
    },
  }) as WorkerPool<Functions>;
}

function check(createWorker: unknown, options: WorkerPoolOptions): Required<{ [Name in keyof WorkerPoolOptions]: number }> {
  const os = builtin<{ availableParallelism: () => number }>('node:os'); // also says that Node is too old, before a worker does
  const refuse = (what: string, expected: string, received: unknown, hint?: string): never => {
    throw new InvalidInputError(`workerPool(): ${what}`, expected, received, hint);
  };
  if (typeof createWorker !== 'function') refuse('the first argument', 'a function', createWorker, 'Write () => new Worker(…).');
  if (typeof options as unknown !== 'object' || options as unknown === null) refuse('options', 'an object', options);
  for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) refuse(`the option "${name}"`, `one of ${OPTIONS.join(', ')}`, name);
  const { size = defaultSize(os?.availableParallelism()), minThreads = 0, perThread = 1, graceMs = 100, idleMs = 10_000, loadMs = 30_000, window = 1024, maxCrashes = 5 } = options;
  for (const [name, value] of Object.entries({ size, perThread, window, maxCrashes })) {
    if (!Number.isSafeInteger(value) || value < 1) refuse(name, 'a positive integer', value);
  }
  if (!(Number.isSafeInteger(minThreads) && minThreads >= 0 && minThreads <= size)) refuse('minThreads', `an integer from 0 to size, which is ${size}`, minThreads);
  // Timers hold no more.
  for (const [name, value] of Object.entries({ graceMs, loadMs })) {
    if (!(value >= 0 && value <= 0x7fffffff)) refuse(name, 'milliseconds, from 0 to 2147483647', value);
  }
  if (!(idleMs === Infinity || idleMs >= 0 && idleMs <= 0x7fffffff)) refuse('idleMs', 'milliseconds, from 0 to 2147483647, or Infinity', idleMs);
  return { size, minThreads, perThread, graceMs, idleMs, loadMs, window, maxCrashes };
}

/** @param parallelism - as Node knows it, whose version 20 has no navigator */
function defaultSize(parallelism = 4): number {
  const cores = (globalThis.navigator as Partial<Navigator> | undefined)?.hardwareConcurrency ?? parallelism;
  return Math.max(1, cores - 1);
}
