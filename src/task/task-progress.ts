import { check } from '../scheduler/validate.ts';

/** How far a run is, as its function reports it. */
export interface TaskProgress {
  /** From 0 to 1. */
  readonly fraction: number;
  /** Units done, if the function counts them. */
  readonly done?: number | undefined;
  /** Units in all, if the function knows them. */
  readonly total?: number | undefined;
  /** What is being done now, for people. */
  readonly message?: string | undefined;
}

/** What `context.progress()` takes: a fraction from 0 to 1, or units done of a total. */
export type TaskProgressInput =
  | number
  | { readonly done: number; readonly total: number; readonly message?: string | undefined };

export function toProgress(input: TaskProgressInput): TaskProgress {
  const counted = typeof input === 'object' && (input as unknown) !== null;
  const { done, total, message } = counted ? input : { done: input as number, total: 1, message: undefined };
  for (const units of [done, total]) {
    check(Number.isFinite(units), 'progress()', 'progress', 'a fraction from 0 to 1 or { done, total } in finite numbers', units);
  }
  // Nothing of nothing is not yet done: a total is often 0 until it is known.
  const fraction = total > 0 ? Math.min(Math.max(done / total, 0), 1) : 0;
  return Object.freeze(counted ? { fraction, done, total, message } : { fraction });
}
