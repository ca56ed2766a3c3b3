import { Link } from './link.ts';
import { NONE } from './merge-kwargs.ts';
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
    registry.queue(root);
    root.announce();
    registry.wake();
    return;
  }
  const queued: TaskNode[] = [];
  // No one else's code is called before all of it is linked.
  upstreamFirst(root, (node) => node.claim(), (node) => {
    node.admit('waiting');
    link(node);
    queued.push(node);
  });
  const orders = queued.map((node) => node.order);
  for (const [i, node] of queued.entries()) {
    const order = orders[i] as number;
    if (node.isQueuedAs(order)) node.announce();
    if (node.isQueuedAs(order)) open(node, order);
  }
  registry.wake();
}

/** Ties a task to its upstream tasks. */
function link(node: TaskNode): void {
  const { upstream, live } = node.definition;
  if (upstream.length > 0) node.links = upstream.map(({ key, task }, i) => new Link(node, i, key, task));
  // One more than there are, until the task is open: it must not become ready before.
  node.pending = 1 + node.links.length;
  for (const each of node.links) {
    const { task } = each;
    if (task === undefined) continue;
    if (task.phase === 'completed') {
      each.done = true;
      if (task.result !== NONE) each.take(task.result);
      node.pending--;
    } else {
      task.addLink(each);
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
  for (const [i, { task, input }] of node.definition.upstream.entries()) {
    if (task !== undefined) continue;
    (links[i] as Link).subscribe(input);
    if (!node.isQueuedAs(order)) return; // what was subscribed to has ended this very task
  }
  arrive(node);
}

/** Releases a task from its upstream. Upstream that no one needs any more is added to `unneeded`. */
export function disconnect(node: TaskNode, unneeded: TaskNode[]): void {
  const { links } = node;
  if (links.length === 0) return;
  node.links = NO_LINKS;
  for (const each of links) {
    each.done = true; // nothing that is on its way counts any more
    each.unsubscribe();
    const { task } = each;
    if (task === undefined || each.position < 0) continue;
    task.removeLink(each);
    if (!task.needed) unneeded.push(task);
  }
}

export const NO_LINKS: readonly Link[] = [];

/** An upstream has emitted: of interest to a live task, which runs for each combination. */
export function emitted(link: Link, value: unknown): void {
  const { target } = link;
  if (!target.definition.live || link.done) return;
  const first = link.value === NONE;
  link.take(value);
  if (first) arrive(target);
  else if (target.pending === 0) target.ready();
}

/**
 * An upstream has completed with this last value, if any.
 *
 * @returns whether the task completes by it: a live one that has run for the last combination
 */
export function completed(link: Link, last: unknown): boolean {
  const { target } = link;
  if (link.done) return false;
  link.done = true;
  link.position = -1;
  const live = target.definition.live;
  if (!live && last !== NONE) link.take(last);
  if (!live || link.value === NONE) {
    arrive(target);
    return false;
  }
  return target.exhausted;
}

function arrive(node: TaskNode): void {
  if (--node.pending === 0) node.ready();
}

