import { InvalidInputError } from '../index.ts';

/** Ids become parts of keys: they have no character that means something there. */
export function checkRunId(where: string, id: unknown): asserts id is string {
  if (typeof id !== 'string' || !/^[\w-]{1,128}$/.test(id)) {
    throw new InvalidInputError(`${where}: id`, 'up to 128 letters, digits, "-" and "_"', id);
  }
}
