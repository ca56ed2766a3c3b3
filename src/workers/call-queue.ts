import type { PoolCall } from './pool-call.ts';

/** The calls that no thread has, first come first. What a thread gives back has come before all that is added. */
export class CallQueue {
  /** Given back: the last one is the first that came. */
  #returned: PoolCall[] = [];
  #added: PoolCall[] = [];
  /** Where the added ones begin. Those that were deleted stand there until they are passed, or are too many. */
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): PoolCall | undefined {
    while (this.#returned.length > 0) {
      const call = this.#returned.at(-1)!;
      if (call.queued) return call;
      this.#returned.pop();
    }
    while (this.#head < this.#added.length) {
      const call = this.#added[this.#head]!;
      if (call.queued) return call;
      this.#head++;
    }
    return undefined;
  }

  add(call: PoolCall): void {
    call.queued = true;
    this.#size++;
    this.#added.push(call);
  }

  giveBack(calls: readonly PoolCall[]): void {
    if (calls.length === 0) return;
    for (const call of calls) call.queued = true;
    this.#size += calls.length;
    this.#returned = [...this.#returned, ...calls].sort((a, b) => b.id - a.id);
  }

  /** False if it was not there. */
  delete(call: PoolCall): boolean {
    if (!call.queued) return false;
    call.queued = false;
    this.#size--;
    if (this.#added.length > 2 * this.#size + 32) {
      this.#added = this.#added.slice(this.#head).filter(({ queued }) => queued);
      this.#head = 0;
    }
    return true;
  }

  /** All that wait. */
  *[Symbol.iterator](): Iterator<PoolCall> {
    yield* [...this.#returned].reverse().filter(({ queued }) => queued);
    yield* this.#added.slice(this.#head).filter(({ queued }) => queued);
  }
}
