import { InvalidInputError } from '../index.ts';

/** Refuses options that are no object, or have a name which does not exist. */
export function refuseUnknown(where: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new InvalidInputError(`${where}: options`, 'an object', options);
  for (const name in options) {
    if (!names.includes(name)) throw new InvalidInputError(`${where}: the option "${name}"`, `one of ${names.join(', ')}`, name);
  }
}
