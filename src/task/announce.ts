import type { GroupRecord } from './group-record.ts';
import { refresh } from './lifecycle.ts';
import { capture } from './run-context.ts';
import type { TaskEvent } from './task-event.ts';
import type { KeptEnd, Opening, TaskHost, TaskNode } from './task-node.ts';
import { upstreamFirst } from './upstream-first.ts';

/*
 * The order of events of one task. Listeners hear that it is queued before they hear that it has settled, and
 * that before it is queued again, though the code of others is called in between and may end or ask for it.
 */

export function announce(node: TaskNode): void {
  const { unannounced, captures, asking } = node.registry;
  if (captures) {
    unannounced.add(node); // it may be ended by what is called
    const context = capture(captures, node, asking?.child === node ? asking.by : undefined);
    if (context) node.context = context;
    if (!unannounced.delete(node)) return;
  }
  emitQueued(node);
}

function emitQueued(node: TaskNode): void {
  const { record, registry, registry: { asking } } = node;
  if (record.observed) record.emit({ type: 'queued', task: node, by: asking?.child === node ? asking.by : undefined, time: registry.now() });
}

/** Notes that tasks which are queued together have yet to be announced, by {@link announceInTime}. */
export function announceSoon({ unannounced, captures }: TaskHost, queued: readonly Opening[]): void {
  if (captures ?? queued.some(({ node }) => node.record.observed)) for (const { node } of queued) unannounced.add(node);
}

/** Announces a task in its turn, unless it has been. */
export function announceInTurn(node: TaskNode): void {
  const { unannounced } = node.registry;
  if (unannounced.size > 0 && unannounced.delete(node)) announce(node);
}

/** Announces a task before it ends, as a listener to one that was queued with it ends it. */
export function announceInTime(node: TaskNode): void {
  const { unannounced } = node.registry;
  if (unannounced.size > 0 && unannounced.delete(node)) emitQueued(node);
}

/** Keeps the event of a task that has settled until its subscribers have been notified. */
export function keepEnd(node: TaskNode, record: GroupRecord<TaskHost>, event: TaskEvent): KeptEnd {
  const { registry } = node;
  return (registry.keptEnds = { node, record, event, outer: registry.keptEnds });
}

export function announceEnd(ended: KeptEnd | undefined): void {
  if (ended === undefined) return;
  ended.node.registry.keptEnds = ended.outer;
  emit(ended);
}

/** Announces the ends that are kept of what is about to be queued, if it is, for this task. */
export function announceEndsFirst(root: TaskNode): void {
  if (root.registry.keptEnds === undefined) return;
  const asked = new Set<TaskNode>();
  const isAsked = (node: TaskNode): boolean => {
    refresh(node);
    if (node.phase === 'completed' || node.unsettled || asked.has(node)) return false;
    asked.add(node);
    return true;
  };
  upstreamFirst(root, isAsked, () => undefined);
  // From the outermost, which has ended first.
  const kept: KeptEnd[] = [];
  for (let ended: KeptEnd | undefined = root.registry.keptEnds; ended; ended = ended.outer) if (asked.has(ended.node)) kept.unshift(ended);
  kept.forEach(emit);
}

function emit(ended: KeptEnd): void {
  const { event, record } = ended;
  ended.event = undefined;
  if (event) record.emit(event);
}
