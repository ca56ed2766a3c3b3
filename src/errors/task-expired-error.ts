/**
 * A task has waited for a slot for longer than its policy `withExpiry` allows. Its function has not been
 * called.
 *
 * @example
 * ```ts
 * import { TaskExpiredError, TaskManager, withExpiry } from 'sluice';
 *
 * const tasks = new TaskManager({ concurrency: 1 });
 * tasks.task(() => fetch('/news'), { policies: [withExpiry(5_000)] }).subscribe({
 *   error: (error) => { if (error instanceof TaskExpiredError) console.log(`too late after ${error.expires} ms`); },
 * });
 * ```
 */
export class TaskExpiredError extends Error {
  override readonly name: string = 'TaskExpiredError';
  readonly code: 'TASK_EXPIRED' = 'TASK_EXPIRED' as const;
  /** The name of the task. */
  readonly task: string;
  /** How many milliseconds it was allowed to wait. */
  readonly expires: number;

  constructor(task: string, expires: number) {
    super(`${task} has waited for a slot for more than ${String(expires)} ms`);
    this.task = task;
    this.expires = expires;
  }
}
