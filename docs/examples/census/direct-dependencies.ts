import { dirname } from 'node:path';

import { readManifest } from './read-manifest.ts';

/**
 * What the package.json next to a node_modules folder asks for. Only the order of the census depends
 * on it, so that without one there are none.
 */
export async function directDependencies(folder: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  try {
    const { dependencies } = await readManifest({ folder: dirname(folder) }, { signal });
    return new Set(dependencies);
  } catch {
    return new Set();
  }
}
