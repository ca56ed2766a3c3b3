import type { Injector } from '@angular/core';

import { type CommonTaskOptions, InvalidInputError, TaskManager } from '../index.ts';
import { checkChoice } from './check-options.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { checkKey } from './shared-tasks.ts';
import type { TaskGroupName } from './task-groups.ts';

/** Options that `injectTask` and `injectTaskRunner` have in common: those of any task, and these. */
export interface InjectedTaskOptions<Input = never> extends Omit<CommonTaskOptions, 'group' | 'priority'> {
  /** The group whose limits apply, and with which it is watched, paused and cancelled. */
  readonly group?: TaskGroupName | undefined;
  /**
   * Who goes next: any finite number, the higher the sooner. Default 0. A function is read, untracked,
   * whenever the queue is looked at, so a queued task moves as the signals it reads change.
   */
  readonly priority?: number | (() => number) | undefined;
  /**
   * What the task is, for the application: whoever asks for the same key shares one run, and its result
   * while that is kept. A function is called, untracked, with what the task is run for, which the key
   * has to tell apart.
   */
  readonly key?: string | ((input: Input) => string) | undefined;
  /** For how many milliseconds the result of a task with a key is kept. Default: as long as someone shows it. */
  readonly keepFor?: number | undefined;
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
 * @param own - the names of the options that are not those of any task
 */
export function checkInjected(where: string, run: unknown, options: InjectedTaskOptions, own: readonly string[], manager: TaskManager = new TaskManager()): void {
  refuseUnknown(where, options, [...own, ...SHARING, ...namesOf(manager)]);
  const { priority, key, keepFor, onDestroy } = options;
  checkChoice(`${where}: onDestroy`, onDestroy, ['cancel', 'detach']);
  const core = Object.fromEntries(Object.entries(options).filter(([name]) => !SHARING.includes(name) && (!own.includes(name) || name === 'onUpstreamError')));
  if (key !== undefined && typeof key !== 'function') checkKey(`${where}: key`, key);
  if (keepFor !== undefined) {
    if (key === undefined) throw new InvalidInputError(`${where}: key`, 'given where keepFor is', key, 'It is what the kept task is found by.');
    if (!(keepFor >= 0)) throw new InvalidInputError(`${where}: keepFor`, 'milliseconds: 0, a positive number or Infinity', keepFor);
  }
  try {
    manager.task(run as () => unknown, { ...core, priority: typeof priority === 'function' ? 0 : priority });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.where.replace('task()', where).replace(/fn$/, 'run'), error.expected, error.received, error.hint);
  }
}

/** What a function takes that is to be called, or left out. */
export function checkFunction(where: string, value: unknown, hint?: string): void {
  if (value !== undefined && typeof value !== 'function') throw new InvalidInputError(where, 'a function', value, hint);
}

/** The options that any task of a manager has, as the manager says itself when it refuses one. */
function namesOf(manager: TaskManager): string[] {
  try {
    manager.task(() => undefined, { '': undefined } as object);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.expected.replace('one of ', '').split(', ').filter((name) => !INPUTS.includes(name));
  }
  return [];
}

/** Those with which a task gets its inputs, which Angular's functions have in another form. */
const INPUTS: readonly string[] = ['args', 'kwargs', 'upstream', 'onUpstreamError'];

/** Those with which components share tasks, which no task has itself. */
const SHARING: readonly string[] = ['key', 'keepFor'];
