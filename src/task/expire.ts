import { TaskExpiredError } from '../errors/task-expired-error.ts';
import { fail } from './settle.ts';
import type { TaskNode } from './task-node.ts';

/** Lets a task that has been queued fail, unless it has its slot in time. */
export function expire(node: TaskNode, expires: number): void {
  node.extra.timer = node.registry.host.schedule(() => { fail(node, new TaskExpiredError(node.name, expires)); }, expires);
}
