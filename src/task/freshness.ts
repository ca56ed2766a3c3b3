import type { TaskNode } from './task-node.ts';
import { upstreamFirst } from './upstream-first.ts';

/**
 * Which kept results are out of date: those whose task, or something upstream of it, was invalidated
 * after the run that made them was queued. Both have a place in the order of queueing.
 *
 * It is found out when someone looks, not told to everyone downstream: for that, a task would have to
 * know the settled tasks downstream of it, and keep them alive. While nothing has been invalidated,
 * nothing is looked up.
 */
export class Freshness {
  /** When a task was last invalidated. */
  readonly #invalidated: WeakMap<TaskNode, number> = new WeakMap();
  /** When a task or something upstream of it was last invalidated, as far as it was looked up. Undefined: never. */
  #forgotten: WeakMap<TaskNode, number> | undefined;
  /** When a run has begun anew. */
  readonly #renewed: WeakMap<TaskNode, number> = new WeakMap();

  /** Forgets the results of tasks, and what has been made of them. */
  forget(nodes: readonly TaskNode[], order: number): void {
    for (const node of nodes) this.#invalidated.set(node, order);
    this.#forgotten = new WeakMap();
  }

  /** A run has begun anew. */
  renew(node: TaskNode, order: number): void {
    this.#renewed.set(node, order);
  }

  /** Whether the result of a task, or what is to become it, is out of date. */
  isOutdated(node: TaskNode): boolean {
    return this.#forgotten !== undefined && this.#isBefore(node, this.#forgottenAt(node, this.#forgotten));
  }

  /** Whether it is out of date by what has been forgotten at this time, or since. */
  isStale(node: TaskNode, order: number): boolean {
    return this.isOutdated(node) && (this.#forgotten?.get(node) as number) >= order;
  }

  #isBefore(node: TaskNode, order: number): boolean {
    return node.order < order && (this.#renewed.get(node) ?? -1) < order;
  }

  #forgottenAt(root: TaskNode, forgotten: WeakMap<TaskNode, number>): number {
    upstreamFirst(
      root,
      (node) => {
        if (forgotten.has(node)) return false;
        forgotten.set(node, this.#invalidated.get(node) ?? -1);
        return true;
      },
      (node) => {
        let latest = forgotten.get(node) as number;
        for (const { task } of node.definition.upstream) if (task) latest = Math.max(latest, forgotten.get(task) as number);
        forgotten.set(node, latest);
      },
    );
    return forgotten.get(root) as number;
  }
}
