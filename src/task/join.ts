import type { Observable } from 'rxjs';

import { Relay } from '../scheduler/relay.ts';
import { attach } from './downstream.ts';
import { handOn } from './inherit-priority.ts';
import { Link } from './link.ts';
import { NONE } from './merge-kwargs.ts';
import type { Registry } from './registry.ts';
import { complete, failUpstream } from './settle.ts';
import type { TaskNode } from './task-node.ts';
import { upstreamFirst } from './upstream-first.ts';

/**
 * Joining upstream: RxJS's `forkJoin` (and for live tasks `combineLatest`) between tasks, with a
 * count in place of an Observable per task, and with loops in place of recursion.
 */

/**
 * Queues a task that no one has asked for yet, after the upstream that has to run for it. Upstream
 * comes first in the order of queueing.
 */
export function demand(root: TaskNode): void {
  const { registry } = root;
  if (root.definition.upstream.length === 0) {
    // The same as below, for the many that have no upstream.
    root.claim();
    root.admit('queued');
    root.wait();
    if (root.isQueuedAs(root.order)) root.announce();
    registry.wake();
    return;
  }
  const queued: Opening[] = [];
  // No one else's code is called before all of it is linked.
  claim(root, queued);
  inherit(queued);
  announce(registry, queued);
}

/** Ties a task that is waiting again to its upstream, of which what is needed is queued. */
export function relink(node: TaskNode): void {
  const { order } = node;
  const opened = node.pending < UNOPENED;
  const queued: Opening[] = [];
  for (const { task } of node.definition.upstream) if (task) claim(task, queued);
  link(node);
  inherit([...queued, { node, order: node.order }]);
  announce(node.registry, queued);
  if (opened && node.isQueuedAs(order)) open(node, order); // else whoever was about to open it does
}

function claim(root: TaskNode, queued: Opening[]): void {
  upstreamFirst(root, (node) => node.claim(), (node) => {
    node.admit('waiting');
    link(node);
    queued.push({ node, order: node.order });
  });
}

/** From the last, which is the one furthest downstream: each hands on what it has been handed. */
function inherit(queued: readonly Opening[]): void {
  for (let i = queued.length - 1; i >= 0; i--) handOn((queued[i] as Opening).node);
}

function announce(registry: Registry, queued: Opening[]): void {
  for (const { node, order } of queued) if (node.isQueuedAs(order)) node.announce();
  if (registry.opening) {
    // In the middle of another's: through an Observable between tasks, or in a listener.
    for (const each of queued) registry.opening.push(each);
    return;
  }
  registry.opening = queued;
  for (const { node, order } of queued) if (node.isQueuedAs(order)) open(node, order);
  registry.opening = undefined;
  registry.wake();
}

/** A task that is queued, and has yet to subscribe to its upstream. */
export interface Opening {
  readonly node: TaskNode;
  /** The queueing it belongs to: the task may have settled and been queued again meanwhile. */
  readonly order: number;
}

/** So many links more than there are a task waits for, until it is opened: it must not become ready before. */
const UNOPENED = 2 ** 29;

/** Ties a task to its upstream tasks. */
function link(node: TaskNode): void {
  const { upstream, rules: { live } } = node.definition;
  if (upstream.length > 0) node.links = upstream.map((source) => new Link(node, source));
  node.pending = UNOPENED + node.links.length;
  for (const each of node.links) {
    const { task } = each;
    if (task === undefined) continue;
    if (task.phase === 'completed') {
      each.finish();
      if (task.result !== NONE) each.take(task.result);
      node.pending--;
    } else {
      attach(task, each);
      if (live && task.result !== NONE) {
        each.take(task.result);
        node.pending--;
      }
    }
  }
}

/** Subscribes to upstream that is no task of this manager, and lets the task become ready. */
function open(node: TaskNode, order: number): void {
  const { links } = node;
  node.pending -= UNOPENED - 1;
  node.arrive();
  for (const [i, { task, input }] of node.definition.upstream.entries()) {
    if (task !== undefined) continue;
    subscribe(links[i] as Link, input);
    if (!node.isQueuedAs(order) || node.links !== links) return; // what was subscribed to has ended this very task, or had it begin anew
  }
}

/** Subscribes to an upstream that is no task of the same manager. */
function subscribe(link: Link, input: Observable<unknown>): void {
  const { target } = link;
  let last: unknown = NONE;
  const relay = new Relay<unknown>({
    next: (value) => {
      link.emitted((last = value));
      target.registry.wake();
    },
    error: (error: unknown) => { failUpstream(link, error); },
    complete: () => {
      if (link.completed(last)) {
        // In the middle of another's, through an Observable between live tasks, its turn comes after.
        const { completing } = target.registry;
        if (completing) completing.push(target);
        else complete(target, NONE);
      }
      target.registry.wake();
    },
  });
  link.subscription = relay;
  try {
    input.subscribe(relay);
  } catch (error) {
    relay.error(error); // as a closed Subject does
  }
}
