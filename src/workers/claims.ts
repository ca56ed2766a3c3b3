/** How many calls a worker may have at a time: one that runs, and those ahead of it. */
export const MOST_CALLS = 33;

const NOBODY = 0;

/**
 * Who has a call that waits in a worker: it is started by the worker, or taken back by the pool, never
 * both. The word of a call holds its number until one of the two, atomically, takes that away.
 *
 * This is what lets a pool send calls ahead: it can move them to another thread, or withdraw them, at any
 * moment until they start. It needs memory that threads share, which a page has only if it is isolated.
 */
export class Claims {
  readonly words: Int32Array;
  readonly #free: number[] = Array.from({ length: MOST_CALLS }, (_, slot) => slot);

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  /** Undefined where threads cannot share memory. */
  static create(): Claims | undefined {
    return typeof SharedArrayBuffer === 'undefined' ? undefined : new Claims(new SharedArrayBuffer(MOST_CALLS * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Offers a call to the worker. The slot is for the message. */
  offer(id: number): number {
    const slot = this.#free.pop()!;
    Atomics.store(this.words, slot, id);
    return slot;
  }

  /** Takes a call back, unless the worker has started it. */
  takeBack(id: number, slot: number): boolean {
    return claim(this.words, id, slot);
  }

  /** The call of that slot has been taken back or has ended. */
  release(slot: number): void {
    this.#free.push(slot);
  }
}

/** Whether the call is now the caller's. A slot that is used again has another number, so an old message claims nothing. */
export function claim(words: Int32Array, id: number, slot: number): boolean {
  return Atomics.compareExchange(words, slot, id, NOBODY) === id;
}
