import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { isOutdated } from './freshness.ts';
import { relink } from './join.ts';
import { disconnect } from './link.ts';
import { NONE } from './merge-kwargs.ts';
import type { Registry } from './registry.ts';
import { withdrawUnneeded } from './settle.ts';
import type { TaskNode } from './task-node.ts';

/**
 * Forgets the results of tasks, and lets what is under way for them, or for something downstream of
 * them, begin anew.
 */
export function invalidateAll(registry: Registry, nodes: readonly TaskNode[]): void {
  if (nodes.length === 0) return;
  registry.epoch++;
  registry.forgotten(nodes);
  // In the order in which they were made, so that upstream comes first.
  const stale = registry.unsettled().filter((node) => isOutdated(node)).map((node) => ({ node, order: node.order }));
  registry.pump.held++;
  for (const { node, order } of stale) if (node.isQueuedAs(order)) beginAnew(node);
  registry.pump.held--;
  registry.wake();
}

function beginAnew(node: TaskNode): void {
  const { registry } = node;
  if (node.position !== -1) node.record.remove(node);
  const run = node.leaveRun('waiting');
  node.result = NONE;
  node.attempt = 0;
  node.epoch = registry.epoch;
  node.dropExtras();
  const unneeded: TaskNode[] = [];
  disconnect(node, unneeded);
  relink(node);
  for (const each of unneeded) if (each.unsettled && !each.needed) withdrawUnneeded(each);
  run?.stop(new TaskCancelledError(node.name));
  run?.release();
}
