import { type Ranked, RankHeap } from '../scheduler/rank-heap.ts';
import type { TaskNode } from './task-node.ts';

/**
 * The tasks that have a key, one for each. One whose result is kept for a time (`keepFor`) is held for
 * as long; any other is here only while someone else holds it.
 */
export class KeyedTasks {
  readonly #now: () => number;
  readonly #tasks: Map<string, KeyedTask> = new Map();
  /** Those held for a time, the one to be let go first before the others. */
  readonly #kept: RankHeap<KeyedTask> = new RankHeap();
  readonly #gone: FinalizationRegistry<string> = new FinalizationRegistry((key) => {
    if (this.#tasks.get(key)?.reference.deref() === undefined) this.#tasks.delete(key);
  });

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The task of that key, unless its last run has ended without a result. */
  get(key: string): TaskNode | undefined {
    this.#letGo();
    const node = this.#tasks.get(key)?.reference.deref();
    return node === undefined || isBroken(node) ? undefined : node;
  }

  /** Makes a task the one of its key, if there is no other. To be called when it is made, and when it is queued. */
  claim(key: string, node: TaskNode): void {
    if (this.get(key) !== undefined) return;
    const before = this.#tasks.get(key);
    if (before) this.#release(before);
    this.#tasks.set(key, new KeyedTask(node));
    this.#gone.register(node, key);
  }

  /** To be called when a run has completed. */
  completed(node: TaskNode, key: string, keepFor: number): void {
    this.#letGo();
    const task = this.#tasks.get(key) as KeyedTask;
    if (task.reference.deref() !== node) return; // another has got the key
    this.#release(task);
    task.kept = node;
    task.priority = -((node.settledAt as number) + keepFor);
    this.#kept.add(task);
  }

  /** Those whose key it is, or whose keys begin with the prefix. They are held no more. */
  take(match: string | { readonly prefix: string }): TaskNode[] {
    const keys = typeof match === 'string' ? [match] : [...this.#tasks.keys()].filter((key) => key.startsWith(match.prefix));
    const nodes: TaskNode[] = [];
    for (const key of keys) {
      const task = this.#tasks.get(key);
      const node = task?.reference.deref();
      if (task === undefined || node === undefined) continue;
      this.#release(task);
      nodes.push(node);
    }
    return nodes;
  }

  /** Lets go what has been kept for as long as it may. */
  #letGo(): void {
    const { first } = this.#kept;
    if (first === undefined) return;
    const now = this.#now();
    for (let next: KeyedTask | undefined = first; next && -next.priority <= now; next = this.#kept.first) {
      (next.kept as TaskNode).refresh();
      this.#release(next);
    }
  }

  #release(task: KeyedTask): void {
    if (task.position !== -1) this.#kept.remove(task);
    task.kept = undefined;
  }
}

/** The task of a key, ranked by when it is to be let go. */
class KeyedTask implements Ranked {
  readonly reference: WeakRef<TaskNode>;
  kept: TaskNode | undefined;
  priority = 0;
  readonly order = 0;
  position = -1;

  constructor(node: TaskNode) {
    this.reference = new WeakRef(node);
  }
}

function isBroken({ status }: TaskNode): boolean {
  return status === 'failed' || status === 'cancelled' || status === 'skipped';
}

/** Whether a result has been kept for as long as it may. */
export function isExpired({ definition: { rules: { keepFor } }, settledAt, registry }: TaskNode): boolean {
  if (keepFor === undefined || keepFor === Infinity || settledAt === undefined) return false;
  const age = registry.now() - settledAt;
  return age >= keepFor || age < 0; // the clock has been set back since
}
