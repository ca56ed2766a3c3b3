/**
 * A value of a plan cannot cross from one process to another: a kwarg, or what a job has returned. Nothing has been
 * queued, or recorded, when this is thrown.
 *
 * @example
 * ```ts
 * import { defineJobs, Plan, PlanValueError } from 'sluice/plans';
 *
 * const jobs = defineJobs({ list: ({ since }: { since: unknown }) => String(since) });
 * try {
 *   new Plan(jobs).task('list', { kwargs: { since: new Map() as unknown } });
 * } catch (error) {
 *   if (error instanceof PlanValueError) console.log(error.path); // kwargs.since
 * }
 * ```
 */
export class PlanValueError extends TypeError {
  override readonly name: string = 'PlanValueError';
  readonly code: 'PLAN_VALUE' = 'PLAN_VALUE' as const;
  /** Where it is: `kwargs`, `args`, `fallback` or `result`, then the way inside, such as `kwargs.items[2].since`. */
  readonly path: string;

  /**
   * @param where - the task, as people know it
   * @param path - where in its values
   * @param problem - what is wrong with it
   */
  constructor(where: string, path: string, problem: string) {
    super(`${where}: ${path} ${problem}.`);
    this.path = path;
  }
}
