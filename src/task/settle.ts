import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { UpstreamFailedError } from '../errors/upstream-failed-error.ts';
import { announceEnd, announceInTime, keepEnd } from './announce.ts';
import { reconsider } from './inherit-priority.ts';
import { rest, settle, yielded } from './lifecycle.ts';
import { completed, disconnect, emitted } from './links.ts';
import { NONE } from './merge-kwargs.ts';
import { runAccess } from './run-access.ts';
import { notify, type Subscribers } from './subscribers.ts';
import type { TaskCancelled, TaskFailed, TaskSkipped } from './task-event.ts';
import type { Failure, Link, Run, TaskHost, TaskNode } from './task-node.ts';
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
  const live = downstream.filter(({ target }) => target.live);
  for (const link of live) emitted(link, value);
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
  const { agenda } = node.registry;
  const outer = agenda.open('completion', []);
  const live = node.extras?.live;
  if (live === undefined) completeOne(node, last, subscribers);
  else {
    const run = rest(node, 'completed');
    tearDown(node, run);
    if (run && node.extras?.live === live) yielded(node, 'next');
    // A policy that is told of the end, or one that is told of the next run, may have ended the task.
    const over = node.extras?.live === live && live.next() && node.extras.live === live;
    if (over) completeOne(node, last, subscribers, run);
    else {
      if (last !== NONE) notify(subscribers, 'next', last);
      conclude(node.registry, run);
    }
  }
  agenda.close('completion', outer, (completeNext) => { completeNext(); });
}

/** Settles a live task that has no run, and will have no other, while completions are being worked through. */
export function completeIdle(node: TaskNode): void {
  const { subscribers } = node;
  completeOne(node, NONE, subscribers, rest(node, 'completed'));
}

function completeOne(node: TaskNode, last: unknown, before: Subscribers<unknown>, rested?: Run): void {
  const { result, subscribers, downstream, record, registry } = node;
  const kept = record.observed ? keepEnd(node, record, { type: 'completed', task: node, result: result === NONE ? undefined : result, time: registry.now() }) : undefined;
  const run = settle(node, 'completed', result) ?? rested;
  for (const link of downstream) completed(link, result);
  tearDown(node, run);
  registry.tell();
  if (last !== NONE) notify(before, 'next', last);
  notify(subscribers, 'complete');
  announceEnd(kept);
  registry.finish(record);
  conclude(registry, run);
}

/** Tears down what a run that has ended well has left, before anyone is notified who may have the task run again. */
function tearDown({ registry: { agenda } }: TaskNode, run: Run | undefined): void {
  if (run === undefined) return;
  agenda.hold();
  runAccess.tearDown(run);
  agenda.release();
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

function failAll(registry: TaskHost, failure: Failure): void {
  const { agenda } = registry;
  // In the middle of another's, through an Observable between tasks or in a listener, its turn comes after.
  if (agenda.defer('failure', failure)) return;
  const failures: Failure[] = [failure];
  const ending: Ending = { runs: [], unneeded: [] };
  let turn = 0;
  agenda.close('failure', agenda.open('failure', failures), ({ node, order, error, link }) => {
    turn++;
    if (!node.isQueuedAs(order) || link?.done || isCancelling(node)) return;
    const policy = link?.onError;
    if (link && (policy === 'continue' || isFallback(policy))) {
      agenda.hold(); // until the cascade is through
      if (isFallback(policy)) emitted(link, policy.fallback);
      completed(link, isFallback(policy) ? policy.fallback : NONE);
      agenda.release();
      return;
    }
    const skipped = policy === 'skip' || error === SKIPPED;
    const reason = skipped ? new TaskCancelledError(node.name) : link ? new UpstreamFailedError(node.name, link.name, error) : error;
    end(node, skipped ? { type: 'skipped', task: node } : { type: 'failed', task: node, error: reason }, reason, ending, (downstream) => {
      for (const each of inOrderMade(downstream)) {
        failures.push({ node: each.target, order: each.target.order, error: skipped ? SKIPPED : reason, link: each });
      }
      return turn < failures.length;
    });
  });
  withdraw(registry, ending);
}

/** Whether a task is about to be cancelled, as what it depends on is: it fails no more by what that brings about. */
export function isCancelling(node: TaskNode): boolean {
  for (let each = node.registry.cancelling; each; each = each.outer) if (each.reached.get(node) === node.order) return true;
  return false;
}

/** Ends a run that no one wants any more, and of its upstream what no one else wants. */
export function withdrawUnneeded(node: TaskNode): void {
  const { registry } = node;
  // In the middle of another's: through an Observable between tasks, or in a listener.
  if (!registry.agenda.defer('withdrawal', node)) withdraw(registry, { runs: [], unneeded: [node] });
}

/** What is left to do when tasks have ended without a result. */
export interface Ending {
  /** Runs that have been stopped: their slots are to be freed. */
  readonly runs: Run[];
  /** Upstream to withdraw, unless someone wants it after all. */
  readonly unneeded: TaskNode[];
}

/** Withdraws upstream that no one wants any more, and frees the slots of what has been stopped. */
export function withdraw(registry: TaskHost, ending: Ending): void {
  const { agenda } = registry;
  agenda.close('withdrawal', agenda.open('withdrawal', ending.unneeded), (node) => {
    if (!node.unsettled) return;
    if (node.needed) reconsider(node);
    else end(node, { type: 'cancelled', task: node, withdrawn: true }, new TaskCancelledError(node.name), ending, () => true);
  });
  for (const run of ending.runs) runAccess.release(run);
  conclude(registry);
}

/**
 * Ends a task without a result, and tells its subscribers and listeners.
 *
 * @param spread - deals with what was downstream; returns whether others are to end as well: nothing
 * starts before they have
 */
export function end(
  node: TaskNode,
  event: Omit<TaskFailed, 'time'> | Omit<TaskCancelled, 'time'> | Omit<TaskSkipped, 'time'>,
  reason: unknown,
  { runs, unneeded }: Ending,
  spread: (downstream: readonly Link[]) => boolean,
): void {
  const { order, record, registry, registry: { agenda } } = node;
  announceInTime(node);
  agenda.hold(); // against what teardowns and abort handlers add
  disconnect(node, unneeded);
  node.extras?.stopTimer();
  if (!node.isQueuedAs(order)) { // a teardown has ended it
    agenda.release();
    return;
  }
  const { subscribers, downstream } = node;
  const kept = record.observed ? keepEnd(node, record, { ...event, time: registry.now() }) : undefined;
  const run = settle(node, event.type, event.type === 'skipped' ? NONE : reason);
  if (run) {
    runAccess.stop(run, reason);
    runs.push(run);
  }
  const more = spread(downstream) || unneeded.length > 0;
  if (!more) agenda.release();
  registry.tell();
  if (event.type === 'skipped') notify(subscribers, 'complete');
  else notify(subscribers, 'error', reason);
  announceEnd(kept);
  registry.finish(record);
  if (more) agenda.release();
}

/** Frees the slot, lets the next ones start, and tells those who wait for the end. */
export function conclude(registry: TaskHost, run?: Run): void {
  if (run) runAccess.release(run);
  registry.wake();
  registry.ended();
}

export function inOrderMade(links: readonly Link[]): readonly Link[] {
  return links.length < 2 ? links : links.slice().sort((a, b) => a.target.id - b.target.id);
}
