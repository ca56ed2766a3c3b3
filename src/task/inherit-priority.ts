import { rank } from './downstream.ts';
import { runAccess } from './run-access.ts';
import type { TaskNode } from './task-node.ts';

/**
 * Priority inheritance: a task goes at the highest priority among its own and those of the tasks that
 * wait for it, through any number of steps.
 */

/** Has what `node` waits for go at its priority, where that is higher. */
export function handOn(node: TaskNode): void {
  if (!node.registry.inherits) return;
  for (const { task, position } of node.links) {
    if (task && position >= 0 && task.priority < node.priority) reconsider(task);
  }
}

/** Finds the priority of a task anew, as those who want it, or `own`, have changed, and of what it waits for. */
export function reconsider(root: TaskNode, own: number = ownPriority(root)): void {
  if (!update(root, own)) return;
  const changed = [root];
  for (const node of changed) {
    for (const link of node.links) {
      const { task } = link;
      if (task === undefined || link.position < 0) continue;
      rank(task, link);
      if (update(task, ownPriority(task))) changed.push(task);
    }
    for (const child of runAccess.children(node.current)?.followers ?? []) if (update(child, ownPriority(child))) changed.push(child);
  }
}

/** The priority that a task has been given, whoever wants it. */
export function ownPriority({ extras, priority }: TaskNode): number {
  return extras?.own ?? priority;
}

function update(node: TaskNode, own: number): boolean {
  const { downstream, extras, registry } = node;
  // A task without a priority of its own has that of those whose functions run it.
  let priority = extras?.parents?.quiet === true ? -Infinity : own;
  const most = registry.inherits ? downstream[0] : undefined;
  if (most !== undefined && most.priority > priority) priority = most.priority;
  for (const parent of extras?.parents?.nodes ?? []) priority = Math.max(priority, parent.priority);
  if (priority !== own) node.extra.own = own;
  else if (extras) extras.own = undefined;
  if (priority === node.priority) return false;
  if (node.position === -1) node.priority = priority;
  else node.record.move(node, priority);
  registry.changed(node);
  return true;
}
