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

/** Whether it is an object that is no list. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && isArray(value) === false;
}

/** Whether it is a list; undefined for a revoked proxy, which is of no use and throws whatever is asked of it. */
export function isArray(value: unknown): boolean | undefined {
  try {
    return Array.isArray(value);
  } catch {
    return undefined;
  }
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

/** How many milliseconds a timer can wait at most. One that is asked for more does not wait at all. */
export const LONGEST: number = 2 ** 31 - 1;

/** Refuses what is no time to wait. */
export function checkDuration(where: string, what: string, duration: unknown): void {
  const ok = typeof duration === 'number' && duration > 0 && (duration <= LONGEST || duration === Infinity);
  check(ok, where, what, 'a positive number of milliseconds below 2 ** 31, or Infinity', duration);
}

export function checkMaxWait(where: string, maxWait: unknown): void {
  check(typeof maxWait === 'number' && maxWait > 0, where, 'maxWait', 'a positive number of milliseconds', maxWait, 'To let priority alone decide, use Infinity.');
}

export function checkWeight(where: string, weight: unknown): void {
  check(Number.isFinite(weight) && (weight as number) > 0, where, 'weight', 'a positive number', weight, 'To start nothing, use pause().');
}

export function checkRate(where: string, rate: unknown): void {
  check(isObject(rate), where, 'rate', 'an object { limit, per }', rate, 'To have no limit, leave it out.');
  checkOptions(`${where}: rate`, rate, ['limit', 'per']);
  const { limit, per } = rate as { limit?: unknown; per?: unknown };
  check(Number.isSafeInteger(limit) && (limit as number) > 0, where, 'rate.limit', 'a positive integer', limit, 'To start nothing, use pause().');
  check(Number.isFinite(per) && (per as number) > 0, where, 'rate.per', 'a positive number of milliseconds', per);
}

/** Refuses what is no AbortSignal, of this realm or another. */
export function checkSignal(where: string, what: string, signal: unknown): void {
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>;
  check(signal === undefined || (typeof aborted === 'boolean' && typeof addEventListener === 'function'), where, what, 'an AbortSignal', signal, 'Give controller.signal, not the controller.');
}

export function checkSlots(where: string, slots: unknown): void {
  check(Number.isSafeInteger(slots) && (slots as number) > 0, where, 'slots', 'a positive integer', slots);
}

export function checkGroupName(where: string, name: unknown): void {
  check(typeof name === 'string' && name !== '', where, 'group', 'a string that is not empty', name);
  if (!name.includes('/')) return;
  const ok = !`/${name}/`.includes('//');
  check(ok, where, 'group', 'a name without empty parts', name, 'A slash puts a group within another: "uploads/images".');
}

/** Refuses a value that is none of those which an option may have. */
export function checkChoice(where: string, what: string, value: unknown, choices: readonly unknown[]): void {
  if (!choices.includes(value)) check(false, where, what, choices.map((choice) => JSON.stringify(choice)).join(' or '), value);
}
