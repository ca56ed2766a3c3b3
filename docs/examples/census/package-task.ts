import type { Task, TaskManager } from 'sluice';

import type { FoundPackage } from './find-packages.ts';
import { hashFiles, type HashFiles } from './hash-files.ts';
import { listFiles } from './list-files.ts';
import { outcome } from './outcome.ts';
import { type PackageEntry, toEntry } from './package-entry.ts';
import { readManifest } from './read-manifest.ts';

/**
 * Three tasks for a package, and one that joins them. The three know nothing of each other, but that
 * `hashes` gets what `files` has found. Whether all of them get what they ask for, the compiler checks.
 */
export function packageTask(tasks: TaskManager, found: FoundPackage, hash: HashFiles = hashFiles): Task<PackageEntry> {
  const { path, folder, direct } = found;
  const priority = direct ? 1 : 0;
  const kwargs = { folder };

  const manifest = tasks.task(readManifest, { name: `manifest of ${path}`, group: 'manifests', priority, kwargs });
  const files = tasks.task(listFiles, { name: `files of ${path}`, group: 'files', priority, kwargs });
  const hashes = tasks.task(hash, { name: `hashes of ${path}`, group: 'hashes', priority, kwargs, upstream: { files } });

  return tasks.task(toEntry, {
    name: path,
    group: 'packages',
    priority,
    kwargs: { found },
    upstream: { manifest: outcome(manifest), files: outcome(files), hashes: outcome(hashes) },
  });
}
