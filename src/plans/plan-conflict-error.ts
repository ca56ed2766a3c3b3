/**
 * There is a run of that id already, and it is of another plan.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, memoryJournal, Plan, PlanConflictError, runPlan } from 'sluice/plans';
 *
 * const jobs = defineJobs({ greet: ({ name }: { name: string }) => `Hello ${name}` });
 * const journal = memoryJournal();
 * const greet = (name: string) => {
 *   const plan = new Plan(jobs);
 *   plan.task('greet', { kwargs: { name } });
 *   return runPlan(plan, new TaskManager(), { id: 'greeting', journal }).done;
 * };
 * await greet('Ada');
 * greet('Grace').catch((error: unknown) => {
 *   if (error instanceof PlanConflictError) console.log(error.difference); // task 1 (greet): kwargs.name was "Ada", and is "Grace"
 * });
 * ```
 */
export class PlanConflictError extends Error {
  override readonly name: string = 'PlanConflictError';
  readonly code: 'PLAN_CONFLICT' = 'PLAN_CONFLICT' as const;
  /** The id of the run. */
  readonly runId: string;
  /** The first difference. */
  readonly difference: string;

  constructor(runId: string, difference: string) {
    super(`The run "${runId}" is of another plan: ${difference}. Give this plan another id, or remove that run.`);
    this.runId = runId;
    this.difference = difference;
  }
}
