import { InvalidInputError, TaskManager, type TaskManagerOptions } from '../index.ts';
import type { AngularTaskOptions } from './tasks-options.ts';

/** The options of the manager: without those that only an Angular application has. */
export function toManagerOptions({ groups = {}, serverMaxWait, ...core }: AngularTaskOptions): TaskManagerOptions {
  const limits = Object.entries(groups).map(([name, { server, stability, ...group }]) => [name, group] as const);
  return { ...core, groups: Object.fromEntries(limits) };
}

/**
 * For development.
 *
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 */
export function checkOptions(where: string, options: AngularTaskOptions): void {
  const { groups = {}, serverMaxWait = Infinity } = options;
  for (const [name, { server, stability }] of Object.entries(groups)) {
    checkChoice(`${where}: groups.${name}.server`, server, ['run', 'skip']);
    checkChoice(`${where}: groups.${name}.stability`, stability, ['block', 'background']);
  }
  if (typeof serverMaxWait !== 'number' || !(serverMaxWait > 0)) {
    throw new InvalidInputError(`${where}: serverMaxWait`, 'a positive number of milliseconds, or Infinity', serverMaxWait);
  }
  if ('host' in options) {
    throw new InvalidInputError(`${where}: host`, 'left out', options.host, 'A manager of an Angular application has a host of its own.');
  }
  new TaskManager(toManagerOptions(options)); // one that is made only to refuse what it would refuse later
}

/** Refuses a value that is none of those which an option may have. */
export function checkChoice(where: string, value: unknown, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value as string)) {
    throw new InvalidInputError(where, choices.map((choice) => `'${choice}'`).join(' or '), value);
  }
}
