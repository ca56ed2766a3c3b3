import type { InteropObservable, Observable } from 'rxjs';

import type { TaskContext } from './task-context.ts';

/**
 * The function of a task: called with its positional arguments, its kwargs and its context. It
 * returns a plain value, or a Promise, an Observable or an async iterable of values. Arrays, strings
 * and other iterables are plain values.
 */
export type TaskFunction<Args extends readonly unknown[], K, R> = (...inputs: [...args: Args, kwargs: K, context: TaskContext]) => R;

/** The same list, but nothing is inferred from where it stands: `NoInfer` would not let it be spread. */
export type Given<Args extends readonly unknown[]> = Args extends infer Known extends readonly unknown[] ? Known : never;

/** The values of a task whose function returns `R`. */
export type ResultOf<R> =
  R extends PromiseLike<infer T> ? T
  : R extends Observable<infer T> | InteropObservable<infer T> | AsyncIterable<infer T> ? T
  : R;
