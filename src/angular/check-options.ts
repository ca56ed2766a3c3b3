import { InvalidInputError, TaskManager, type TaskManagerOptions } from '../index.ts';
import type { AngularGroupOptions, AngularTaskOptions } from './tasks-options.ts';

/** The options of an application, taken apart. */
export interface CheckedOptions {
  /** Those of the manager. */
  readonly core: Omit<TaskManagerOptions, 'host'>;
  readonly groups: Readonly<Record<string, AngularGroupOptions>>;
  readonly serverMaxWait: number;
}

declare const ngDevMode: unknown; // Angular's: false in a production build

/** @throws InvalidInputError for an option that does not exist or has a wrong value. Not in a production build */
export function checkOptions(where: string, { groups = {}, serverMaxWait = 10_000, ...core }: AngularTaskOptions): CheckedOptions {
  const limits = Object.entries(groups).map(([name, { server, stability, ...group }]) => [name, group] as const);
  const checked = { core: { ...core, groups: Object.fromEntries(limits) }, groups, serverMaxWait };
  refuseWrong(where, checked);
  return checked;
}

function refuseWrong(where: string, checked: CheckedOptions): void {
  if (!ngDevMode) return;
  const { core, groups, serverMaxWait } = checked;
  for (const [name, { server, stability }] of Object.entries(groups)) {
    checkChoice(`${where}: groups.${name}.server`, server, ['run', 'skip']);
    checkChoice(`${where}: groups.${name}.stability`, stability, ['block', 'background']);
  }
  if (typeof serverMaxWait !== 'number' || !(serverMaxWait > 0)) {
    throw new InvalidInputError(`${where}: serverMaxWait`, 'a positive number of milliseconds, or Infinity', serverMaxWait);
  }
  if ('host' in core) {
    throw new InvalidInputError(`${where}: host`, 'left out', core.host, 'A manager of an Angular application has a host of its own.');
  }
  new TaskManager(core); // one that is made only to refuse what it would refuse later
}

/** Refuses a value that is none of those which an option may have. */
export function checkChoice(where: string, value: unknown, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value as string)) {
    throw new InvalidInputError(where, choices.map((choice) => `'${choice}'`).join(' or '), value);
  }
}
