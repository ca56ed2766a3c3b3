import type { Observable } from 'rxjs';

import { Relay } from '../scheduler/relay.ts';
import { cancel } from './cancel.ts';
import { announce, announceInTurn, announceSoon } from './announce.ts';
import { attach } from './downstream.ts';
import { handOn } from './inherit-priority.ts';
import { admit, claim, queuePolicies } from './lifecycle.ts';
import { arrive, completed, emitted, take } from './links.ts';
import { follow } from './live.ts';
import { NONE } from './merge-kwargs.ts';
import { failUpstream } from './settle.ts';
import { Link, type Opening, type TaskHost, type TaskNode } from './task-node.ts';
import { upstreamFirst } from './upstream-first.ts';

/*
 * Joining upstream: RxJS's `forkJoin` between tasks, with a count in place of an Observable per task and loops
 * in place of recursion, so that chains of 100,000 tasks work. `spec/model/joins-are-rxjs.spec.ts` holds it to
 * the operator. (Live tasks are joined by RxJS itself: see `live.ts`.)
 */

/**
 * Queues a task that no one has asked for yet, after the upstream that has to run for it. Upstream
 * comes first in the order of queueing.
 */
export function demand(root: TaskNode): void {
  const { registry } = root;
  if (root.definition.upstream.length === 0) {
    // The same as below, for the many that have no upstream.
    claim(root);
    admit(root, 'queued');
    const { order } = root;
    registry.agenda.hold(); // against what a listener adds: it starts once it is announced to all
    root.record.add(root);
    announce(root);
    if (root.isQueuedAs(order)) queuePolicies(root);
    if (root.isQueuedAs(order)) heed(root);
    registry.agenda.release();
    registry.wake();
    return;
  }
  const queued: Opening[] = [];
  // No one else's code is called before all of it is linked.
  ask(root, queued);
  inherit(queued);
  openAll(registry, queued);
}

/** Ties a task that is waiting again to its upstream, of which what is needed is queued. */
export function relink(node: TaskNode): void {
  const { order } = node;
  const opened = node.pending < UNOPENED;
  const queued: Opening[] = [];
  for (const { task } of node.definition.upstream) if (task) ask(task, queued);
  link(node);
  inherit([...queued, { node, order: node.order }]);
  openAll(node.registry, queued);
  if (opened && node.isQueuedAs(order)) open(node, order); // else whoever was about to open it does
}

function ask(root: TaskNode, queued: Opening[]): void {
  upstreamFirst<TaskNode>(root, claim, (node) => {
    admit(node, 'waiting');
    link(node);
    queued.push({ node, order: node.order });
  });
}

/** From the last, which is the one furthest downstream: each hands on what it has been handed. */
function inherit(queued: readonly Opening[]): void {
  for (let i = queued.length - 1; i >= 0; i--) handOn((queued[i] as Opening).node);
}

/** Cancels a task that is under way when its option `signal` is aborted. */
function heed(node: TaskNode): void {
  const { signal } = node.definition.rules;
  if (signal === undefined) return;
  const abort = (): void => { cancel('signal', [node], node.name, {}, signal.reason); };
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort);
  node.extra.ignoreSignal = () => { signal.removeEventListener('abort', abort); };
}

function openAll(registry: TaskHost, queued: Opening[]): void {
  const { agenda } = registry;
  announceSoon(registry, queued);
  for (const { node, order } of queued) {
    announceInTurn(node);
    if (node.isQueuedAs(order)) heed(node);
  }
  const [first, ...others] = queued;
  // In the middle of another's: through an Observable between tasks, or in a listener.
  if (first === undefined) return;
  if (agenda.defer('opening', first)) {
    for (const each of others) agenda.defer('opening', each);
    return;
  }
  agenda.close('opening', agenda.open('opening', queued), ({ node, order }) => { if (node.isQueuedAs(order)) open(node, order); });
  registry.wake();
}

/** So many links more than there are a task waits for, until it is opened: it must not become ready before. */
const UNOPENED = 2 ** 29;

/** Ties a task to its upstream tasks. */
function link(node: TaskNode): void {
  const { live, definition: { upstream } } = node;
  if (upstream.length > 0) node.links = upstream.map((source) => new Link(node, source));
  node.pending = UNOPENED + node.links.length;
  for (const each of node.links) {
    const { task } = each;
    if (task === undefined) continue;
    if (task.phase === 'completed') {
      each.done = true;
      if (task.result !== NONE) take(each, task.result);
      node.pending--;
    } else {
      attach(task, each);
      if (live && task.result !== NONE) take(each, task.result);
    }
  }
}

/** Subscribes to upstream that is no task of this manager, and lets the task become ready. */
function open(node: TaskNode, order: number): void {
  const { links, definition: { upstream } } = node;
  if (node.live && links.length > 0) {
    node.pending = 0;
    (node.extra.live = follow(node)).start();
  } else {
    node.pending -= UNOPENED - 1;
    arrive(node);
  }
  for (const [i, { task, input }] of upstream.entries()) {
    if (!node.isQueuedAs(order) || node.links !== links) return; // what was subscribed to has ended this very task, or had it begin anew
    if (task === undefined) subscribe(links[i] as Link, input);
  }
}

/** Subscribes to an upstream that is no task of the same manager. */
function subscribe(link: Link, input: Observable<unknown>): void {
  const { target } = link;
  let last: unknown = NONE;
  const relay = new Relay<unknown>({
    next: (value) => {
      emitted(link, (last = value));
      target.registry.wake();
    },
    error: (error: unknown) => { failUpstream(link, error); },
    complete: () => {
      completed(link, last);
      target.registry.wake();
    },
  });
  link.subscription = relay;
  const { registry } = target;
  const outer = registry.subscribing;
  registry.subscribing = target;
  try {
    input.subscribe(relay);
  } catch (error) {
    relay.error(error); // as a closed Subject does
  }
  registry.subscribing = outer;
}
