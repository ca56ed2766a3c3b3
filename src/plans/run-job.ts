import { EMPTY, from, type InteropObservable, isObservable, type Observable, of } from 'rxjs';

import type { TaskContext } from '../index.ts';
import { findJob, type Jobs } from './define-jobs.ts';
import type { JobContext } from './job-context.ts';
import type { PlanTaskData } from './plan-data.ts';
import { UnknownJobError } from './unknown-job-error.ts';

/** Runs the job of a task: here, or on another machine. */
export type RunJob = (task: PlanTaskData, inputs: readonly unknown[], context: JobContext) => Observable<unknown>;

/** Runs jobs in this process. */
export function runHere(jobs: Jobs): RunJob {
  return ({ job }, inputs, context) => {
    const fn = findJob(jobs, job);
    if (fn === undefined) throw new UnknownJobError(job);
    return toObservable(fn(...inputs, context));
  };
}

/** What a job is given for what its task is given. */
export function jobContext(runId: string, taskId: string, { signal, progress, name, attempt }: Pick<TaskContext, 'signal' | 'progress' | 'name' | 'attempt'>): JobContext {
  return { signal, progress, name, attempt, runId, taskId, idempotencyKey: `${runId}.${taskId}` };
}

/** What a job has returned, read as a task reads it: strings, arrays and other iterables are values. */
function toObservable(returned: unknown): Observable<unknown> {
  if (typeof returned !== 'object' || returned === null) return of(returned);
  if (isObservable(returned)) return returned;
  const several = returned as Partial<AsyncIterable<unknown> & PromiseLike<unknown> & InteropObservable<unknown>>;
  const isOther = typeof several.then === 'function' || Symbol.asyncIterator in several || Symbol.observable in several;
  return isOther ? from(returned as AsyncIterable<unknown>) : of(returned);
}

/** Stands for the value of a job that has none. */
export const NO_VALUE: unique symbol = Symbol('no value');

/** An upstream that has ended with this value before. */
export function replay(value: unknown): Observable<unknown> {
  return value === NO_VALUE ? EMPTY : of(value);
}
