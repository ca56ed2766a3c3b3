/** How many calls a worker may have at a time: one that runs, and those ahead of it; or those that it runs. */
export const MOST_CALLS = 33;

const NOBODY = 0;

/** In the word of what has been taken of a call: its subscriber has left. */
export const LEFT = -1;

/** The word holds the lower bits of how much that is, which an endless stream passes. */
const BITS = 0x7fffffff;

/**
 * Who has a call that waits in a worker: it is started by the worker, or taken back by the pool, never
 * both. The word of a call holds its number until one of the two, atomically, takes that away.
 *
 * This is what lets a pool send calls ahead: it can move them to another thread, or withdraw them, at any
 * moment until they start. It needs memory that threads share, which a page has only if it is isolated.
 *
 * A second word of each call holds how much of its values has been taken, so that a function which never lets its
 * event loop have a turn hears of it too.
 */
export class Claims {
  readonly words: Int32Array;
  readonly #free: number[] = Array.from({ length: MOST_CALLS }, (_, slot) => slot);

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  /** Undefined where threads cannot share memory. */
  static create(): Claims | undefined {
    return typeof SharedArrayBuffer === 'undefined' ? undefined : new Claims(new SharedArrayBuffer(2 * MOST_CALLS * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Offers a call to the worker. The slot is for the message; -1 if none is free. */
  offer(id: number): number {
    const slot = this.#free.pop() ?? -1;
    if (slot < 0) return slot;
    Atomics.store(this.words, slot, id);
    Atomics.store(this.words, MOST_CALLS + slot, 0);
    return slot;
  }

  /** Takes a call back, unless the worker has started it. */
  takeBack(id: number, slot: number): boolean {
    return slot >= 0 && claim(this.words, id, slot);
  }

  /** Says how much of the call's values has been taken, or that it was left. */
  tell(slot: number, units: number): void {
    if (slot < 0) return;
    Atomics.store(this.words, MOST_CALLS + slot, units === LEFT ? LEFT : units & BITS);
    Atomics.notify(this.words, MOST_CALLS + slot);
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

/** Holds the thread until more than that was taken, or the call was left. Returns what was told. */
export function waitForTaken(words: Int32Array, slot: number, known: number): number {
  Atomics.wait(words, MOST_CALLS + slot, known & BITS);
  const told = Atomics.load(words, MOST_CALLS + slot);
  return told === LEFT ? LEFT : known + ((told - known) & BITS);
}
