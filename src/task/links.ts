import { freeze } from 'immer';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { detach } from './downstream.ts';
import { reconsider } from './inherit-priority.ts';
import { queue } from './lifecycle.ts';
import { NONE } from './merge-kwargs.ts';
import { type Link, NO_LINKS, type TaskNode } from './task-node.ts';

/** One more link has brought what the run needs. */
export function arrive(node: TaskNode): void {
  if (--node.pending === 0) queue(node);
}

/** The upstream of a live task has emitted: it runs for each combination. */
export function emitted(link: Link, value: unknown): void {
  const { target } = link;
  if (!target.live || link.done) return;
  take(link, value);
  const { agenda } = target.registry;
  agenda.hold(); // until the run that is replaced has given its place up
  link.listener?.next(value);
  agenda.release();
}

/** An upstream has completed with this last value, if any. */
export function completed(link: Link, last: unknown): void {
  const { target } = link;
  if (link.done) return; // a policy that was told of the end has ended what is downstream
  link.done = true;
  if (target.live) {
    link.listener?.complete();
    return;
  }
  if (last !== NONE) take(link, last);
  arrive(target);
}

/** Takes a value for use downstream. */
export function take(link: Link, value: unknown): void {
  const { target, task } = link;
  link.value = value;
  // What is made of a result that has been forgotten already is not to be kept either.
  const { freshness } = target.registry;
  if (task && freshness.isOutdated(task)) freshness.spoil(target, target.registry.nextOrder());
}

/** Freezes a value that a link has brought, where several tasks may share it. */
export function freezeValue({ task, target }: Link, value: unknown): void {
  if (!(task ?? target).definition.rules.freeze) return;
  try {
    freeze(value, true);
  } catch {
    // A getter within it has thrown, or it is nested too deep: being frozen is a courtesy.
  }
}

/** Releases a task from its upstream. Upstream that no one needs any more is added to `unneeded`. */
export function disconnect(node: TaskNode, unneeded: TaskNode[]): void {
  const { extras, links } = node;
  if (extras?.live) {
    extras.live.stop();
    extras.live = undefined;
  }
  node.links = NO_LINKS;
  for (const each of links) {
    const { task } = each;
    const attached = each.position >= 0;
    if (attached) detach(task as TaskNode, each);
    each.done = true; // nothing that is on its way counts any more
    unsubscribe(each);
    if (task === undefined || !attached) continue;
    if (task.needed) reconsider(task);
    else unneeded.push(task); // which looks at it again: one that is withdrawn needs no priority
  }
}

function unsubscribe(link: Link): void {
  try {
    link.subscription?.unsubscribe();
  } catch (error) {
    reportUnhandledError(error);
  }
}
