import type { ObservableInput, SchedulerLike } from 'rxjs';

import { check, isArray, isObject } from '../scheduler/validate.ts';
import type { Task } from './task.ts';

/** How a run of a task has settled, as its policies are told. */
export type SettledStatus = 'completed' | 'failed' | 'cancelled' | 'skipped';

/**
 * Decides something about the runs of a task: how often it is tried, how long it may take. A task has a list
 * of them, its option `policies`, read like RxJS's `pipe`: the first stands nearest to the function.
 *
 * A policy is a value without state of its own: any number of tasks may share it. {@link attach} makes the
 * state for one run.
 *
 * @example
 * ```ts
 * import { TaskManager, type TaskPolicy } from 'sluice';
 *
 * const withSlowWarning = (ms: number): TaskPolicy => ({
 *   name: 'slowWarning',
 *   attach({ task, host }) {
 *     let startedAt = 0;
 *     return {
 *       started() { startedAt = host.now(); },
 *       settled() { if (host.now() - startedAt > ms) console.warn(`${task.name} was slow`); },
 *     };
 *   },
 * });
 *
 * const tasks = new TaskManager();
 * tasks.add(() => fetch('/report'), { policies: [withSlowWarning(5_000)] });
 * ```
 */
export interface TaskPolicy {
  /** What messages and tools call it. */
  readonly name: string;
  /**
   * Begins a run: called when the task is ready and about to wait for its slot. A policy that stands before
   * one which has another attempt made is attached anew for that attempt, as RxJS's `retry` subscribes anew.
   */
  attach(port: TaskPort): TaskHooks;
  /** Its configuration as data, if it can be written as JSON. */
  toJSON?(): object;
}

/** A policy that can be written as JSON, and so be part of a plan. */
export interface DataPolicy extends TaskPolicy {
  toJSON(): { readonly name: string };
}

/** What a policy can see and do of the run it is attached to. */
export interface TaskPort {
  readonly task: Task<unknown>;
  /** The scheduler on which to wait, and whose clock counts. */
  readonly host: SchedulerLike;
  /**
   * Fails the attempt: it is stopped, and the policies that stand after this one are asked about the error.
   * Does nothing once the run has settled.
   */
  readonly fail: (error: unknown) => void;
}

/**
 * What a policy hears of a run. All hooks are optional, and are called synchronously. What a hook throws is
 * reported as RxJS reports unhandled errors; what `failed` throws fails the task.
 */
export interface TaskHooks {
  /** The task waits for its slot: for its first attempt, or for another. */
  queued?(): void;
  /** The task has its slot, and its function is about to be called. */
  started?(attempt: number): void;
  /** The function has emitted a value that is not the last, or may not be. */
  emitted?(value: unknown): void;
  /**
   * An attempt has failed. To have another one made, return an `ObservableInput`: the task waits for its
   * first value without a slot, and is then queued again. If it fails, the policies after this one are asked
   * about that error; if it completes without a value, so does the task. Return nothing to let the failure
   * go on to the policies after this one.
   */
  failed?(error: unknown): ObservableInput<unknown> | undefined;
  /** The run, or the attempt that this policy is attached to, is over. Always the last, and called once. */
  settled?(status: SettledStatus): void;
}

export const NO_POLICIES: readonly TaskPolicy[] = [];

/** Checks the option `policies`. */
export function checkPolicies(where: string, policies: readonly TaskPolicy[]): void {
  check(isArray(policies) === true, where, 'policies', 'an array of policies', policies, 'A single one goes into an array: [withRetry(3)].');
  policies.forEach((policy: Partial<TaskPolicy> | null, i) => {
    const what = `policies[${String(i)}]`;
    check(isObject(policy) && typeof policy.attach === 'function' && typeof policy.name === 'string', where, what, 'a TaskPolicy, such as withRetry(3)', policy);
    check(i === 0 || policies[i - 1]?.name !== policy.name, where, what, 'another policy than the one before', policy.name, 'Leave one of the two out.');
  });
}
