import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { CensusError } from './census-error.ts';
import { directDependencies } from './direct-dependencies.ts';

/** A package, as far as its place tells. */
export interface FoundPackage {
  /** From the folder of the census on, with slashes everywhere: `a`, `@x/b`, `a/node_modules/c`. */
  readonly path: string;
  readonly folder: string;
  /** What it is installed as. */
  readonly name: string;
  /** Whether the project itself asks for it. */
  readonly direct: boolean;
}

/**
 * Finds the packages of a folder, and those within them. Links are left alone: what they lead to is
 * counted where it is.
 *
 * @throws CensusError for a folder that is missing, cannot be read, or holds a project; and when
 * interrupted, for nothing can be said yet
 */
export async function findPackages(root: string, signal: AbortSignal): Promise<FoundPackage[]> {
  await check(root);
  const direct = await directDependencies(root, signal);
  const found: FoundPackage[] = [];
  const places = [{ folder: root, prefix: '' }];
  for (const { folder, prefix } of places) { // which grow meanwhile
    for (const name of await packageNames(folder)) {
      if (signal.aborted) throw new CensusError('Interrupted before all packages were found', 130);
      const path = prefix + name;
      const inside = join(folder, name);
      found.push({ path, folder: inside, name, direct: prefix === '' && direct.has(name) });
      if ((await subfolders(inside)).includes('node_modules')) {
        places.push({ folder: join(inside, 'node_modules'), prefix: `${path}/node_modules/` });
      }
    }
  }
  return found;
}

async function check(root: string): Promise<void> {
  let names;
  try {
    names = await readdir(root);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CensusError(`There is no folder ${root}`);
    if (code === 'ENOTDIR') throw new CensusError(`${root} is not a folder`);
    throw CensusError.because(`${root} cannot be read`, error);
  }
  if (names.includes('node_modules')) {
    throw new CensusError(`${root} holds a project, not packages. Is it ${join(root, 'node_modules')} that you mean?`);
  }
}

async function packageNames(folder: string): Promise<string[]> {
  const names = [];
  for (const name of await subfolders(folder)) {
    if (name.startsWith('@')) names.push(...(await subfolders(join(folder, name))).map((scoped) => `${name}/${scoped}`));
    else names.push(name);
  }
  return names;
}

/** One that cannot be read counts as empty here: the task that lists its files will say why. */
async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name).sort();
}
