import { computed, type DestroyRef, signal, type Signal, untracked } from '@angular/core';
import { noop } from 'rxjs';

import { type CancelOptions, InvalidInputError, type ResultOf, type TaskContext } from '../index.ts';
import { checkProvided } from './check-provided.ts';
import { checkInjected, type InjectedTaskOptions } from './injected-options.ts';
import type { TaskHandle } from './task-handle.ts';
import { findRuntime } from './task-runtime.ts';
import { isSettled } from './is-settled.ts';
import { showTask } from './task-signals.ts';
import { track, type TrackedTask } from './tracked-task.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** Options of {@link injectTaskRunner}. */
export interface InjectTaskRunnerOptions<Input, R> extends InjectedTaskOptions<NoInfer<Input>> {
  /**
   * The function of the tasks, called outside the Angular zone and outside an injection context when one
   * has got its slot. It returns a value, or a Promise, an Observable or an async iterable of values.
   */
  readonly run: (input: Input, context: TaskContext) => R;
}

/** Runs tasks on demand: see {@link injectTaskRunner}. */
export interface TaskRunner<Input, T> {
  /** The tasks that were run and not removed since, in the order in which they were. */
  readonly handles: Signal<readonly TaskHandle<T, Input>[]>;
  /** Whether one of them is waiting, queued or running. */
  readonly isRunning: Signal<boolean>;

  /**
   * Makes a task and queues it. Its failure is shown by its handle and is no unhandled error.
   *
   * @throws InvalidInputError when the component or service is destroyed
   */
  run(input: Input): TaskHandle<T, Input>;

  /** Cancels those that are waiting, queued or running. */
  cancel(options?: CancelOptions): void;

  /** Drops a handle, which is withdrawn if it is unsettled; without an argument those of all that have settled. */
  remove(handle?: TaskHandle<T, Input>): void;
}

/**
 * Runs tasks on demand, as a form or a drop zone does: each call of `run` queues one, and gives a handle
 * with its signals.
 *
 * @param options - `run`, and whatever else any task may have: `group`, `priority`, `name` …
 * @throws InvalidInputError when there is no manager, and for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { HttpClient } from '@angular/common/http';
 * import { inject, Injectable } from '@angular/core';
 * import { injectTaskRunner } from 'sluice/angular';
 *
 * @Injectable({ providedIn: 'root' })
 * export class Uploads {
 *   readonly #http = inject(HttpClient);
 *   readonly uploads = injectTaskRunner({
 *     group: 'uploads',
 *     run: (file: File) => this.#http.post<{ id: number }>('/api/files', file),
 *   });
 * }
 * ```
 */
export function injectTaskRunner<Input, R>(options: InjectTaskRunnerOptions<Input, R>): TaskRunner<Input, ResultOf<R>> {
  const { run, injector, ...shared } = options;
  if (ngDevMode) checkProvided(injectTaskRunner as () => unknown, injector);
  const { runtime, destroyRef } = findRuntime(injector);
  if (ngDevMode) checkInjected('injectTaskRunner()', run, options, ['run', 'onDestroy', 'injector'], runtime.manager);
  type T = ResultOf<R>;
  type Handle = TaskHandle<T, Input> & TrackedTask<T>;
  const handles = signal<readonly Handle[]>([]);
  const unsettled = (): readonly Handle[] => untracked(handles).filter(({ task }) => !isSettled(task.status));
  if (!destroyRef.destroyed) {
    destroyRef.onDestroy(() => { for (const handle of unsettled()) handle.leave(true); });
  }
  return {
    handles: handles.asReadonly(),
    isRunning: computed(() => handles().some(({ phase }) => !isSettled(phase()))),
    run(input): Handle {
      if (ngDevMode) refuseDestroyed(destroyRef);
      destroyRef.onDestroy(noop)(); // which throws when it is destroyed
      const tracked = track<T, Input>(runtime, shared, input, (_, context) => run(input, context));
      const { task, state, want } = tracked;
      const handle: Handle = {
        ...tracked, ...showTask(runtime, () => task, state), input,
        retry(): boolean {
          const again = isSettled(task.status) && task.status !== 'completed';
          if (again) want();
          return again;
        },
      };
      handles.update((list) => [...list, handle]);
      want();
      return handle;
    },
    cancel(cancelOptions): void {
      for (const handle of unsettled()) handle.cancel(cancelOptions);
    },
    remove(handle): void {
      handles.update((list) => list.filter((each) => {
        const gone = handle ? each === handle : isSettled(each.task.status);
        if (gone) each.leave();
        return !gone;
      }));
    },
  };
}

function refuseDestroyed({ destroyed }: DestroyRef): void {
  if (destroyed) throw new InvalidInputError('run()', 'called before its component or service is destroyed', 'destroyed');
}
