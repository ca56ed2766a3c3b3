/**
 * Beats once in each turn of the event loop, and knows the longest time between two beats: in
 * milliseconds of the thread's CPU time, as a busy machine makes everyone late.
 */
export class Heartbeat {
  #last: NodeJS.CpuUsage | undefined;
  #longest = 0;
  #next: NodeJS.Immediate | undefined;

  start(): void {
    this.#last = process.threadCpuUsage();
    this.#next = setImmediate(this.#beat);
  }

  /** @returns the longest time */
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
    const { user, system } = process.threadCpuUsage(this.#last);
    this.#longest = Math.max(this.#longest, (user + system) / 1000);
    this.#last = process.threadCpuUsage();
  }
}
