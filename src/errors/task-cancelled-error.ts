import { UntracedError } from './untraced-error.ts';

/**
 * What subscribers of a cancelled task receive, and the `reason` of the task's `signal`.
 *
 * Its `name` is `AbortError`, as that of every cancelled web API, so code which already tells an
 * aborted `fetch` from a failed one needs no change. All tasks that one `cancel()` ends share one
 * error. In V8 it has no stack trace: to take one costs more than all the rest of a cancel, and `cancelled`
 * tells what was asked for.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 *
 * const job = new TaskManager().add(() => 'never');
 * job.subscribe({ error: (error: Error) => console.log(error.name) }); // AbortError
 * job.cancel();
 * ```
 */
export class TaskCancelledError extends UntracedError {
  override readonly name: string = 'AbortError';
  readonly code: 'TASK_CANCELLED' = 'TASK_CANCELLED' as const;
  /** What was cancelled: a task's name, a group, or the manager. */
  readonly cancelled: string;

  constructor(cancelled: string, options?: ErrorOptions) {
    super(`${cancelled} was cancelled.`, options);
    this.cancelled = cancelled;
  }
}
