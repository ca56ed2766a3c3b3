import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { UpstreamFailedError } from '../errors/upstream-failed-error.ts';
import { completed, disconnect } from './join.ts';
import type { Link } from './link.ts';
import { NONE } from './merge-kwargs.ts';
import { notify } from './subscribers.ts';
import type { CancelOptions } from './task.ts';
import type { TaskNode } from './task-node.ts';
import type { TaskRun } from './task-run.ts';

/**
 * How runs settle. The order is always the same: the result reaches the tasks downstream, then the
 * subscribers; the task's own event; the end of its group; its slot is free; the next one starts.
 *
 * Everything here is a loop over a list that grows, so that long chains need no stack, and looks at
 * each task anew when its turn comes: the code of others is called in between, and may do anything.
 */

/** Settles a task whose function has ended well. A live task waits for the next combination instead. */
export function complete(first: TaskNode): void {
  const { registry } = first;
  const runs: (TaskRun | undefined)[] = [];
  const completing = [first];
  for (const node of completing) {
    if (node.links.some((link) => !link.done)) {
      runs.push(node.rest());
      continue;
    }
    const { result, subscribers, downstream, record } = node;
    runs.push(node.settle('completed', result));
    for (const link of downstream) if (completed(link, result)) completing.push(link.target);
    registry.tell();
    notify(subscribers, (subscriber) => { subscriber.complete(); });
    if (record.observed) {
      record.emit({ type: 'completed', task: node, result: result === NONE ? undefined : result, time: registry.scheduler.now() });
    }
    registry.finish(record);
  }
  conclude(first, runs);
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
  const runs: (TaskRun | undefined)[] = [];
  const unneeded: TaskNode[] = [];
  for (const { node, order, error, link } of failures) {
    if (!node.isQueuedAs(order) || (link && !node.links.includes(link))) continue;
    const reason = link ? new UpstreamFailedError(node.name, link.name, error) : error;
    const { subscribers, downstream, record } = node;
    disconnect(node, unneeded);
    runs.push(stop(node.settle('failed', reason), reason));
    for (const each of inOrderMade(downstream)) {
      failures.push({ node: each.target, order: each.target.order, error: reason, link: each });
    }
    registry.tell();
    notify(subscribers, (subscriber) => { subscriber.error(reason); });
    if (record.observed) record.emit({ type: 'failed', task: node, error: reason, time: registry.scheduler.now() });
    registry.finish(record);
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

/** Cancels tasks, and whatever the options reach from them. Settled ones are left alone. */
export function cancel(nodes: readonly TaskNode[], what: string, { downstream = true, upstream = 'unneeded' }: CancelOptions): void {
  const reached = new Set(nodes.filter((node) => node.unsettled));
  const [first] = reached;
  if (first === undefined) return;
  for (const node of reached) {
    if (downstream) for (const link of inOrderMade(node.downstream)) reached.add(link.target);
    if (upstream === 'all') for (const { task, done } of node.links) if (task && !done) reached.add(task);
  }
  const { registry } = first;
  const reason = new TaskCancelledError(what);
  const orders = Array.from(reached, (node) => node.order);
  const runs: (TaskRun | undefined)[] = [];
  const unneeded: TaskNode[] = [];
  let i = 0;
  for (const node of reached) {
    if (!node.isQueuedAs(orders[i++] as number)) continue;
    const { subscribers, downstream: links, record } = node;
    disconnect(node, unneeded);
    if (upstream === 'none') for (const task of unneeded.splice(0)) task.held = true;
    runs.push(stop(node.settle('cancelled', reason), reason));
    // Those that are not cancelled themselves go on without this result.
    for (const link of links) if (!reached.has(link.target) && completed(link, NONE)) complete(link.target);
    registry.tell();
    notify(subscribers, (subscriber) => { subscriber.error(reason); });
    if (record.observed) record.emit({ type: 'cancelled', task: node, withdrawn: false, time: registry.scheduler.now() });
    registry.finish(record);
  }
  withdraw(unneeded, runs);
  conclude(first, runs);
}

/** Ends a run that no one wants any more, and of its upstream what no one else wants. */
export function withdrawUnneeded(node: TaskNode): void {
  const runs: (TaskRun | undefined)[] = [];
  withdraw([node], runs);
  conclude(node, runs);
}

function withdraw(unneeded: TaskNode[], runs: (TaskRun | undefined)[]): void {
  for (const node of unneeded) {
    if (!node.unsettled || node.needed) continue;
    const { record, registry } = node;
    const reason = new TaskCancelledError(node.name);
    disconnect(node, unneeded);
    runs.push(stop(node.settle('cancelled', reason), reason));
    registry.tell();
    if (record.observed) record.emit({ type: 'cancelled', task: node, withdrawn: true, time: registry.scheduler.now() });
    registry.finish(record);
  }
}

function stop(run: TaskRun | undefined, reason: unknown): TaskRun | undefined {
  run?.stop(reason);
  return run;
}

/** Frees the slots, lets the next ones start, and tells those who wait for the end. */
function conclude({ registry }: TaskNode, runs: readonly (TaskRun | undefined)[]): void {
  for (const run of runs) run?.release();
  registry.wake();
  registry.ended();
}

function inOrderMade(links: readonly Link[]): readonly Link[] {
  return links.length < 2 ? links : links.slice().sort((a, b) => a.target.id - b.target.id);
}
