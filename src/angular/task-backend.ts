import { InjectionToken } from '@angular/core';

import type { TaskContext } from '../index.ts';

/** A run that a {@link TaskBackend} is to see to. */
export interface TaskBackendRun {
  readonly context: TaskContext;
  readonly group: string | undefined;
  /** What `params` gave, or what the runner was called with. */
  readonly input: unknown;
  /** Calls the function of the task. */
  readonly run: () => unknown;
  /** Starts what may start, and writes the signals that are behind, now: both come soon in any case. */
  readonly settle: () => void;
}

/**
 * Stands between the tasks of `injectTask` and `injectTaskRunner` and their functions, as `HttpBackend`
 * stands between requests and the network.
 */
export interface TaskBackend {
  /** What it returns is taken for what the function of the task returns. */
  handle(run: TaskBackendRun): unknown;
  /** Whether a task starts inside the call that queues it when there is a free slot. Default false: in a microtask. */
  readonly immediate?: boolean | undefined;
}

/**
 * Provides a {@link TaskBackend}. Without one, the function of a task is called when the task has got its slot.
 *
 * @example
 * ```ts
 * import type { Provider } from '@angular/core';
 * import { TASK_BACKEND, type TaskBackend } from 'sluice/angular';
 *
 * const logged: TaskBackend = {
 *   handle({ context, run }) {
 *     console.log(`${context.name} starts`);
 *     return run();
 *   },
 * };
 * export const providers: Provider[] = [{ provide: TASK_BACKEND, useValue: logged }];
 * ```
 */
export const TASK_BACKEND: InjectionToken<TaskBackend> = new InjectionToken<TaskBackend>('TASK_BACKEND');
