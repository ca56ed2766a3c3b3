import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import type { Task } from './task.ts';

/**
 * What the function of a task is called in: `run` calls what it is given, once and at once. An
 * `AsyncContext.Snapshot` is one, and so is what `console.createTask` returns.
 */
export interface RunContext {
  readonly run: (call: () => void, run: { readonly attempt: number }) => unknown;
}

/**
 * Called when a task is asked for, in the call that asks for it.
 *
 * @param task - the task
 * @param by - the task whose function has asked for it with `context.run`
 * @returns what its function is called in, at each attempt until it settles; undefined for nothing
 */
export type CaptureContext = (task: Task<unknown>, by: Task<unknown> | undefined) => RunContext | undefined;

/** Captures what a task is to run in. What the code of others throws is reported: the task goes on. */
export function capture(captures: Iterable<CaptureContext>, task: Task<unknown>, by: Task<unknown> | undefined): RunContext | undefined {
  let context: RunContext | undefined;
  for (const each of captures) {
    try {
      context = nest(context, each(task, by));
    } catch (error) {
      reportUnhandledError(error);
    }
  }
  return context;
}

function nest(outer: RunContext | undefined, inner: RunContext | undefined): RunContext | undefined {
  if (!outer || !inner) return outer ?? inner;
  return { run: (call, run) => { enter(outer, run, () => { enter(inner, run, call); }); } };
}

/** Calls in a context, and plainly where the context does not. */
export function enter(context: RunContext, run: { readonly attempt: number }, call: () => void): void {
  let called = false;
  let thrown: { readonly error: unknown } | undefined;
  const once = (): void => {
    if (called) return;
    called = true;
    try {
      call();
    } catch (error) {
      thrown = { error };
    }
  };
  try {
    context.run(once, run);
  } catch (error) {
    reportUnhandledError(error);
  }
  once();
  if (thrown) throw thrown.error;
}
