/** What waits in an order: the higher `priority` first, among equals the lower `order`. */
export interface Ranked {
  priority: number;
  order: number;
  /** Where it is in its queue, -1 when it is in none. Kept by the queue. */
  position: number;
}

/** Whether `a` goes before `b`. */
export function goesBefore(a: Ranked, b: Ranked): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.order < b.order);
}

/**
 * A heap of what goes next, with four children a node: as many comparisons as with two, over half the
 * levels, and it is the steps between levels that miss the cache. Every entry knows its position, so
 * that to remove or move one takes O(log n) as well.
 */
export class RankHeap<T extends Ranked> {
  // Invariant: entries[i] goes before entries[4i+1 … 4i+4], and entries[i].position === i.
  readonly #entries: T[] = [];

  /** Everyone, in no order. */
  all(): readonly T[] {
    return this.#entries;
  }

  /** Who goes next; it stays in the queue. */
  get first(): T | undefined {
    return this.#entries[0];
  }

  add(entry: T): void {
    this.#rise(entry, this.#entries.length);
  }

  /** Takes out an entry that is in the queue. */
  remove(entry: T): void {
    const position = entry.position;
    const last = this.#entries.pop() as T;
    entry.position = -1;
    if (last === entry) return;
    // Only one of them moves it.
    this.#rise(last, position);
    this.#sink(last, last.position);
  }

  /** Moves the hole at `position` up until `entry` fits into it. */
  #rise(entry: T, position: number): void {
    const entries = this.#entries;
    while (position > 0) {
      const above = (position - 1) >> 2;
      const parent = entries[above] as T;
      if (!goesBefore(entry, parent)) break;
      entries[position] = parent;
      parent.position = position;
      position = above;
    }
    entries[position] = entry;
    entry.position = position;
  }

  /** Moves the hole at `position` down until `entry` fits into it. */
  #sink(entry: T, position: number): void {
    const entries = this.#entries;
    const size = entries.length;
    for (let below = position * 4 + 1; below < size; below = position * 4 + 1) {
      const end = Math.min(below + 4, size);
      let best = entries[below] as T;
      for (let i = below + 1; i < end; i++) {
        const child = entries[i] as T;
        if (goesBefore(child, best)) {
          best = child;
          below = i;
        }
      }
      if (!goesBefore(best, entry)) break;
      entries[position] = best;
      best.position = position;
      position = below;
    }
    entries[position] = entry;
    entry.position = position;
  }
}
