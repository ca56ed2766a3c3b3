import { InvalidInputError } from '../errors/invalid-input-error.ts';

/** Refuses options that are no object, or have a name which does not exist. */
export function checkOptions(where: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidInputError({ where: `${where}: options`, expected: 'an object', received: options });
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new InvalidInputError({ where: `${where}: the option "${name}"`, expected: `one of ${names.join(', ')}`, received: name });
    }
  }
}

export function checkPriority(where: string, priority: unknown): asserts priority is number {
  if (typeof priority !== 'number' || !Number.isFinite(priority)) {
    throw new InvalidInputError({ where: `${where}: priority`, expected: 'a finite number', received: priority });
  }
}

export function checkConcurrency(where: string, concurrency: unknown): asserts concurrency is number {
  if (concurrency !== Infinity && !(Number.isSafeInteger(concurrency) && (concurrency as number) > 0)) {
    throw new InvalidInputError({
      where: `${where}: concurrency`,
      expected: 'a positive integer or Infinity',
      received: concurrency,
      hint: 'To start nothing, use pause().',
    });
  }
}

export function checkGroupName(where: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '') {
    throw new InvalidInputError({ where: `${where}: group`, expected: 'a string that is not empty', received: name });
  }
}

/** Refuses a value that is none of those which an option may have. */
export function checkChoice(where: string, value: unknown, choices: readonly unknown[]): void {
  if (!choices.includes(value)) {
    const expected = choices.map((choice) => JSON.stringify(choice)).join(' or ');
    throw new InvalidInputError({ where, expected, received: value });
  }
}
