import type { Counted } from './group-record.ts';
import { NONE } from './merge-kwargs.ts';
import { PolicyChain } from './policy-chain.ts';
import { runAccess } from './run-access.ts';
import { NO_LINKS, type Run, type TaskNode } from './task-node.ts';
import type { TaskYielded } from './task-event.ts';
import type { SettledStatus } from './task-policy.ts';
import type { TaskStatus } from './task-status.ts';

/*
 * The lifecycle of a task. Nothing else changes its phase, gives it a run or takes it away, puts it into the
 * queue or takes it out. Notifying those who watch is left to the callers, as the code of others is called then.
 */

/**
 * What a task can go through, as it is seen from outside.
 *
 * - It is asked for: `idle`, or how its last run settled, to `waiting`; without upstream to `queued`.
 * - `waiting` to `queued`: upstream is done, or another attempt is due, or a task that it has started has ended.
 * - `queued` to `running`: it has its slot.
 * - `running` to `waiting`: its attempt has failed and another one is to be made; or its function waits for a
 *   task; or a run of a live task is over; or its run begins anew as upstream was invalidated. From `queued`
 *   for the last two reasons, and as its wait for a slot has failed.
 * - It settles. A completed task whose result is forgotten is `idle`.
 */
export const TRANSITIONS: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  idle: ['waiting', 'queued'],
  waiting: ['queued', 'completed', 'failed', 'cancelled', 'skipped'],
  queued: ['running', 'waiting', 'failed', 'cancelled', 'skipped'],
  running: ['waiting', 'completed', 'failed', 'cancelled', 'skipped'],
  completed: ['idle'],
  failed: ['waiting', 'queued'],
  cancelled: ['waiting', 'queued'],
  skipped: ['waiting'], // it has upstream
};

/** Drops a kept result that has been forgotten, here or upstream, or kept for as long as it may. */
export function refresh(node: TaskNode): void {
  if (node.phase !== 'completed') return;
  const { lifetime, registry } = node;
  if (!(registry.freshness.isOutdated(node) || lifetime?.isOver)) return;
  node.phase = 'idle';
  node.result = NONE;
  lifetime?.end();
}

/** Marks a task as asked for. False when it need not run: it is under way, or its result is kept. */
export function claim(node: TaskNode): boolean {
  refresh(node);
  if (node.phase === 'completed' || node.unsettled) return false;
  node.phase = 'waiting';
  node.result = NONE;
  return true;
}

/** Enters a task that has been claimed into the books. */
export function admit(node: TaskNode, phase: 'waiting' | 'queued'): void {
  const { registry } = node;
  joinGroup(node);
  node.record = registry.slots(node.group);
  node.order = registry.nextOrder();
  node.queuedAt = registry.now();
  node.startedAt = node.settledAt = undefined;
  node.pending = 0;
  registry.byId?.set(node.id, node);
  move(node, undefined, phase);
}

/** Without a group of its own a task is in that of the function which runs it, for this run. */
function joinGroup(node: TaskNode): void {
  const { registry, registry: { adopted, adoption } } = node;
  if (adoption?.child === node) {
    registry.adoption = undefined;
    registry.adopted = (adopted ?? new WeakSet()).add(node);
    node.group = adoption.group;
  } else if (adopted?.delete(node) === true) node.group = undefined;
}

/** Puts a task that waits into the queue of its group. */
export function queue(node: TaskNode): void {
  leave(node, 'queued');
  const { order, record, registry } = node;
  stand(node);
  if (record.observed && node.isQueuedAs(order) && node.phase === 'queued') record.emit({ type: 'ready', task: node, time: registry.now() });
}

/** Puts a task that is queued as yet by name alone into the queue of its group. */
export function stand(node: TaskNode): void {
  node.record.add(node);
  queuePolicies(node);
}

/** Tells the policies of a task that it stands in the queue. It does not start before all of them know. */
export function queuePolicies(node: TaskNode): void {
  const { policies } = node.definition.rules;
  if (policies.length === 0) return;
  const { agenda } = node.registry;
  agenda.hold();
  node.extra.chain ??= new PolicyChain(policies, { task: node, host: node.registry.host, fail: (error, place) => { node.failAttempt(error, place); } });
  node.extra.chain.queued();
  agenda.release();
}

/** A task has got its slot, for this run. */
export function begin(node: TaskNode, run: Run): void {
  const { record, registry } = node;
  node.current = run;
  const time = registry.pump.time as number; // read a moment ago
  node.startedAt = time;
  move(node, 'queued', 'running');
  node.extras?.chain?.started(run.attempt);
  if (record.observed && node.current === run) record.emit({ type: 'started', task: node, attempt: run.attempt, time });
  registry.tell();
  const { subscribing } = registry;
  registry.subscribing = undefined; // what the function subscribes to is not upstream
  runAccess.execute(run);
  registry.subscribing = subscribing;
}

/** A task gives its slot up, and waits for those it has started. */
export function lend(node: TaskNode): void {
  move(node, 'running', 'waiting');
}

/** A task that has given its slot up waits for it again. */
export function askAgain(node: TaskNode): void {
  move(node, 'waiting', 'queued');
  node.record.add(node);
}

/** A task has its slot again. */
export function resume(node: TaskNode): void {
  move(node, 'queued', 'running');
}

/** A live task waits for its next combination. Its run, which is returned, still has its slot. */
export function rest(node: TaskNode, status: 'completed' | 'cancelled'): Run | undefined {
  if (status === 'completed') node.attempt = 0;
  node.extras?.endPolicies(status);
  return leave(node, 'waiting');
}

/** Leaves everything behind that belongs to a run, which is returned with its slot. */
export function settle(node: TaskNode, status: SettledStatus, result: unknown): Run | undefined {
  const { registry, extras } = node;
  if (node.position !== -1) registry.withdraw(node);
  for (const link of node.downstream) link.position = -1;
  node.result = result;
  node.held = false;
  node.subscribers = undefined;
  node.downstream = node.links = NO_LINKS;
  if (status === 'completed') node.attempt = 0;
  node.settledAt = registry.now();
  registry.byId?.delete(node.id);
  const run = leave(node, status);
  if (node.context) node.context = undefined;
  if (extras) {
    node.priority = extras.own ?? node.priority;
    node.extras = undefined;
    extras.ignoreSignal?.();
    extras.endPolicies(status);
  }
  if (status === 'completed') node.lifetime?.begin();
  return run;
}

/** Announces that a run is over, or waits for others, whose task goes on. */
export function yielded(node: TaskNode, cause: TaskYielded['cause'], children: TaskYielded['children'] = []): void {
  const { record, registry } = node;
  if (record.observed) record.emit({ type: 'yielded', task: node, cause, children, time: registry.now() });
}

/** Takes a task out of whatever phase it is in. The run, if there was one, still has its slot. */
export function leave(node: TaskNode, to: Counted): Run | undefined {
  const { current: run, extras } = node;
  node.current = undefined;
  if (node.position !== -1) node.record.remove(node);
  if (extras) {
    extras.stopTimer();
    extras.failed = undefined;
  }
  move(node, node.phase as Counted, to, -(runAccess.reported(run)?.fraction ?? 0));
  return run;
}

/** Changes the phase, in the books as well, where it has none to begin with. */
function move(node: TaskNode, from: Counted | undefined, to: Counted, fraction?: number): void {
  const { record } = node;
  record.count(from, to, fraction);
  node.phase = to;
  if (to === 'waiting' || to === 'running') record.active.add(node);
  else record.active.delete(node);
  node.registry.changed(node);
}
