/** What waits, in the order of priority, then of queueing. */
export interface Ranked {
  readonly priority: number;
  readonly order: number;
}

/** A binary heap, as anyone would write it who needs one. */
export class Heap<T extends Ranked> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get best(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    const entries = this.#entries;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = entries[above]!;
      if (!before(entry, parent)) break;
      entries[at] = parent;
      at = above;
    }
    entries[at] = entry;
  }

  pop(): T | undefined {
    const entries = this.#entries;
    const best = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return best;
    const size = entries.length;
    let at = 0;
    for (let below = 1; below < size; below = 2 * at + 1) {
      if (below + 1 < size && before(entries[below + 1]!, entries[below]!)) below++;
      const child = entries[below]!;
      if (!before(child, last)) break;
      entries[at] = child;
      at = below;
    }
    entries[at] = last;
    return best;
  }
}

function before(a: Ranked, b: Ranked): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.order < b.order);
}
