import type { Subscription } from 'rxjs';

import { TaskExpiredError } from '../errors/task-expired-error.ts';
import { checkDuration } from '../scheduler/validate.ts';
import type { DataPolicy } from '../task/task-policy.ts';

/**
 * Fails a task with a `TaskExpiredError` when it waits for a slot for longer than `ms` milliseconds. Its
 * function is not called.
 *
 * Each wait for a slot counts by itself: of each attempt, and of each combination of a live task. Waiting for
 * upstream, or for the delay of a retry, does not count; a paused group does. `[withRetry(3), withExpiry(ms)]`
 * gives up for good; with `[withExpiry(ms), withRetry(3)]` an expired wait is retried like any failure.
 *
 * @param ms - a positive number of milliseconds below 2 ** 31, or `Infinity` for no limit
 * @throws InvalidInputError for anything else
 *
 * @example
 * ```ts
 * import { TaskManager, withExpiry } from 'sluice';
 *
 * const tasks = new TaskManager({ concurrency: 1 });
 * tasks.add(() => fetch('/suggestions'), { policies: [withExpiry(1_000)] });
 * ```
 */
export function withExpiry(ms: number): DataPolicy {
  checkDuration('withExpiry()', 'ms', ms);
  return {
    name: 'expiry',
    attach({ task, host, fail }) {
      let timer: Subscription | undefined;
      return {
        queued() {
          if (ms !== Infinity) timer = host.schedule(() => { fail(new TaskExpiredError(task.name, ms)); }, ms);
        },
        started() {
          timer?.unsubscribe();
        },
        settled() {
          timer?.unsubscribe();
        },
      };
    },
    toJSON: () => ({ name: 'expiry', ...(ms !== Infinity && { ms }) }),
  };
}
