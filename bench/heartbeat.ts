/** Beats once in each turn of the event loop, and knows the longest time between two beats. */
export class Heartbeat {
  #last = 0;
  #longest = 0;
  #next: NodeJS.Immediate | undefined;

  start(): void {
    this.#last = performance.now();
    this.#next = setImmediate(this.#beat);
  }

  /** @returns milliseconds */
  stop(): number {
    clearImmediate(this.#next);
    this.#measure();
    return this.#longest;
  }

  readonly #beat = (): void => {
    this.#measure();
    this.#next = setImmediate(this.#beat);
  };

  #measure(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }
}
