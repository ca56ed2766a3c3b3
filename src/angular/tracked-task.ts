import { computed, signal, untracked } from '@angular/core';
import { Subscription } from 'rxjs';

import { type Kwargs, type Task, TaskCancelledError, type TaskContext, type TaskStatus, UpstreamFailedError } from '../index.ts';
import { follow, type Priority, read } from './priority-functions.ts';
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
 * @param options - those of the core, but for the priority
 * @param initial - the value that is shown until there is one
 */
export function track<T, Input>(
  { manager, priorities, positions, publisher: { soon, inFrame, behind, flush }, zone, call, startNow }: TaskRuntime,
  priority: Priority,
  options: object,
  input: Input,
  run: (kwargs: Kwargs, context: TaskContext) => unknown,
  initial?: T,
): TrackedTask<T, Input> {
  const task = manager.task(
    (kwargs: Kwargs, context) => call(() => run(kwargs, context), context, task.group, input),
    { ...options, priority: read(priority) },
  ) as Task<T>;
  let value = initial;
  let error: unknown;
  let subscription = new Subscription();
  const look = (): { state: Task<T>['state']; value: T | undefined; error: unknown } => ({ state: task.state, value, error });
  const picture = signal(look());
  const publish = (): void => { picture.set(look()); };
  const settle = (): void => {
    subscription.unsubscribe();
    soon(publish);
  };
  const want = (): void => {
    error = undefined;
    subscription = follow(priorities, task, priority);
    zone.runOutsideAngular(() => {
      subscription.add(task.subscribe({
        next: (next) => {
          value = next;
          inFrame(publish);
        },
        error: (why: unknown) => {
          error = why;
          settle();
        },
        complete: settle,
      }));
      let { status } = task;
      if (!subscription.closed) {
        subscription.add(task.state$.subscribe((state) => {
          (state.status === status ? inFrame : soon)(publish);
          ({ status } = state);
        }));
      }
      startNow();
    });
    behind.delete(publish);
    publish();
  };
  const phase = computed((): TaskStatus => {
    const { state: { status }, error: why } = picture();
    // A task of another manager is no task to this one, so that its cancel comes as a failure.
    return why instanceof UpstreamFailedError && why.cause instanceof TaskCancelledError ? 'cancelled' : status;
  });
  return {
    input, task, phase, want,
    progress: computed(() => picture().state.progress),
    position: computed(() => (phase() === 'queued' ? positions.of(task) : undefined)),
    value: computed(() => picture().value),
    error: computed(() => (phase() === 'failed' ? picture().error : undefined)),
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
      const again = task.status === 'failed' || task.status === 'cancelled';
      if (again) untracked(want);
      return again;
    },
    leave(detach): void {
      if (detach === true && !isSettled(task)) task.start();
      subscription.unsubscribe();
      behind.delete(publish);
    },
  };
}

export function isSettled({ status }: { readonly status: TaskStatus }): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
