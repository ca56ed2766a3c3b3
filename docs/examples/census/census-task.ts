import type { Task, TaskManager } from 'sluice';

import { type Census, toCensus } from './census.ts';
import type { FoundPackage } from './find-packages.ts';
import type { HashFiles } from './hash-files.ts';
import { packageTask } from './package-task.ts';

/** The task that everything leads to: subscribing to it starts all the others, each when its turn comes. */
export function censusTask(tasks: TaskManager, folder: string, packages: readonly FoundPackage[], hash?: HashFiles): Task<Census> {
  return tasks.task((entries) => toCensus(folder, packages.length, Object.values(entries)), {
    name: 'census',
    upstream: Object.fromEntries(packages.map((found) => [found.path, packageTask(tasks, found, hash)])),
  });
}
