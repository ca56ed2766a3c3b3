import { InvalidInputError } from '../index.ts';

interface Surroundings {
  readonly process?: { readonly versions?: { readonly node?: string }; readonly getBuiltinModule?: (name: string) => unknown };
}

/**
 * A module of Node, without an import that a page could not load; undefined in a page.
 *
 * @throws InvalidInputError in a version of Node that has no way to it
 */
export function builtin<Module>(name: string): Module | undefined {
  const { process } = globalThis as Surroundings;
  const node = process?.versions?.node;
  if (node === undefined) return undefined;
  if (process!.getBuiltinModule === undefined) {
    throw new InvalidInputError('sluice/workers: the version of Node', '20.16 or later, of 22 at least 22.3', node);
  }
  return process!.getBuiltinModule(name) as Module;
}
