import type { Injector } from '@angular/core';

import { type CommonTaskOptions, InvalidInputError, TaskManager } from '../index.ts';
import { checkChoice } from './check-options.ts';

/** Options that `injectTask` and `injectTaskRunner` have in common: those of any task, and these. */
export interface InjectedTaskOptions<Input = never> extends Omit<CommonTaskOptions, 'priority' | 'key'> {
  /**
   * Who goes next: any finite number, the higher the sooner. Default 0. A function is read, untracked,
   * whenever the queue is looked at, so a queued task moves as the signals it reads change.
   */
  readonly priority?: number | (() => number) | undefined;
  /**
   * What the task is, for the manager: whoever asks for the same key shares one run, and its result
   * while that is kept. A function is called, untracked, with what the task is run for, which the key
   * has to tell apart.
   */
  readonly key?: string | ((input: Input) => string) | undefined;
  /**
   * What becomes of unsettled tasks when the component or service is destroyed. `'cancel'` (default):
   * they are withdrawn. `'detach'`: the manager goes on with them.
   */
  readonly onDestroy?: 'cancel' | 'detach' | undefined;
  /** Where to find the manager, and whose end counts. Needed outside an injection context. Default: that of the caller. */
  readonly injector?: Injector | undefined;
}

/**
 * For development: refuses options at the call that was given them. The manager would refuse them as
 * well, but not before the first task is made.
 *
 * @param options - those that a manager knows, and those that are the same for all
 */
export function checkInjected(where: string, run: unknown, { priority, onDestroy, key, ...core }: Omit<InjectedTaskOptions, 'injector'>, manager: TaskManager = new TaskManager()): void {
  checkChoice(`${where}: onDestroy`, onDestroy, ['cancel', 'detach']);
  // A task with the key itself would be taken for the one that is meant.
  const anyKey = typeof key === 'function' || (typeof key === 'string' && key !== '') ? '\0' : key;
  try {
    manager.task(run as () => unknown, { ...core, key: anyKey, priority: typeof priority === 'function' ? 0 : priority });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.where.replace('task()', where).replace(/fn$/, 'run'), error.expected, error.received, error.hint);
  }
}
