/**
 * There is no run of that id.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, memoryJournal, openPlan, RunNotFoundError } from 'sluice/plans';
 *
 * const run = openPlan(defineJobs({}), new TaskManager(), { id: 'census', journal: memoryJournal() });
 * run.done.catch((error: unknown) => {
 *   if (error instanceof RunNotFoundError) console.log(error.runId);
 * });
 * ```
 */
export class RunNotFoundError extends Error {
  override readonly name: string = 'RunNotFoundError';
  readonly code: 'RUN_NOT_FOUND' = 'RUN_NOT_FOUND' as const;
  readonly runId: string;

  constructor(runId: string) {
    super(`There is no run "${runId}".`);
    this.runId = runId;
  }
}
