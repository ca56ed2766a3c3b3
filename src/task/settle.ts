import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { UpstreamFailedError } from '../errors/upstream-failed-error.ts';
import { checkChoice, checkOptions } from '../scheduler/validate.ts';
import { reconsider } from './inherit-priority.ts';
import { disconnect, type Link } from './link.ts';
import { NONE } from './merge-kwargs.ts';
import type { Registry } from './registry.ts';
import { notify, type Subscribers } from './subscribers.ts';
import type { CancelOptions } from './task.ts';
import type { TaskCancelled, TaskFailed, TaskSkipped } from './task-event.ts';
import type { TaskNode } from './task-node.ts';
import type { TaskRun } from './task-run.ts';
import { isFallback } from './upstream-policy.ts';

/**
 * How runs settle. The order is always the same: the result reaches the tasks downstream, then the
 * subscribers; the task's own event; the end of its group; its slot is free; the next one starts.
 *
 * Everything here is a loop over a list that grows, so that long chains need no stack, and looks at
 * each task anew when its turn comes: the code of others is called in between, and may do anything.
 */

/** Takes a value of a task's function, and hands it to the live tasks downstream. False when that has ended the run. */
function pass(node: TaskNode, value: unknown): boolean {
  const { current, downstream } = node;
  node.result = value;
  if (downstream.length === 0) return true;
  // A copy: to replace a run aborts its signal, and who listens to that may do anything.
  const live = downstream.filter(({ target }) => target.definition.rules.live);
  for (const link of live) link.emitted(value);
  if (live.length > 0) node.registry.wake();
  return node.current === current;
}

/** A task's function has emitted a value. */
export function emit(node: TaskNode, value: unknown): void {
  const subscribers = subscribersBefore(node);
  if (pass(node, value)) notify(subscribers, 'next', value);
}

/** Who is to be told a value: not those that come while it is passed on, and are given it as the latest. */
function subscribersBefore({ subscribers, downstream }: TaskNode): Subscribers<unknown> {
  return downstream.length > 0 && subscribers instanceof Set ? new Set(subscribers) : subscribers;
}

/**
 * Settles a task whose function has ended well. A live task waits for the next combination instead.
 *
 * @param last - a value that is still to be told, or `NONE`
 */
export function complete(node: TaskNode, last: unknown): void {
  const subscribers = subscribersBefore(node);
  if (last !== NONE && !pass(node, last)) return;
  const { registry } = node;
  const outer = registry.completing;
  const completing: TaskNode[] = (registry.completing = []);
  completeOne(node, last, completing, subscribers);
  // What the first has told others may have ended the next ones meanwhile.
  for (const next of completing) if (next.exhausted) completeOne(next, NONE, completing);
  registry.completing = outer;
}

function completeOne(node: TaskNode, last: unknown, completing: TaskNode[], before?: Subscribers<unknown>): void {
  const { result, subscribers, downstream, links, record, registry } = node;
  const more = node.nextCombination();
  if (more || (links.length > 0 && links.some((link) => !link.done))) {
    const run = node.rest();
    if (more) node.enqueue();
    if (last !== NONE) notify(before, 'next', last);
    conclude(registry, run);
    return;
  }
  const run = node.settle('completed', result);
  for (const link of downstream) if (link.completed(result)) completing.push(link.target);
  registry.tell();
  if (last !== NONE) notify(before, 'next', last);
  notify(subscribers, 'complete');
  if (record.observed) {
    record.emit({ type: 'completed', task: node, result: result === NONE ? undefined : result, time: registry.now() });
  }
  registry.finish(record);
  conclude(registry, run);
}

/** Settles a task that has failed, and breadth first everything downstream of it. */
export function fail(node: TaskNode, error: unknown): void {
  const { registry } = node;
  failAll(registry, { node, order: node.order, error, link: undefined });
}

/** An upstream that is no task of the same manager has failed. */
export function failUpstream(link: Link, error: unknown): void {
  const { target } = link;
  failAll(target.registry, { node: target, order: target.order, error, link });
}

/** Stands for the error of a task that was skipped. */
const SKIPPED: unique symbol = Symbol('skipped');

function failAll(registry: Registry, failure: Failure): void {
  if (registry.failures) {
    // A failure in the middle of another's: through an Observable between tasks, or in a listener.
    registry.failures.push(failure);
    return;
  }
  const failures: Failure[] = (registry.failures = [failure]);
  const ending: Ending = { runs: [], unneeded: [] };
  for (const [i, { node, order, error, link }] of failures.entries()) {
    if (!node.isQueuedAs(order) || link?.done || registry.isCancelling(node)) continue;
    const policy = link?.onError;
    if (link && (policy === 'continue' || isFallback(policy))) {
      registry.pump.held++; // until the cascade is through
      if (isFallback(policy)) link.emitted(policy.fallback);
      if (link.completed(isFallback(policy) ? policy.fallback : NONE)) complete(node, NONE);
      registry.pump.held--;
      continue;
    }
    const skipped = policy === 'skip' || error === SKIPPED;
    const reason = skipped ? new TaskCancelledError(node.name) : link ? new UpstreamFailedError(node.name, link.name, error) : error;
    end(node, skipped ? { type: 'skipped', task: node } : { type: 'failed', task: node, error: reason }, reason, ending, (downstream) => {
      for (const each of inOrderMade(downstream)) {
        failures.push({ node: each.target, order: each.target.order, error: skipped ? SKIPPED : reason, link: each });
      }
      return i + 1 < failures.length;
    });
  }
  registry.failures = undefined;
  withdraw(registry, ending);
}

