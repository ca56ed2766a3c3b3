import type { TaskNode } from './task-node.ts';

/**
 * The tasks that have a key, one for each. A task that is kept for a time (`keepFor`) is held for as
 * long; any other is here only while someone else holds it.
 */
export class KeyedTasks {
  readonly #tasks: Map<string, WeakRef<TaskNode>> = new Map();
  readonly #kept: Set<TaskNode> = new Set();
  /** How many there may be before those that are gone are looked for: twice as many as there were then. */
  #limit = 64;

  /** The task of that key, if it is idle, under way, or kept. */
  get(key: string): TaskNode | undefined {
    for (const node of this.#kept) if (isExpired(node)) this.#kept.delete(node);
    const node = this.#tasks.get(key)?.deref();
    if (node === undefined) return undefined;
    return node.status === 'failed' || node.status === 'cancelled' || node.status === 'skipped' ? undefined : node;
  }

  add(key: string, node: TaskNode): void {
    if (this.#tasks.size >= this.#limit) {
      for (const [each, reference] of this.#tasks) if (reference.deref() === undefined) this.#tasks.delete(each);
      this.#limit = Math.max(64, 2 * this.#tasks.size);
    }
    this.#tasks.set(key, new WeakRef(node));
  }

  /** To be called when one has completed. */
  completed(node: TaskNode): void {
    if (node.definition.keepFor !== undefined) this.#kept.add(node);
  }

  /** Those whose key is `key`, or begins with `prefix`. */
  matching({ key, prefix }: KeyMatch): TaskNode[] {
    const matching: TaskNode[] = [];
    for (const [each, reference] of this.#tasks) {
      const node = each === key || (prefix !== undefined && each.startsWith(prefix)) ? reference.deref() : undefined;
      if (node === undefined) continue;
      this.#kept.delete(node);
      matching.push(node);
    }
    return matching;
  }
}

/** Which tasks: the one of a key, or all whose keys begin with a prefix. */
export type KeyMatch = { readonly key: string; readonly prefix?: undefined } | { readonly prefix: string; readonly key?: undefined };

/** Whether a result has been kept for as long as it may. */
export function isExpired(node: TaskNode): boolean {
  const { definition: { keepFor }, settledAt, registry } = node;
  return keepFor !== undefined && settledAt !== undefined && registry.now() - settledAt >= keepFor;
}
