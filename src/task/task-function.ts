import type { InteropObservable, Subscribable } from 'rxjs';

import type { TaskContext } from './task-context.ts';

/**
 * The function of a task: called with its positional arguments, its kwargs and its context. It
 * returns a plain value, or a Promise, an Observable or an async iterable of values. Arrays, strings
 * and other iterables are plain values.
 */
export type TaskFunction<Args extends readonly unknown[], K, R> = (...inputs: [...args: Args, kwargs: K, context: TaskContext]) => R;

/** The values of a task whose function returns `R`. */
export type ResultOf<R> =
  R extends PromiseLike<infer T> ? T
  : R extends Subscribable<infer T> | InteropObservable<infer T> ? T
  : R extends AsyncIterable<infer T> ? T
  : R;
