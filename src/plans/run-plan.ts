import { InvalidInputError, type TaskManager } from '../index.ts';
import { checkRunId } from './check-run-id.ts';
import type { Jobs } from './define-jobs.ts';
import type { Journal } from './journal.ts';
import { LocalRun } from './local-run.ts';
import { memoryJournal } from './memory-journal.ts';
import type { Plan } from './plan.ts';
import { PlanConflictError } from './plan-conflict-error.ts';
import type { PlanData } from './plan-data.ts';
import { planDifference } from './plan-difference.ts';
import type { PlanRun } from './plan-run.ts';
import { runHere } from './run-job.ts';
import type { ValueKind } from './value-kind.ts';

/** Options of {@link runPlan}. */
export interface RunPlanOptions<V extends ValueKind = ValueKind> {
  /**
   * What the run is called: letters, digits, `-` and `_`. The same id again attaches to the run that there is: as
   * long as it is under way, or as long as the journal has it. Default: one is made.
   */
  readonly id?: string | undefined;
  /** Where it is written down. Without one, the run ends with the process. */
  readonly journal?: (V extends 'clone' ? Journal<'clone'> : Journal) | undefined;
}

/** Options of {@link openPlan}. */
export interface OpenPlanOptions {
  /** The id of the run. */
  readonly id: string;
  readonly journal: Journal;
}

/** The runs under way in this process, of each journal, and of each manager for those without one. */
const underWay: WeakMap<object, Map<string, LocalRun>> = new WeakMap();

/**
 * Runs a plan on a task manager. With a journal, each result is recorded before anything downstream starts, and the
 * run goes on where it was when it is run again with the same id, in this process or in another one. Jobs that were
 * under way when their process died run again.
 *
 * @param tasks - the manager whose limits, groups and priorities apply
 * @throws InvalidInputError for a bad id, and for a plan whose values the journal cannot keep
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, Plan, runPlan } from 'sluice/plans';
 *
 * const plan = new Plan(defineJobs({ greet: ({ name }: { name: string }) => `Hello ${name}` }));
 * const greet = plan.task('greet', { kwargs: { name: 'Ada' } });
 *
 * const run = runPlan(plan, new TaskManager({ concurrency: 4 }), { id: 'greeting' });
 * run.result(greet).subscribe((text) => { console.log(text); }); // Hello Ada
 * await run.done;
 * ```
 */
export function runPlan<J extends Jobs, V extends ValueKind>(plan: Plan<J, V>, tasks: TaskManager, options: NoInfer<RunPlanOptions<V>> = {}): PlanRun {
  const { id = crypto.randomUUID(), journal } = options as RunPlanOptions;
  checkRunId('runPlan()', id);
  if (journal?.values === 'json' && plan.values === 'clone') {
    throw new InvalidInputError('runPlan(): journal', "one that keeps what a plan with { values: 'clone' } has", journal, 'This one keeps JSON.');
  }
  return start(id, plan.toJSON(), plan.jobs, tasks, journal);
}

/**
 * Goes on with a run of a journal, when the plan itself is not at hand: after a reload of a page, say.
 *
 * @throws InvalidInputError for a bad id. `done` rejects with a RunNotFoundError if the journal has no such run.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, type Journal, openPlan } from 'sluice/plans';
 *
 * declare const journal: Journal;
 * const jobs = defineJobs({ greet: ({ name }: { name: string }) => `Hello ${name}` });
 * for (const { id, status } of await journal.runs()) {
 *   if (status === 'open') openPlan(jobs, new TaskManager(), { id, journal });
 * }
 * ```
 */
export function openPlan(jobs: Jobs, tasks: TaskManager, { id, journal }: OpenPlanOptions): PlanRun {
  checkRunId('openPlan()', id);
  return start(id, undefined, jobs, tasks, journal);
}

function start(id: string, plan: PlanData | undefined, jobs: Jobs, manager: TaskManager, journal: Journal | undefined): PlanRun {
  const owner = journal ?? manager;
  const runs = underWay.get(owner) ?? new Map<string, LocalRun>();
  underWay.set(owner, runs);
  const same = runs.get(id);
  const difference = same && plan && planDifference(same.plan, plan);
  if (same && !difference) return same;
  const opening: Pick<Journal, 'open'> = difference ? { open: () => Promise.reject(new PlanConflictError(id, difference)) } : (journal ?? memoryJournal());
  const run = new LocalRun({ id, plan, manager, journal: opening, run: runHere(jobs) });
  if (same) return run;
  runs.set(id, run);
  const forget = (): void => { if (runs.get(id) === run) runs.delete(id); };
  run.done.then(forget, forget);
  return run;
}
