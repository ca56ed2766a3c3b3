/**
 * A task has subscribed to what waits for it: through an Observable that is no task, as upstream that is a task is
 * fixed when the task is made. Each would wait for the other for ever. The task fails with an `UpstreamFailedError`
 * whose `cause` is this.
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { type Task, TaskCycleError, TaskManager, UpstreamFailedError } from 'sluice';
 *
 * const tasks = new TaskManager();
 * const first: Task<number> = tasks.task(() => 1, { name: 'first', upstream: [defer(() => last)] });
 * const last: Task<number> = tasks.task(() => 2, { name: 'last', upstream: [first] });
 * last.subscribe({
 *   error: ({ cause }: UpstreamFailedError) => { if (cause instanceof TaskCycleError) console.log(cause.path); }, // ['first', 'last', 'first']
 * });
 * ```
 */
export class TaskCycleError extends Error {
  override readonly name: string = 'TaskCycleError';
  readonly code: 'TASK_CYCLE' = 'TASK_CYCLE' as const;
  /** The names of the tasks, each of which waits for the next; the last is the first. */
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(`Tasks wait for each other: ${path.join(' → ')}. Take one of them out of the upstream of the others.`);
    this.path = path;
  }
}
