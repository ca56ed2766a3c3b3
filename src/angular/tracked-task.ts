import { signal, type Signal, untracked } from '@angular/core';
import { Subscription } from 'rxjs';

import type { Kwargs, Task, TaskContext, TaskState } from '../index.ts';
import type { InjectedTaskOptions } from './injected-options.ts';
import { isSettled } from './is-settled.ts';
import { follow, read } from './priority-functions.ts';
import type { TaskRuntime } from './task-runtime.ts';
import { warnUnlisted } from './warn-unlisted.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** A task, and what is shown of it. */
export interface TrackedTask<T> {
  readonly task: Task<T>;
  readonly state: Signal<TaskState>;
  /** Its latest value. */
  readonly value: Signal<T | undefined>;
  /** Wants the task, so that it is queued. Signals are up to date when this returns. */
  readonly want: () => void;
  /**
   * No longer wants it: it is withdrawn, unless someone else does.
   *
   * @param destroyed - whether that is because who wanted it is destroyed, which may hand it to the manager
   */
  readonly leave: (destroyed?: boolean) => void;
}

/**
 * Makes a task. Nothing is queued yet.
 *
 * @param initial - the value that is shown until there is one
 */
export function track<T, Input>(
  runtime: TaskRuntime,
  { priority, key, keepFor, onDestroy, ...core }: InjectedTaskOptions<Input>,
  input: Input,
  run: (kwargs: Kwargs, context: TaskContext) => unknown,
  initial?: T,
): TrackedTask<T> {
  const { manager, shared, priorities, publisher: { soon, inFrame, behind }, zone, call, startNow } = runtime;
  if (ngDevMode) warnUnlisted(runtime, core.group);
  const make = (): Task<unknown> => {
    const made: Task<unknown> = manager.task(
      (kwargs: Kwargs, context) => call({ context, group: made.group, input, run: () => run(kwargs, context) }),
      { ...core, priority: read(priority, undefined) },
    );
    return made;
  };
  const task = (key === undefined ? make() : shared.get(read(key, input), keepFor, make)) as Task<T>;
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
  return {
    task, state,
    value: shown.asReadonly(),
    want: () => untracked(() => {
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
        subscription.add(task.state$.subscribe(({ status }) => {
          (status === untracked(state).status ? inFrame : soon)(publish);
        }));
        startNow();
      });
      behind.delete(publish);
      publish();
    }),
    leave(destroyed): void {
      if (destroyed && onDestroy === 'detach' && !isSettled(task.status)) task.start();
      subscription.unsubscribe();
      behind.delete(publish);
    },
  };
}
