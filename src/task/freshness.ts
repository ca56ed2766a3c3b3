import { upstreamFirst, type Vertex } from './upstream-first.ts';

/** A task, as far as it is told what its result was made of. */
interface Dated extends Vertex<Dated> {
  /** Its place in the order of queueing. */
  readonly order: number;
}

/**
 * Which kept results are out of date: those whose task, or something upstream of it, was invalidated
 * after the run that made them was queued. Both have a place in the order of queueing.
 *
 * It is found out when someone looks, not told to everyone downstream: for that, a task would have to
 * know the settled tasks downstream of it, and keep them alive. While nothing has been invalidated
 * since a task was queued, nothing is looked up.
 */
export class Freshness {
  /** When a task was last invalidated. */
  readonly #invalidated: WeakMap<Dated, number> = new WeakMap();
  /** When a task or something upstream of it was last invalidated, as far as it was looked up. */
  #forgotten: WeakMap<Dated, number> = new WeakMap();
  /** When a run has begun anew. */
  readonly #renewed: WeakMap<Dated, number> = new WeakMap();
  /** When anything was last invalidated. */
  #last = -1;

  /** Forgets the results of tasks, and what has been made of them. */
  forget(nodes: readonly Dated[], order: number): void {
    this.#forgotten = new WeakMap();
    for (const node of nodes) this.spoil(node, order);
  }

  /** A run has been given something out of date: what it makes of it is not to be kept either. */
  spoil(node: Dated, order: number): void {
    this.#last = order;
    this.#invalidated.set(node, order);
    this.#forgotten.set(node, order); // nothing is later; the others stay looked up
  }

  /** A run has begun anew. */
  renew(node: Dated, order: number): void {
    this.#renewed.set(node, order);
  }

  /** Whether the result of a task, or what is to become it, is out of date. */
  isOutdated(node: Dated): boolean {
    if (node.order > this.#last) return false;
    const order = this.#forgottenAt(node);
    return node.order < order && (this.#renewed.get(node) ?? -1) < order;
  }

  /** Whether it is out of date by what has been forgotten at this time, or since. */
  isStale(node: Dated, order: number): boolean {
    return this.isOutdated(node) && (this.#forgotten.get(node) as number) >= order;
  }

  #forgottenAt(root: Dated): number {
    const forgotten = this.#forgotten;
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
