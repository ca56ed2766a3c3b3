import { type ObservableInput, of, type RetryConfig, timer } from 'rxjs';

import { check, checkOptions, LONGEST } from '../scheduler/validate.ts';
import type { DataPolicy, TaskPolicy } from '../task/task-policy.ts';

/** A {@link RetryConfig} that can be written as JSON: its delay is a number. */
export interface RetryData {
  readonly count?: number;
  readonly delay?: number;
  readonly resetOnSuccess?: boolean;
}

/**
 * Has the function of a task called again when it fails, as RxJS's `retry` does.
 *
 * While the task waits for its next attempt it is `waiting` and holds no slot. The event `retrying` carries
 * the attempt that has failed and its error. Each run, and each combination of a live task, counts anew.
 *
 * @param config - how many attempts more at most (an integer from 0 on, or `Infinity`), or RxJS's
 * `RetryConfig`: `count` (default `Infinity`), `delay` in milliseconds (default 0) or as a function of the
 * error and the number of the retry that returns a notifier, `resetOnSuccess` (default false)
 * @throws InvalidInputError for a bad count or delay
 *
 * @example
 * ```ts
 * import { TaskManager, withRetry } from 'sluice';
 *
 * const tasks = new TaskManager();
 * tasks.add(() => fetch('/report'), { policies: [withRetry({ count: 3, delay: 500 })] });
 * ```
 */
export function withRetry(config: number | RetryData): DataPolicy;
export function withRetry(config: number | RetryConfig): TaskPolicy;
export function withRetry(config: number | RetryConfig): TaskPolicy {
  const where = 'withRetry()';
  const given = typeof config === 'number' ? { count: config } : config;
  checkOptions(where, given, ['count', 'delay', 'resetOnSuccess']);
  const { count = Infinity, delay = 0, resetOnSuccess = false } = given;
  check(count === Infinity || (Number.isSafeInteger(count) && count >= 0), where, 'count', 'an integer from 0 on, or Infinity', count);
  const isDelay = typeof delay === 'function' || (typeof delay === 'number' && delay >= 0 && delay <= LONGEST);
  check(isDelay, where, 'delay', 'milliseconds below 2 ** 31, or a function that returns an ObservableInput', delay);
  check(typeof resetOnSuccess === 'boolean', where, 'resetOnSuccess', 'true or false', resetOnSuccess);
  const policy: TaskPolicy = {
    name: 'retry',
    attach({ host }) {
      let failures = 0;
      return {
        emitted() {
          if (resetOnSuccess) failures = 0;
        },
        failed(error): ObservableInput<unknown> | undefined {
          if (++failures > count) return undefined;
          if (typeof delay === 'function') return delay(error, failures);
          return given.delay === undefined ? of(0) : timer(delay, host);
        },
      };
    },
  };
  if (typeof delay === 'function') return policy;
  // JSON has no Infinity, which is the default.
  return { ...policy, toJSON: () => ({ name: 'retry', ...(count !== Infinity && { count }), ...(delay > 0 && { delay }), ...(resetOnSuccess && { resetOnSuccess }) }) };
}
