import { lstat, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';

import type { TaskContext } from 'sluice';

export interface MeasuredFile {
  /** From the package on, with slashes everywhere. */
  readonly path: string;
  readonly bytes: number;
}

/** The files of a package, without the packages within it, and without links. */
export async function listFiles(
  { folder }: { readonly folder: string },
  { signal }: Pick<TaskContext, 'signal'>,
): Promise<readonly MeasuredFile[]> {
  const files: MeasuredFile[] = [];
  const places = ['.'];
  for (const place of places) { // which grow meanwhile
    for (const entry of await readdir(join(folder, place), { withFileTypes: true })) {
      signal.throwIfAborted();
      const path = posix.join(place, entry.name);
      if (entry.isDirectory() && path !== 'node_modules') places.push(path);
      if (entry.isFile()) files.push({ path, bytes: (await lstat(join(folder, path))).size });
    }
  }
  return files;
}
