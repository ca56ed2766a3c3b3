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
