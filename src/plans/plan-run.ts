import type { Observable } from 'rxjs';

import type { TaskProgress } from '../index.ts';
import type { PlanTask } from './plan-task.ts';

/** Where a task of a run is. `waiting` is for upstream, for a slot, or for its next attempt. */
export type PlanTaskStatus = 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled' | 'skipped';

/** How many tasks are in each status. */
export type PlanCounts = Readonly<Record<PlanTaskStatus, number>>;

/** The tasks of a run, or of one of its groups, in numbers. */
export interface PlanTally {
  readonly counts: PlanCounts;
  readonly progress: {
    /** Tasks that have completed, failed or been skipped. */
    readonly done: number;
    /** Nothing is left when `done + cancelled` is `total`. */
    readonly cancelled: number;
    readonly total: number;
    /** From 0 to 1: running tasks count what they have reported. */
    readonly fraction: number;
  };
}

/**
 * An immutable snapshot of a run. `opening` until its journal has been read. A run `completed` when none of its
 * tasks has failed.
 */
export interface PlanRunState extends PlanTally {
  readonly id: string;
  readonly status: 'opening' | 'running' | 'paused' | 'completed' | 'failed' | 'cancelled';
  /** Its groups, those within others counted in both. */
  readonly groups: Readonly<Record<string, PlanTally>>;
}

/** A task of a run, as a list shows it. */
export interface PlanTaskState {
  readonly id: string;
  readonly name: string;
  readonly job: string;
  readonly group: string | undefined;
  readonly status: PlanTaskStatus;
  readonly attempt: number;
  readonly progress: TaskProgress | undefined;
  /** What it failed with. */
  readonly error: unknown;
}

/** Which tasks a page has. */
export interface PlanTaskQuery {
  /** Default: all. */
  readonly status?: PlanTaskStatus | undefined;
  /** The id of the task before the first one. */
  readonly after?: string | undefined;
  /** How many at most. Default 100. */
  readonly limit?: number | undefined;
}

/** A page of tasks in the order of the plan. `next` is the `after` of the next page, undefined on the last. */
export interface PlanTaskPage {
  readonly tasks: readonly PlanTaskState[];
  readonly next: string | undefined;
}

/** What happens in a run. What was recorded in an earlier process is not repeated. */
export interface PlanEvent {
  readonly type: 'started' | 'progress' | 'retrying' | 'completed' | 'failed' | 'cancelled' | 'skipped';
  readonly task: Pick<PlanTaskState, 'id' | 'name' | 'job' | 'group'>;
  /** In milliseconds, by the clock of the scheduler that runs it. */
  readonly time: number;
  readonly attempt: number;
  /** Of `progress`. */
  readonly progress?: TaskProgress;
  /** Of `completed`. */
  readonly result?: unknown;
  /** Of `failed` and `retrying`. */
  readonly error?: unknown;
}

/**
 * A plan that runs: in this process, in the one after it, or on many machines.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, Plan, runPlan } from 'sluice/plans';
 *
 * const plan = new Plan(defineJobs({ greet: () => 'Hello' }));
 * const greet = plan.task('greet');
 * const run = runPlan(plan, new TaskManager());
 * run.result(greet).subscribe((text) => { console.log(text); }); // Hello
 * const { status, counts } = await run.done; // completed, { completed: 1, … }
 * ```
 */
export interface PlanRun {
  readonly id: string;
  /** What the run is now. */
  readonly state: PlanRunState;
  /**
   * {@link state} now and after each change, at most one a turn of the event loop. Completes when the run is done.
   * Errors with what {@link done} rejects with.
   */
  readonly state$: Observable<PlanRunState>;
  /** What happens from now on. Completes when the run is done. */
  readonly events$: Observable<PlanEvent>;
  /**
   * Resolves with the last state when every task has settled, whether or not tasks have failed. Rejects when the
   * run cannot go on in this process: PlanConflictError, JournalHeldError, JournalError, RunNotFoundError. Such a
   * run goes on when it is opened again.
   */
  readonly done: Promise<PlanRunState>;
  /** A page of its tasks. */
  tasks(query?: PlanTaskQuery): Promise<PlanTaskPage>;
  /**
   * The result of a task, given as `plan.task` returned it, or by its id. Cold, and replayed: it waits for the task
   * if that has not settled. Errors with what the task failed or was cancelled with; empty when it was skipped or had no
   * value. Leaving it withdraws nothing.
   */
  result<T>(task: PlanTask<T> | string): Observable<T>;
  /** Cancels what has not settled. Resolves when the cancel is durable: no other process goes on with the run. */
  cancel(): Promise<void>;
  /** Starts nothing new; running tasks finish. Resolves when that is durable. */
  pause(): Promise<void>;
  /** Goes on after {@link pause}. */
  resume(): Promise<void>;
  /**
   * Runs the failed tasks again, and those that were failed or skipped with them; {@link done} is a new promise
   * then. Resolves when it is durable. Rejects with an InvalidInputError if the run was cancelled.
   */
  retry(): Promise<void>;
}
