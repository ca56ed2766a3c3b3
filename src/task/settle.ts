import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { UpstreamFailedError } from '../errors/upstream-failed-error.ts';
import { checkChoice, checkOptions } from '../scheduler/validate.ts';
import { completed, disconnect } from './join.ts';
import type { Link } from './link.ts';
import { NONE } from './merge-kwargs.ts';
import { notify, type Subscribers } from './subscribers.ts';
import type { CancelOptions } from './task.ts';
import type { TaskCancelled, TaskFailed } from './task-event.ts';
import type { TaskNode } from './task-node.ts';
import { TaskRun } from './task-run.ts';

/**
 * How runs settle. The order is always the same: the result reaches the tasks downstream, then the
 * subscribers; the task's own event; the end of its group; its slot is free; the next one starts.
 *
 * Everything here is a loop over a list that grows, so that long chains need no stack, and looks at
 * each task anew when its turn comes: the code of others is called in between, and may do anything.
 */

/**
 * Settles a task whose function has ended well. A live task waits for the next combination instead.
 *
 * @param last - a value that its subscribers have not been told yet, or `NONE`
 */
export function complete(node: TaskNode, last: unknown): void {
  const completing: TaskNode[] = [];
  completeOne(node, last, completing);
  // What the first has told others may have ended the next ones meanwhile.
  for (const next of completing) if (next.exhausted) completeOne(next, NONE, completing);
}

function completeOne(node: TaskNode, last: unknown, completing: TaskNode[]): void {
  if (node.links.length > 0 && node.links.some((link) => !link.done)) {
    const { subscribers } = node;
    const run = node.rest();
    if (last !== NONE) notify(subscribers, 'next', last);
    conclude(node, run);
    return;
  }
  const { result, subscribers, downstream, record, registry } = node;
  const run = node.settle('completed', result);
  for (const link of downstream) if (completed(link, result)) completing.push(link.target);
  registry.tell();
  if (last !== NONE) notify(subscribers, 'next', last);
  notify(subscribers, 'complete');
  if (record.observed) {
    record.emit({ type: 'completed', task: node, result: result === NONE ? undefined : result, time: registry.now() });
  }
  registry.finish(record);
  conclude(node, run);
}

/** Settles a task that has failed, and breadth first everything downstream of it. */
export function fail(node: TaskNode, error: unknown): void {
  const { registry } = node;
  const failure: Failure = { node, order: node.order, error, link: undefined };
  if (registry.failures) {
    // A failure in the middle of another's: through an Observable between tasks, or in a listener.
    registry.failures.push(failure);
    return;
  }
  const failures: Failure[] = (registry.failures = [failure]);
  const runs: TaskRun[] = [];
  const unneeded: TaskNode[] = [];
  for (const [i, { node, order, error, link }] of failures.entries()) {
    if (!node.isQueuedAs(order) || (link && !node.links.includes(link))) continue;
    const reason = link ? new UpstreamFailedError(node.name, link.name, error) : error;
    const { subscribers, downstream } = node;
    disconnect(node, unneeded);
    stop(node.settle('failed', reason), reason, runs);
    for (const each of inOrderMade(downstream)) {
      failures.push({ node: each.target, order: each.target.order, error: reason, link: each });
    }
    announce(node, { type: 'failed', task: node, error: reason }, subscribers, reason, i + 1 < failures.length);
  }
  registry.failures = undefined;
  withdraw(unneeded, runs);
  conclude(node, runs);
}

/** A failure that is still to be dealt with: of a task itself, or come down a link. */
export interface Failure {
  readonly node: TaskNode;
  /** The queueing it belongs to: the task may have settled and been queued again meanwhile. */
  readonly order: number;
  readonly error: unknown;
  readonly link: Link | undefined;
}

/**
 * Cancels tasks, and whatever the options reach from them. Settled ones are left alone.
 *
 * @param where - the call that was given the options
 * @param what - what is cancelled, for the error
 */
