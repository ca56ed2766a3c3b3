/**
 * What comes of asking a closed manager for work: calls throw it, subscriptions receive it.
 *
 * @example
 * ```ts
 * import { TaskManager, TaskManagerClosedError } from 'sluice';
 *
 * const tasks = new TaskManager();
 * await tasks.close();
 * try {
 *   tasks.add(() => 1);
 * } catch (error) {
 *   console.log(error instanceof TaskManagerClosedError); // true
 * }
 * ```
 */
export class TaskManagerClosedError extends Error {
  override readonly name: string = 'TaskManagerClosedError';
  readonly code: 'TASK_MANAGER_CLOSED' = 'TASK_MANAGER_CLOSED' as const;

  constructor() {
    super('The manager is closed and takes no more work.');
  }
}
