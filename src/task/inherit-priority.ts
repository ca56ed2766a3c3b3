import type { TaskNode } from './task-node.ts';

/**
 * Priority inheritance: a task goes at the highest priority among its own and those of the tasks that
 * wait for it, through any number of steps.
 */

/** A task waits for `node` that may have a higher priority. */
export function raise(node: TaskNode, priority: number): void {
  const raised = [node];
  for (const each of raised) {
    if (!each.unsettled || each.priority >= priority) continue;
    each.extra.own ??= each.priority;
    place(each, priority);
    for (const { task, done } of each.links) if (task && !done) raised.push(task);
  }
}

/** Those who want `node` have changed, or its own priority has: finds its priority anew, and those upstream. */
export function reconsider(node: TaskNode): void {
  const changed = [node];
  for (const each of changed) {
    const own = each.extras?.own ?? each.priority;
    let priority = own;
    for (const { target } of each.downstream) priority = Math.max(priority, target.priority);
    const before = each.priority;
    if (priority > own) each.extra.own = own;
    else if (each.extras) each.extras.own = undefined;
    if (priority === before) continue;
    place(each, priority);
    for (const { task, done } of each.links) if (task && !done) changed.push(task);
  }
}

function place(node: TaskNode, priority: number): void {
  if (node.position === -1) node.priority = priority;
  else node.record.move(node, priority);
  node.registry.changed(node);
}
