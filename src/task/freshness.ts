import type { TaskNode } from './task-node.ts';
import { upstreamFirst } from './upstream-first.ts';

/**
 * Whether a kept result is out of date: the task itself, or something upstream of it, was invalidated
 * after the run that made it was queued.
 *
 * It is found out when someone looks, not told to everyone downstream: for that, a task would have to
 * know the settled tasks downstream of it, and keep them alive.
 */
export function isOutdated(node: TaskNode): boolean {
  return node.epoch !== node.registry.epoch && forgottenIn(node) > node.epoch;
}

/** The latest epoch in which the task or something upstream of it was invalidated. */
export function forgottenIn(node: TaskNode): number {
  const { invalidated, outdated } = node.registry;
  upstreamFirst(
    node,
    (each) => {
      if (outdated.has(each)) return false;
      outdated.set(each, invalidated.get(each) ?? 0);
      return true;
    },
    (each) => {
      let latest = outdated.get(each) as number;
      for (const { task } of each.definition.upstream) if (task) latest = Math.max(latest, outdated.get(task) as number);
      outdated.set(each, latest);
    },
  );
  return outdated.get(node) as number;
}
