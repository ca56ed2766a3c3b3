import type { InteropObservable, Observable } from 'rxjs';

import type { KwargsOf, NoConflict, Upstream } from './kwargs.ts';
import type { Task } from './task.ts';
import type { TaskAttributes } from './task-event.ts';
import type { TaskOptions } from './task-options.ts';
import type { TaskProgressInput } from './task-progress.ts';
import type { OnUpstreamError } from './upstream-policy.ts';

type NoKwargs = {};

/** How a function runs another task: one that is made already, or one made for it of a function and options. */
export interface RunTask {
  <T>(task: Task<T>): Promise<T>;
  <R, Args extends readonly unknown[] = [], Own extends object = NoKwargs, Up extends Upstream | readonly [] = readonly [], OnError extends OnUpstreamError = 'fail'>(
    fn: TaskFunction<Given<Args>, NoInfer<KwargsOf<Own, Up, OnError>>, R>,
    options?: TaskOptions<Args, Own, Up, OnError> & NoConflict<Own, Up>,
  ): Promise<ResultOf<R>>;
}

/** What a task's function is given last: how to notice that it is cancelled, and how to report. */
export interface TaskContext {
  /** Aborted when the run ends without a result: cancelled, withdrawn, replaced or failed. Its `reason` is the error. */
  readonly signal: AbortSignal;
  /**
   * Reports how far the run is. Does nothing once the run has settled.
   *
   * @throws InvalidInputError for a number that is not finite
   */
  readonly progress: (progress: TaskProgressInput) => void;
  /**
   * Says that something which the function has started goes on until a promise settles, such as a thread that has yet to stop. A
   * cancelled run counts as going on until then: with `releaseSlot: 'on-settle'` it keeps its slot, and `close()` waits for it.
   */
  readonly waitUntil: (ended: PromiseLike<unknown>) => void;
  /**
   * Runs another task, and resolves with its last value. Meanwhile the task that calls it has no slot,
   * so that tasks within tasks cannot block each other; it takes its slots back, in its turn, before it
   * goes on. Of several at a time it is told one by one, and has no slot while it waits for the rest.
   *
   * The other one is withdrawn, unless someone else wants it, when this one ends without a result. If it
   * says nothing else, it is of this one's group and goes at this one's priority (0 says nothing, but for
   * a function with `priority: 0`).
   *
   * Rejects with what the other one fails or is cancelled with, with RxJS's `EmptyError` if it completes
   * without a value or is skipped, and with the reason of {@link signal} when this one has ended.
   *
   * @throws InvalidInputError for what is neither a task nor a function, for bad options, and for a task
   * that waits for this very one
   *
   * @example
   * ```ts
   * import { TaskManager } from 'sluice';
   *
   * const tasks = new TaskManager({ concurrency: 1 });
   * const page = (n: number) => tasks.task(() => fetch(`/pages/${n}`));
   * tasks.add(async (_, { run }) => [await run(page(1)), await run(() => fetch('/pages/2'))], { name: 'book' });
   * ```
   */
  readonly run: RunTask;
  /**
   * Says facts of this run, such as a URL or a size, for those who watch: each call is an event `annotated`. Nothing
   * is kept, and nothing happens where no one listens or the run has settled.
   *
   * @throws InvalidInputError for a value that is no string, number or boolean
   */
  readonly annotate: (attributes: TaskAttributes) => void;
  readonly id: number;
  readonly name: string;
  /** 1 for the first run, and one more for each run after one that did not complete. */
  readonly attempt: number;
}

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
