import { InvalidInputError } from '../index.ts';

type Callback = (...inputs: never[]) => unknown;

const callbacks = new WeakMap<object, Callback>();

/**
 * Lets a worker call a function of this thread: as a property of the kwargs it arrives as a function that returns a promise.
 * Inputs and result are cloned, or moved with `transfer`; what it throws, its promise rejects with. When the call has ended
 * the function is released, and calling it rejects.
 *
 * @param fn - runs here, whenever the worker calls it, in the async context of who has subscribed
 * @throws InvalidInputError for what is no function
 *
 * @example
 * ```ts
 * import { callback, workerPool } from 'sluice/workers';
 *
 * declare const createWorker: () => Worker;
 * interface Importer {
 *   load(kwargs: { text: string; confirm: (line: string) => Promise<boolean> }): Promise<number>;
 * }
 * const pool = workerPool<Importer>(createWorker);
 * pool.load({ text: 'a\nb', confirm: callback((line: string) => line !== 'b') }).subscribe();
 * ```
 */
export function callback<Inputs extends unknown[], R>(fn: (...inputs: Inputs) => R): (...inputs: Inputs) => Promise<Awaited<R>> {
  if (typeof fn as unknown !== 'function') throw new InvalidInputError('callback()', 'given a function', fn);
  const called = async (...inputs: Inputs): Promise<Awaited<R>> => await fn(...inputs);
  callbacks.set(called, fn);
  return called;
}

/** The function, if `callback` was given one for this. */
export function functionOf(value: unknown): Callback | undefined {
  return typeof value === 'function' ? callbacks.get(value) : undefined;
}
