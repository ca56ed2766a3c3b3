/**
 * A process does not have the job that a task names: it was removed or renamed while a run was under way, or the
 * process runs an older version. The task fails with it, and no other.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, Plan, runPlan, UnknownJobError } from 'sluice/plans';
 *
 * const plan = new Plan(defineJobs({ mail: () => 'sent' }));
 * const mail = plan.task('mail');
 * runPlan(plan, new TaskManager()).result(mail).subscribe({
 *   error: (error: unknown) => { if (error instanceof UnknownJobError) console.log(error.job); },
 * });
 * ```
 */
export class UnknownJobError extends Error {
  override readonly name: string = 'UnknownJobError';
  readonly code: 'UNKNOWN_JOB' = 'UNKNOWN_JOB' as const;
  readonly job: string;

  constructor(job: string) {
    super(`There is no job "${job}" in this process. Add it to defineJobs(), or let a process run it that has it; retry() runs the task again.`);
    this.job = job;
  }
}
