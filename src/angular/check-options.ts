import { InjectionToken } from '@angular/core';

import { InvalidInputError, type TaskGroupOptions, TaskManager, type TaskManagerOptions } from '../index.ts';
import type { AngularTaskOptions } from './tasks-options.ts';

/** The options of an application, taken apart. */
export interface CheckedOptions {
  readonly core: Omit<TaskManagerOptions, 'host'>;
  /** Groups that do not run on the server. */
  readonly skipped: readonly string[];
  /** Groups that do not keep the application from being stable. */
  readonly background: ReadonlySet<string | undefined>;
  readonly serverMaxWait: number;
}

export const TASK_OPTIONS: InjectionToken<CheckedOptions> = new InjectionToken<CheckedOptions>('TASK_OPTIONS');

declare const ngDevMode: unknown;

/** @throws InvalidInputError for an option that does not exist or has a wrong value. Not in a production build */
export function checkOptions(where: string, options: AngularTaskOptions): CheckedOptions {
  const { groups = {}, serverMaxWait = 10_000, ...core } = options;
  const skipped: string[] = [];
  const background = new Set<string | undefined>();
  const coreGroups: Record<string, TaskGroupOptions> = {};
  for (const [name, { server, stability, ...limits }] of Object.entries(groups)) {
    checkChoice(`${where}: groups.${name}.server`, server, ['run', 'skip']);
    checkChoice(`${where}: groups.${name}.stability`, stability, ['block', 'background']);
    if (server === 'skip') skipped.push(name);
    if (stability === 'background') background.add(name);
    coreGroups[name] = limits;
  }
  const checked = { core: { ...core, groups: coreGroups }, skipped, background, serverMaxWait };
  refuseWrong(where, checked);
  return checked;
}

function refuseWrong(where: string, { core, serverMaxWait }: CheckedOptions): void {
  if (typeof ngDevMode !== 'undefined' && !ngDevMode) return;
  if (typeof serverMaxWait !== 'number' || !(serverMaxWait > 0)) {
    throw new InvalidInputError(`${where}: serverMaxWait`, 'a positive number of milliseconds, or Infinity', serverMaxWait);
  }
  if ('host' in core) {
    throw new InvalidInputError(`${where}: host`, 'left out', core.host, 'A manager of an Angular application has a host of its own.');
  }
  new TaskManager(core); // one that is made only to refuse what it would refuse later
}

/** Refuses a value that is none of those which an option may have. Not in a production build. */
export function checkChoice(where: string, value: unknown, choices: readonly string[]): void {
  if (typeof ngDevMode !== 'undefined' && !ngDevMode) return;
  if (value !== undefined && !choices.includes(value as string)) {
    throw new InvalidInputError(where, choices.map((choice) => `'${choice}'`).join(' or '), value);
  }
}
