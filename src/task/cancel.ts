import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { checkChoice, checkOptions } from '../scheduler/validate.ts';
import { reconsider } from './inherit-priority.ts';
import { completed } from './links.ts';
import { NONE } from './merge-kwargs.ts';
import { end, type Ending, inOrderMade, withdraw } from './settle.ts';
import type { CancelOptions } from './task.ts';
import type { TaskNode } from './task-node.ts';

/**
 * Cancels tasks, and whatever the options reach from them. Settled ones are left alone.
 *
 * @param where - the call that was given the options
 * @param what - what is cancelled, for the error
 * @param cause - why, if there is more to say
 */
export function cancel(where: string, nodes: readonly TaskNode[], what: string, options: CancelOptions, cause?: unknown): void {
  checkOptions(where, options, ['downstream', 'upstream']);
  const { downstream = true, upstream = 'unneeded' } = options;
  checkChoice(where, 'downstream', downstream, [true, false]);
  checkChoice(where, 'upstream', upstream, ['all', 'unneeded', 'none']);
  const registry = nodes[0]?.registry;
  if (registry === undefined) return;
  // Each with its queueing: it may have settled and been queued again before its turn comes.
  const reached = new Map<TaskNode, number>();
  const reach = (node: TaskNode): void => {
    if (node.unsettled && !reached.has(node)) reached.set(node, node.order);
  };
  nodes.forEach(reach);
  for (const node of reached.keys()) {
    if (downstream) for (const link of inOrderMade(node.downstream)) reach(link.target);
    if (upstream === 'all') for (const { task, done } of node.links) if (task && !done) reach(task);
  }
  const reason = new TaskCancelledError(what, cause === undefined ? undefined : { cause });
  const ending: Ending = { runs: [], unneeded: [] };
  const cancelling = [...reached];
  const outer = registry.cancelling;
  registry.cancelling = { reached, outer };
  for (const [i, [node, order]] of cancelling.entries()) {
    if (!node.isQueuedAs(order)) continue;
    end(node, { type: 'cancelled', task: node, withdrawn: false }, reason, ending, (links) => {
      if (upstream === 'none') {
        for (const task of ending.unneeded.splice(0)) {
          task.held = true;
          reconsider(task);
        }
      }
      for (const link of links) {
        const { target } = link;
        // Its turn will come, or has come; or it has been queued anew, and has nothing to do with this link.
        if (reached.get(target) === target.order || link.done) continue;
        // One that was queued while the others were being cancelled is reached as well.
        if (downstream) cancelling.push([target, target.order]);
        else completed(link, NONE);
      }
      return i + 1 < cancelling.length;
    });
  }
  registry.cancelling = outer;
  withdraw(registry, ending);
}
