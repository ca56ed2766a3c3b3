/// <reference lib="esnext.disposable" preserve="true" />
// For those who compile with less: AsyncDisposable is in the published types.

import type { Observable } from 'rxjs';

import { InvalidInputError, type ResultOf } from '../index.ts';
import type { WorkerLike } from './connection.ts';
import type { WorkerFunction } from './execution.ts';
import { Pool } from './pool.ts';
import type { CallContext } from './pool-call.ts';
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
}

/** A function of a pool. It may stand as the function of a task. */
export type PoolFunction<F> = F extends (kwargs: infer K, context: WorkerContext) => infer R
  ? (...inputs: {} extends Given<K> ? [kwargs?: Given<K>, context?: CallContext] : [kwargs: Given<K>, context?: CallContext]) => Observable<ResultOf<R>>
  : never;

/** The kwargs of a function which has no parameters are none. */
type Given<K> = unknown extends K ? {} : K;

/** What a pool has besides its functions. */
export interface WorkerPoolControls extends AsyncDisposable {
  /** Options for a group of a `TaskManager` whose tasks run in this pool: no more at once than there are threads. */
  readonly limits: { readonly concurrency: number };
  /** A pool is no promise: whoever awaits one, or returns one from an async function, gets the pool. */
  readonly then: undefined;
  /**
   * Ends all threads. What waits or runs fails with a `WorkerPoolClosedError`; running functions have `graceMs` to
   * heed their signal. Resolves when the last thread has ended.
   */
  close(): Promise<void>;
}

/** Functions that run in the threads of a pool, by their names. */
export type WorkerPool<Functions> = WorkerPoolControls & {
  readonly [Name in Exclude<keyof Functions, keyof WorkerPoolControls>]: PoolFunction<Functions[Name]>;
};

const OPTIONS: readonly string[] = ['size', 'graceMs', 'idleMs', 'maxCrashes'];

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
  const { size, graceMs, idleMs, maxCrashes } = check(createWorker, options);
  const pool = new Pool(createWorker, { size, graceMs, idleMs, maxCrashes });
  const close = (): Promise<void> => pool.close();
  const members: Record<PropertyKey, unknown> = {
    close,
    limits: Object.freeze({ concurrency: size }),
    [Symbol.asyncDispose]: close,
    then: undefined,
  };
  // The functions are known to the types alone; each is made when it is first asked for, and stays the same.
  return new Proxy(members, {
    get: (_, name) => {
      if (typeof name === 'string' && !Object.hasOwn(members, name)) {
        members[name] = Object.defineProperty((kwargs: unknown = {}, context?: CallContext) => pool.call(name, kwargs, context), 'name', { value: name });
      }
      return members[name];
    },
  }) as WorkerPool<Functions>;
}

function check(createWorker: unknown, options: WorkerPoolOptions): Required<{ [Name in keyof WorkerPoolOptions]: number }> {
  const refuse = (what: string, expected: string, received: unknown, hint?: string): never => {
    throw new InvalidInputError(`workerPool(): ${what}`, expected, received, hint);
  };
  if (typeof createWorker !== 'function') refuse('the first argument', 'a function', createWorker, 'Write () => new Worker(…).');
  if (typeof options as unknown !== 'object' || options as unknown === null) refuse('options', 'an object', options);
  for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) refuse(`the option "${name}"`, `one of ${OPTIONS.join(', ')}`, name);
  const { size = defaultSize(), graceMs = 100, idleMs = 10_000, maxCrashes = 5 } = options;
  for (const [name, value] of Object.entries({ size, maxCrashes })) {
    if (!Number.isSafeInteger(value) || value < 1) refuse(name, 'a positive integer', value);
  }
  // Timers hold no more.
  if (!(graceMs >= 0 && graceMs <= 0x7fffffff)) refuse('graceMs', 'milliseconds, from 0 to 2147483647', graceMs);
  if (!(idleMs === Infinity || idleMs >= 0 && idleMs <= 0x7fffffff)) refuse('idleMs', 'milliseconds, from 0 to 2147483647, or Infinity', idleMs);
  return { size, graceMs, idleMs, maxCrashes };
}

function defaultSize(): number {
  const cores = (globalThis.navigator as Partial<Navigator> | undefined)?.hardwareConcurrency ?? 4;
  return Math.max(1, cores - 1);
}
