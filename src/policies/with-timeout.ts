import { NEVER, type Subscription, timeout } from 'rxjs';

import { checkDuration } from '../scheduler/validate.ts';
import type { DataPolicy } from '../task/task-policy.ts';

/**
 * Fails a task with RxJS's `TimeoutError` when it takes longer than `ms` milliseconds from the call of its
 * function to its end, however many values come between.
 *
 * `[withTimeout(5_000), withRetry(3)]` limits each attempt, and a timeout is retried like any failure.
 * `[withRetry(3), withTimeout(60_000)]` limits all attempts together, the waits between them included.
 * Waiting for the first slot and for upstream does not count. The attempt is stopped: its signal is aborted.
 *
 * @param ms - a positive number of milliseconds below 2 ** 31, or `Infinity` for no limit
 * @throws InvalidInputError for anything else
 *
 * @example
 * ```ts
 * import { TaskManager, withTimeout } from 'sluice';
 *
 * const tasks = new TaskManager();
 * tasks.add((_, { signal }) => fetch('/report', { signal }), { policies: [withTimeout(5_000)] });
 * ```
 */
export function withTimeout(ms: number): DataPolicy {
  checkDuration('withTimeout()', 'ms', ms);
  return {
    name: 'timeout',
    attach({ host, fail }) {
      let timer: Subscription | undefined;
      return {
        started() {
          if (ms === Infinity) return;
          timer ??= NEVER.pipe(timeout({ first: ms, scheduler: host })).subscribe({ error: fail });
        },
        settled() {
          timer?.unsubscribe();
        },
      };
    },
    toJSON: () => ({ name: 'timeout', ...(ms !== Infinity && { ms }) }),
  };
}
