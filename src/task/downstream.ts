import type { Link, TaskNode } from './task-node.ts';

/*
 * The links to the tasks downstream of one are a heap, a link of the highest priority first: to find who
 * wants it most takes a step, though there may be 100,000 of them. Links of one priority stay where they
 * are. (It is not a `RankHeap`: V8 would make that one slower for the ready queue, were links in it too.)
 *
 * Invariant: links[i].priority >= links[4i+1 … 4i+4].priority, and links[i].position === i.
 */

export function attach(task: TaskNode, link: Link): void {
  // V8 gives an array that grows, by `push` or a spread, room for 16 more; and most tasks have few downstream.
  if (task.downstream.length < 4) task.downstream = task.downstream.concat(link);
  else (task.downstream as Link[]).push(link);
  const links = task.downstream as Link[];
  link.priority = link.target.priority;
  place(links, link, links.length - 1);
}

export function detach(task: TaskNode, link: Link): void {
  const links = task.downstream as Link[];
  const last = links.pop() as Link;
  if (last !== link) place(links, last, link.position);
  link.position = -1;
}

/** The priority of the task that a link leads to has changed. */
export function rank(task: TaskNode, link: Link): void {
  link.priority = link.target.priority;
  place(task.downstream as Link[], link, link.position);
}

/** Moves the hole at `position` up, then down, until the link fits into it. */
function place(links: Link[], link: Link, position: number): void {
  const { priority } = link;
  while (position > 0) {
    const above = (position - 1) >> 2;
    const parent = links[above] as Link;
    if (parent.priority >= priority) break;
    links[position] = parent;
    parent.position = position;
    position = above;
  }
  for (let below = position * 4 + 1; below < links.length; below = position * 4 + 1) {
    const end = Math.min(below + 4, links.length);
    for (let i = below + 1; i < end; i++) if ((links[i] as Link).priority > (links[below] as Link).priority) below = i;
    const best = links[below] as Link;
    if (best.priority <= priority) break;
    links[position] = best;
    best.position = position;
    position = below;
  }
  links[position] = link;
  link.position = position;
}
