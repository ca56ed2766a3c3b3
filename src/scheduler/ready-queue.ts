import { goesBefore, type Ranked, RankHeap } from './rank-heap.ts';

/** How many priorities have a line of their own. */
const LINES = 32;

/**
 * Who goes next. Entries of one priority mostly come in their order, so they wait in line: to add or
 * take one takes a step, where a heap of 100,000 takes a dozen, each of which misses the cache. What
 * does not fit waits in a heap: entries that come later than their order says, as those that had to
 * wait for upstream, and those of further priorities when all lines are taken. Any of them can be
 * removed or moved, in O(1) from a line and in O(log n) from the heap.
 */
export class ReadyQueue<T extends Ranked> {
  // Invariant: lines are sorted, the highest priority first, and none is empty. Which line or the
  // heap an entry is in shows in its position: below -1 in a line, from 0 on in the heap.
  readonly #lines: Line<T>[] = [];
  readonly #heap: RankHeap<T> = new RankHeap();

  /** Everyone, in no order. */
  all(): T[] {
    return [...this.#heap.all(), ...this.#lines.flatMap((line) => line.all())];
  }

  /** Who goes next; it stays in the queue. */
  get first(): T | undefined {
    const waiting = this.#heap.first;
    const line = this.#lines[0];
    if (line === undefined) return waiting;
    const inLine = line.first;
    return waiting !== undefined && goesBefore(waiting, inLine) ? waiting : inLine;
  }

  add(entry: T): void {
    const line = this.#lineOf(entry.priority);
    if (line === undefined || !line.add(entry)) this.#heap.add(entry);
  }

  /** Takes out who goes next. */
  take(): T | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes out an entry that is in the queue. */
  remove(entry: T): void {
    if (entry.position >= 0) {
      this.#heap.remove(entry);
      return;
    }
    const at = this.#lines.findIndex(({ priority }) => priority === entry.priority);
    const line = this.#lines[at] as Line<T>;
    line.remove(entry);
    if (line.size === 0) this.#lines.splice(at, 1);
  }

  /** Moves an entry that is in the queue to another priority. */
  move(entry: T, priority: number): void {
    this.remove(entry);
    entry.priority = priority;
    this.add(entry);
  }

  #lineOf(priority: number): Line<T> | undefined {
    const lines = this.#lines;
    let at = 0;
    for (let line = lines[0]; line && line.priority >= priority; line = lines[++at]) {
      if (line.priority === priority) return line;
    }
    if (lines.length === LINES) return undefined;
    const line = new Line<T>(priority);
    lines.splice(at, 0, line);
    return line;
  }
}

/** Entries of one priority, in the order in which they came, which is that of their `order`. */
class Line<T extends Ranked> {
  readonly priority: number;
  size = 0;
  // Invariant: the entry at i has the position -2 - #gone - i. Who left has left a gap; there is none
  // at #head, unless the line is empty.
  #entries: (T | undefined)[] = [];
  #head = 0;
  #gone = 0;
  #lastOrder = -Infinity;

  constructor(priority: number) {
    this.priority = priority;
  }

  get first(): T {
    return this.#entries[this.#head] as T;
  }

  /** Puts an entry last. False when it belongs before one that has come already. */
  add(entry: T): boolean {
    if (entry.order < this.#lastOrder) return false;
    this.#lastOrder = entry.order;
    entry.position = -2 - this.#gone - this.#entries.length;
    this.#entries.push(entry);
    this.size++;
    return true;
  }

  remove(entry: T): void {
    const entries = this.#entries;
    entries[-2 - entry.position - this.#gone] = undefined;
    entry.position = -1;
    if (--this.size === 0) return;
    while (entries[this.#head] === undefined) this.#head++;
    // More than half of it gaps: rare enough to cost each entry a step.
    if (entries.length > 2 * this.size + 1000) this.#closeGaps();
  }

  all(): T[] {
    return this.#entries.filter((entry) => entry !== undefined);
  }

  #closeGaps(): void {
    if (this.#entries.length - this.#head === this.size) {
      // They left from the head, in their turn: the others keep their positions.
      this.#entries = this.#entries.slice(this.#head);
      this.#gone += this.#head;
    } else {
      const entries = this.all();
      for (const [i, entry] of entries.entries()) entry.position = -2 - i;
      this.#entries = entries;
      this.#gone = 0;
    }
    this.#head = 0;
  }
}
