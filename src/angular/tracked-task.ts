import { computed, signal, untracked } from '@angular/core';
import { Subscription } from 'rxjs';

import { type Kwargs, type Task, TaskCancelledError, type TaskContext, type TaskStatus, UpstreamFailedError } from '../index.ts';
import type { InjectedTaskOptions } from './injected-options.ts';
import { isSettled } from './is-settled.ts';
import { follow, read } from './priority-functions.ts';
import type { TaskHandle } from './task-handle.ts';
import type { TaskRuntime } from './task-runtime.ts';

/** A task with its signals. */
export interface TrackedTask<T, Input> extends TaskHandle<T, Input> {
  /** Wants the task, so that it is queued. Signals are up to date when this returns. */
  want(): void;
  /** No longer wants it: it is withdrawn, unless someone else does, or `detach` hands it to the manager. */
  leave(detach?: boolean): void;
}

/**
 * Makes a task. Nothing is queued yet.
 *
 * @param initial - the value that is shown until there is one
 */
export function track<T, Input>(
  { manager, priorities, positions, publisher: { soon, inFrame, behind, flush }, zone, call, startNow }: TaskRuntime,
  { priority, key, onDestroy, ...core }: InjectedTaskOptions<Input>,
  input: Input,
  run: (kwargs: Kwargs, context: TaskContext) => unknown,
  initial?: T,
): TrackedTask<T, Input> {
  const task = manager.task(
    (kwargs: Kwargs, context) => call(() => run(kwargs, context), context, task.group, input),
    { ...core, key: typeof key === 'function' ? untracked(() => key(input)) : key, priority: read(priority) },
  ) as Task<T>;
  let value = initial;
  let subscription = new Subscription();
  const shown = signal(initial);
  const state = signal(task.state);
  const publish = (): void => {
    shown.set(value);
    state.set(task.state);
  };
  const settle = (): void => {
    subscription.unsubscribe();
    soon(publish);
  };
  const want = (): void => untracked(() => {
    subscription = follow(priorities, task, priority);
    zone.runOutsideAngular(() => {
      subscription.add(task.subscribe({
        next: (next) => {
          value = next;
          inFrame(publish);
        },
        error: settle,
        complete: settle,
      }));
      let { status } = task;
      if (!subscription.closed) {
        subscription.add(task.state$.subscribe((now) => {
          (now.status === status ? inFrame : soon)(publish);
          ({ status } = now);
        }));
      }
      startNow();
    });
    behind.delete(publish);
    publish();
  });
  const phase = computed((): TaskStatus => {
    const { status, error } = state();
    // A task of another manager is no task to this one, so that its cancel comes as a failure.
    return error instanceof UpstreamFailedError && error.cause instanceof TaskCancelledError ? 'cancelled' : status;
  });
  return {
    input, task, phase, want,
    progress: computed(() => state().progress),
    attempt: computed(() => state().attempt),
    position: computed(() => (phase() === 'queued' ? positions.of(task) : undefined)),
    value: shown.asReadonly(),
    error: computed(() => (phase() === 'failed' ? state().error : undefined)),
    cancel(cancelOptions): void {
      task.cancel(cancelOptions);
      flush();
    },
    setPriority(now): void {
      task.setPriority(now);
      priorities.delete(task); // this one is meant from now on
      positions.changed();
    },
    retry(): boolean {
      const again = isSettled(task.status) && task.status !== 'completed';
      if (again) want();
      return again;
    },
    leave(detach): void {
      if (detach === true && !isSettled(task.status)) task.start();
      subscription.unsubscribe();
      behind.delete(publish);
    },
  };
}
