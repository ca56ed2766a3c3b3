import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { announceEndsFirst } from './announce.ts';
import { relink } from './join.ts';
import { leave, refresh, yielded } from './lifecycle.ts';
import { disconnect } from './links.ts';
import { NONE } from './merge-kwargs.ts';
import { runAccess } from './run-access.ts';
import { withdrawUnneeded } from './settle.ts';
import type { Run, TaskHost, TaskNode } from './task-node.ts';

/**
 * Forgets the results of tasks, and lets what is under way for them, or for something downstream of
 * them, begin anew.
 */
export function invalidateAll(registry: TaskHost, nodes: readonly TaskNode[]): void {
  if (nodes.length === 0) return;
  registry.agenda.hold();
  const time = registry.invalidate(nodes);
  nodes.forEach(refresh);
  // Not what was out of date before: that goes on. In the order in which they were made, upstream first.
  const stale = registry.unsettled()
    .filter((node) => registry.freshness.isStale(node, time))
    .map((node) => ({ node, order: node.order }));
  for (const { node, order } of stale) if (node.isQueuedAs(order)) beginAnew(node);
  registry.agenda.release();
  registry.wake();
}

function beginAnew(node: TaskNode): void {
  const { registry, order, definition: { upstream } } = node;
  for (const { task } of upstream) if (task) announceEndsFirst(task);
  if (!node.isQueuedAs(order)) return; // a listener has ended it
  const unneeded: TaskNode[] = [];
  disconnect(node, unneeded);
  node.extras?.stopTimer();
  let run: Run | undefined;
  if (node.isQueuedAs(order)) { // teardowns have been called, and may have ended it
    run = leave(node, 'waiting');
    node.result = NONE;
    node.attempt = 0;
    registry.freshness.renew(node, registry.nextOrder());
    node.extras?.endPolicies('cancelled');
    if (run && node.isQueuedAs(order)) yielded(node, 'replaced');
    if (node.isQueuedAs(order)) relink(node);
  }
  for (const each of unneeded) if (each.unsettled && !each.needed) withdrawUnneeded(each);
  if (run === undefined) return;
  runAccess.stop(run, new TaskCancelledError(node.name));
  runAccess.release(run);
}
