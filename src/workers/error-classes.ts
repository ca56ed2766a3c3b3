import { InvalidInputError } from '../index.ts';
import { NotCloneableError } from './not-cloneable-error.ts';

/** A class of errors, whatever its constructor takes. */
export type ErrorClass = abstract new (...inputs: never) => Error;

const classes = new Map<string, ErrorClass>([['NotCloneableError', NotCloneableError]]);

/**
 * Makes errors of your own classes arrive as such, so that `instanceof` holds on the other side. Both sides have to
 * call it, the worker and whoever has the pool, with the same names: best in a module that both import.
 *
 * An error of such a class arrives with that prototype, and with its name, message, stack, cause and fields. Its
 * constructor is not called, so what it keeps in `#private` fields is not there.
 *
 * @param errors - the classes, by names that both sides use (a minifier changes the name of a class)
 * @throws InvalidInputError for what is no class of errors
 *
 * @example
 * ```ts
 * import { registerErrors } from 'sluice/workers';
 *
 * export class QuotaError extends Error {
 *   override readonly name = 'QuotaError';
 *   left = 0;
 * }
 * registerErrors({ QuotaError });
 * ```
 */
export function registerErrors(errors: Readonly<Record<string, ErrorClass>>): void {
  for (const [name, type] of Object.entries<unknown>(errors)) {
    if (typeof type !== 'function' || !(type.prototype instanceof Error)) throw new InvalidInputError(`registerErrors(): ${name}`, 'a class of errors', type);
    classes.set(name, type as unknown as ErrorClass);
  }
}

/** The name under which the class of an error, or the nearest one that it extends, is registered. */
export function registeredName(error: Error): string | undefined {
  for (let proto: unknown = Object.getPrototypeOf(error); proto !== null && proto !== Error.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const [name, type] of classes) if (type.prototype === proto) return name;
  }
  return undefined;
}

export function registeredClass(name: string | undefined): ErrorClass | undefined {
  return name === undefined ? undefined : classes.get(name);
}
