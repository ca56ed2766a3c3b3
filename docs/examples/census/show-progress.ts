import type { Subscription } from 'rxjs';
import type { TaskManager } from 'sluice';

import { progressBars } from './progress-bars.ts';
import { progressLines } from './progress-lines.ts';

export type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean };

export const GROUPS = ['manifests', 'files', 'hashes'];

/** Shows how far the groups are until it is unsubscribed: moving bars on a terminal, lines in a pipe or file. */
export function showProgress(tasks: TaskManager, terminal: Terminal): Subscription {
  const groups = GROUPS.map((name) => tasks.group(name));
  return terminal.isTTY === true ? progressBars(groups, terminal) : progressLines(groups, terminal);
}
