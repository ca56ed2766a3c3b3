import type { Kwargs, KwargsOf, NoConflict, Upstream } from './kwargs.ts';
import type { Task } from './task.ts';
import type { Given, ResultOf, TaskFunction } from './task-function.ts';
import type { TaskOptions } from './task-options.ts';
import type { TaskProgressInput } from './task-progress.ts';
import type { OnUpstreamError } from './upstream-policy.ts';

/** How a function runs another task, made already or made for it of a function and options. */
export interface RunTask {
  <T>(task: Task<T>): Promise<T>;
  <R, Args extends readonly unknown[] = [], Own extends object = Kwargs, Up extends Upstream | readonly [] = readonly [], OnError extends OnUpstreamError = 'fail'>(
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
   * Runs another task, and resolves with its last value. Meanwhile the function that calls it has no
   * slot, so that tasks within tasks cannot block each other; it takes one again, in its turn, before
   * it goes on. The other is withdrawn when this one ends without a result. One that has no group and
   * priority of its own takes those of this one. Rejects as the other fails, and with RxJS's
   * `EmptyError` if it has no value.
   *
   * @throws InvalidInputError for what is neither a task nor a function, and for bad options
   *
   * @example
   * ```ts
   * import { TaskManager } from 'sluice';
   *
   * const tasks = new TaskManager({ concurrency: 1 });
   * const page = (n: number) => tasks.task(() => fetch(`/pages/${n}`));
   * tasks.add(async (_, { run }) => [await run(page(1)), await run(page(2))], { name: 'book' });
   * ```
   */
  readonly run: RunTask;
  readonly id: number;
  readonly name: string;
  /** 1 for the first run, and one more for each run after one that did not complete. */
  readonly attempt: number;
}