export function cancel(where: string, nodes: readonly TaskNode[], what: string, options: CancelOptions): void {
  checkOptions(where, options, ['downstream', 'upstream']);
  const { downstream = true, upstream = 'unneeded' } = options;
  checkChoice(where, 'downstream', downstream, [true, false]);
  checkChoice(where, 'upstream', upstream, ['all', 'unneeded', 'none']);
  // Each with its queueing: it may have settled and been queued again before its turn comes.
  const reached = new Map<TaskNode, number>();
  const reach = (node: TaskNode): void => {
    if (node.unsettled && !reached.has(node)) reached.set(node, node.order);
  };
  nodes.forEach(reach);
  const [first] = reached.keys();
  if (first === undefined) return;
  for (const node of reached.keys()) {
    if (downstream) for (const link of inOrderMade(node.downstream)) reach(link.target);
    if (upstream === 'all') for (const { task, done } of node.links) if (task && !done) reach(task);
  }
  const reason = new TaskCancelledError(what);
  const runs: TaskRun[] = [];
  const unneeded: TaskNode[] = [];
  const cancelling = [...reached];
  for (const [i, [node, order]] of cancelling.entries()) {
    if (!node.isQueuedAs(order)) continue;
    const { subscribers, downstream: links } = node;
    disconnect(node, unneeded);
    if (upstream === 'none') for (const task of unneeded.splice(0)) task.held = true;
    stop(node.settle('cancelled', reason), reason, runs);
    for (const link of links) {
      const { target } = link;
      if (reached.get(target) === target.order) continue; // its turn will come, or has come
      // One that was queued while the others were being cancelled is reached as well.
      if (downstream) cancelling.push([target, target.order]);
      else if (completed(link, NONE)) complete(target, NONE);
    }
    announce(node, { type: 'cancelled', task: node, withdrawn: false }, subscribers, reason, i + 1 < cancelling.length);
  }
  withdraw(unneeded, runs);
  conclude(first, runs);
}

/** Ends a run that no one wants any more, and of its upstream what no one else wants. */
export function withdrawUnneeded(node: TaskNode): void {
  const runs: TaskRun[] = [];
  withdraw([node], runs);
  conclude(node, runs);
}

function withdraw(unneeded: TaskNode[], runs: TaskRun[]): void {
  for (const node of unneeded) {
    if (!node.unsettled || node.needed) continue;
    const reason = new TaskCancelledError(node.name);
    disconnect(node, unneeded);
    stop(node.settle('cancelled', reason), reason, runs);
    announce(node, { type: 'cancelled', task: node, withdrawn: true }, undefined, reason, true);
  }
}

/**
 * Tells a task's subscribers and listeners that it has ended without a result.
 *
 * @param more - whether others are to end with it: nothing starts before they have
 */
function announce(
  { record, registry }: TaskNode,
  event: Omit<TaskFailed, 'time'> | Omit<TaskCancelled, 'time'>,
  subscribers: Subscribers<never>,
  reason: unknown,
  more: boolean,
): void {
  if (more) registry.hold();
  registry.tell();
  notify(subscribers, 'error', reason);
  if (record.observed) record.emit({ ...event, time: registry.now() });
  registry.finish(record);
  if (more) registry.letGo();
}

function stop(run: TaskRun | undefined, reason: unknown, runs: TaskRun[]): void {
  if (run === undefined) return;
  run.stop(reason);
  runs.push(run);
}

/** Frees the slots, lets the next ones start, and tells those who wait for the end. */
function conclude({ registry }: TaskNode, runs: TaskRun | undefined | readonly TaskRun[]): void {
  if (runs instanceof TaskRun) runs.release();
  else if (runs) for (const run of runs) run.release();
  registry.wake();
  registry.ended();
}

function inOrderMade(links: readonly Link[]): readonly Link[] {
  return links.length < 2 ? links : links.slice().sort((a, b) => a.target.id - b.target.id);
}
