import { computed, untracked } from '@angular/core';

import { type Task, TaskCancelledError, type TaskState, type TaskStatus, UpstreamFailedError } from '../index.ts';
import type { TaskHandle } from './task-handle.ts';
import type { TaskRuntime } from './task-runtime.ts';

/** What `injectTask` and the handles of `injectTaskRunner` have in common. */
type TaskSignals = Pick<TaskHandle<unknown>, 'phase' | 'progress' | 'attempt' | 'position' | 'error' | 'cancel' | 'setPriority'>;

/**
 * The signals of a task, which may be another one each time, or none.
 *
 * @param task - the task of now
 * @param state - its state, or what stands for that while there is none
 */
export function showTask(
  { priorities, positions, publisher }: TaskRuntime,
  task: () => Task<unknown> | undefined,
  state: () => Partial<TaskState> & Pick<TaskState, 'status'>,
): TaskSignals {
  const phase = computed((): TaskStatus => {
    const { status, error } = state();
    // A task of another manager is no task to this one, so that its cancel comes as a failure.
    return error instanceof UpstreamFailedError && error.cause instanceof TaskCancelledError ? 'cancelled' : status;
  });
  return {
    phase,
    progress: computed(() => state().progress),
    attempt: computed(() => state().attempt ?? 0),
    position: computed(() => (phase() === 'queued' ? positions.of(task()) : undefined)),
    error: computed(() => (phase() === 'failed' ? state().error : undefined)),
    cancel(options): void {
      untracked(task)?.cancel(options);
      publisher.flush();
    },
    setPriority(priority): void {
      const now = untracked(task)?.setPriority(priority);
      priorities.delete(now as Task<unknown>); // this one is meant from now on
      positions.changed();
    },
  };
}
