import { assertInInjectionContext, computed, DestroyRef, inject, Injector, signal, type Signal, untracked } from '@angular/core';

import { type CancelOptions, InvalidInputError, type Kwargs, type ResultOf, type Task, type TaskContext, type TaskProgress, type TaskStatus } from '../index.ts';
import { checkInjected, type InjectedTaskOptions } from './injected-options.ts';
import type { TaskHandle } from './task-handle.ts';
import { findRuntime } from './task-runtime.ts';
import { isSettled, TrackedTask } from './tracked-task.ts';

/** Options of {@link injectTaskRunner}. */
export interface InjectTaskRunnerOptions<Input, R> extends InjectedTaskOptions {
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
  if (!options.injector) assertInInjectionContext(injectTaskRunner);
  const { run, priority, onDestroy, injector = inject(Injector), ...core } = options;
  const runtime = findRuntime('injectTaskRunner()', injector);
  const { manager, publisher } = runtime;
  checkInjected('injectTaskRunner()', { run, onDestroy, priority }, core, manager);
  type Handle = RunnerHandle<ResultOf<R>, Input>;
  const handles = signal<readonly Handle[]>([]);
  const unsettled = (): readonly Handle[] => untracked(handles).filter(({ task }) => !isSettled(task.status));
  const destroyRef = injector.get(DestroyRef);
  let { destroyed } = destroyRef;
  if (!destroyed) {
    destroyRef.onDestroy(() => {
      destroyed = true;
      for (const handle of unsettled()) {
        if (onDestroy === 'detach') handle.task.start();
        handle.tracked.leave();
      }
    });
  }
  return {
    handles: handles.asReadonly(),
    isRunning: computed(() => handles().some(({ phase }) => !isSettled(phase()))),
    run(input): Handle {
      if (destroyed) {
        throw new InvalidInputError('run()', 'called before its component or service is destroyed', 'destroyed', 'A service that is provided in root lives longer.');
      }
      const task = manager.task<R>((_: Kwargs, context: TaskContext) => runtime.call(() => run(input, context), context, core.group, input) as R, {
        ...core,
        priority: typeof priority === 'function' ? untracked(priority) : priority,
      });
      const tracked = new TrackedTask(runtime, task, typeof priority === 'function' ? priority : undefined);
      const handle = new RunnerHandle(input, tracked, publisher.flush);
      untracked(() => {
        handles.update((list) => [...list, handle]);
        tracked.want();
      });
      return handle;
    },
    cancel(cancelOptions): void {
      for (const { task } of unsettled()) task.cancel(cancelOptions);
      publisher.flush();
    },
    remove(handle): void {
      const gone = (each: Handle): boolean => (handle === undefined ? isSettled(each.task.status) : each === handle);
      for (const each of untracked(handles).filter(gone)) each.tracked.leave();
      handles.update((list) => list.filter((each) => !gone(each)));
    },
  };
}

class RunnerHandle<T, Input> implements TaskHandle<T, Input> {
  readonly input: Input;
  readonly tracked: TrackedTask<T>;
  readonly #publish: () => void;
  readonly value: Signal<T | undefined>;
  readonly error: Signal<unknown>;

  constructor(input: Input, tracked: TrackedTask<T>, publish: () => void) {
    this.input = input;
    this.tracked = tracked;
    this.#publish = publish;
    const { phase, picture } = tracked;
    this.value = computed(() => picture().value);
    this.error = computed(() => (phase() === 'failed' ? picture().error : undefined));
  }

  get task(): Task<T> {
    return this.tracked.task;
  }

  get phase(): Signal<TaskStatus> {
    return this.tracked.phase;
  }

  get progress(): Signal<TaskProgress | undefined> {
    return this.tracked.progress;
  }

  get position(): Signal<number | undefined> {
    return this.tracked.position;
  }

  cancel(options?: CancelOptions): void {
    this.task.cancel(options);
    this.#publish();
  }

  setPriority(priority: number): void {
    this.tracked.setPriority(priority);
  }

  retry(): boolean {
    const { status } = this.task;
    if (status !== 'failed' && status !== 'cancelled') return false;
    this.tracked.want();
    return true;
  }
}
