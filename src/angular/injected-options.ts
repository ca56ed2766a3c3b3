import type { Injector } from '@angular/core';

import { type CommonTaskOptions, InvalidInputError, type TaskManager } from '../index.ts';
import { checkChoice } from './check-options.ts';

/** Options that `injectTask` and `injectTaskRunner` have in common: those of any task, and these. */
export interface InjectedTaskOptions extends Omit<CommonTaskOptions, 'priority'> {
  /**
   * Who goes next: any finite number, the higher the sooner. Default 0. A function is read, untracked,
   * whenever the queue is looked at, so a queued task moves as the signals it reads change.
   */
  readonly priority?: number | (() => number) | undefined;
  /**
   * What becomes of unsettled tasks when the component or service is destroyed. `'cancel'` (default):
   * they are withdrawn. `'detach'`: the manager goes on with them.
   */
  readonly onDestroy?: 'cancel' | 'detach' | undefined;
  /** Where to find the manager, and whose end counts. Needed outside an injection context. Default: that of the caller. */
  readonly injector?: Injector | undefined;
}

declare const ngDevMode: unknown;

/**
 * Refuses options at the call that was given them. The manager would refuse them as well, but not
 * before the first task is made; so a production build does without.
 *
 * @param core - the options that a manager knows
 */
export function checkInjected(
  where: string,
  { run, onDestroy, priority }: { readonly run: unknown; readonly onDestroy: unknown; readonly priority: unknown },
  core: object,
  manager: TaskManager,
): void {
  if (typeof ngDevMode !== 'undefined' && !ngDevMode) return;
  checkChoice(`${where}: onDestroy`, onDestroy, ['cancel', 'detach']);
  try {
    manager.task(run as () => unknown, typeof priority === 'function' ? core : { ...core, priority: priority as number | undefined });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.where.replace('task()', where).replace(/fn$/, 'run'), error.expected, error.received, error.hint);
  }
}