/** A failure that is still to be dealt with: of a task itself, or come down a link. */
export interface Failure {
  readonly node: TaskNode;
  /** The queueing it belongs to: the task may have settled and been queued again meanwhile. */
  readonly order: number;
  readonly error: unknown;
  readonly link: Link | undefined;
}

/** Tasks that are being cancelled, each with its queueing. */
export interface Cancelling {
  readonly reached: ReadonlyMap<TaskNode, number>;
  /** Those in the middle of whose cancel this one is. */
  readonly outer: Cancelling | undefined;
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
  for (const node of reached.keys()) {
    if (downstream) for (const link of inOrderMade(node.downstream)) reach(link.target);
    if (upstream === 'all') for (const { task, done } of node.links) if (task && !done) reach(task);
  }
  const reason = new TaskCancelledError(what);
  const ending: Ending = { runs: [], unneeded: [] };
  const cancelling = [...reached];
  const registry = nodes[0]?.registry;
  const outer = registry?.cancelling;
  if (registry) registry.cancelling = { reached, outer };
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
        else if (link.completed(NONE)) complete(target, NONE);
      }
      return i + 1 < cancelling.length;
    });
  }
  if (!registry) return;
  registry.cancelling = outer;
  withdraw(registry, ending);
}

/** Ends a run that no one wants any more, and of its upstream what no one else wants. */
export function withdrawUnneeded(node: TaskNode): void {
  const { registry } = node;
  // In the middle of another's: through an Observable between tasks, or in a listener.
  if (registry.unneeded) registry.unneeded.push(node);
  else withdraw(registry, { runs: [], unneeded: [node] });
}

/** What is left to do when tasks have ended without a result. */
interface Ending {
  /** Runs that have been stopped: their slots are to be freed. */
  readonly runs: TaskRun[];
  /** Upstream to withdraw, unless someone wants it after all. */
  readonly unneeded: TaskNode[];
}

function withdraw(registry: Registry, ending: Ending): void {
  const outer = registry.unneeded;
  registry.unneeded = ending.unneeded;
  for (const node of ending.unneeded) {
    if (!node.unsettled) continue;
    if (node.needed) {
      reconsider(node);
      continue;
    }
    end(node, { type: 'cancelled', task: node, withdrawn: true }, new TaskCancelledError(node.name), ending, () => true);
  }
  registry.unneeded = outer;
  for (const run of ending.runs) run.release();
  conclude(registry);
}

/**
 * Ends a task without a result, and tells its subscribers and listeners.
 *
 * @param spread - deals with what was downstream; returns whether others are to end as well: nothing
 * starts before they have
 */
function end(
  node: TaskNode,
  event: Omit<TaskFailed, 'time'> | Omit<TaskCancelled, 'time'> | Omit<TaskSkipped, 'time'>,
  reason: unknown,
  { runs, unneeded }: Ending,
  spread: (downstream: readonly Link[]) => boolean,
): void {
  const { order, record, registry } = node;
  registry.pump.held++; // against what teardowns and abort handlers add
  disconnect(node, unneeded);
  node.extras?.stopTimer();
  if (!node.isQueuedAs(order)) { // a teardown has ended it
    registry.pump.held--;
    return;
  }
  const { subscribers, downstream } = node;
  const run = node.settle(event.type, event.type === 'skipped' ? NONE : reason);
  if (run) {
    run.stop(reason);
    runs.push(run);
  }
  const more = spread(downstream) || unneeded.length > 0;
  if (!more) registry.pump.held--;
  registry.tell();
  if (event.type === 'skipped') notify(subscribers, 'complete');
  else notify(subscribers, 'error', reason);
  if (record.observed) record.emit({ ...event, time: registry.now() });
  registry.finish(record);
  if (more) registry.pump.held--;
}

/** Frees the slot, lets the next ones start, and tells those who wait for the end. */
export function conclude(registry: Registry, run?: TaskRun): void {
  run?.release();
  registry.wake();
  registry.ended();
}

function inOrderMade(links: readonly Link[]): readonly Link[] {
  return links.length < 2 ? links : links.slice().sort((a, b) => a.target.id - b.target.id);
}
