import { InvalidInputError } from '../errors/invalid-input-error.ts';

/**
 * Refuses an input that is not as it should be.
 *
 * @param where - the call that was given it
 * @param what - which of its inputs it is
 */
export function check(ok: boolean, where: string, what: string, expected: string, received: unknown, hint?: string): asserts ok {
  if (!ok) throw new InvalidInputError(`${where}: ${what}`, expected, received, hint);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refuses options that are no object, or have a name which does not exist. */
export function checkOptions(where: string, options: unknown, names: readonly string[]): void {
  check(isObject(options), where, 'options', 'an object', options);
  for (const name in options) {
    if (!names.includes(name)) check(false, where, `the option "${name}"`, `one of ${names.join(', ')}`, name);
  }
}

/** Refuses options by group name that are no object, or where those of a group have a name which does not exist. */
export function checkGroups(where: string, groups: object, names: readonly string[]): void {
  check(isObject(groups), where, 'groups', 'an object', groups);
  for (const [name, options] of Object.entries(groups)) checkOptions(`${where}: groups.${name}`, options, names);
}

export function checkPriority(where: string, priority: unknown): void {
  check(Number.isFinite(priority), where, 'priority', 'a finite number', priority);
}

export function checkConcurrency(where: string, concurrency: unknown): void {
  const ok = concurrency === Infinity || (Number.isSafeInteger(concurrency) && (concurrency as number) > 0);
  check(ok, where, 'concurrency', 'a positive integer or Infinity', concurrency, 'To start nothing, use pause().');
}

export function checkGroupName(where: string, name: unknown): void {
  check(typeof name === 'string' && name !== '', where, 'group', 'a string that is not empty', name);
}

/** Refuses a value that is none of those which an option may have. */
export function checkChoice(where: string, what: string, value: unknown, choices: readonly unknown[]): void {
  if (!choices.includes(value)) check(false, where, what, choices.map((choice) => JSON.stringify(choice)).join(' or '), value);
}
