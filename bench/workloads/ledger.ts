import { deferred } from './deferred.ts';

/** One in so many tasks takes until the next turn of the event loop. */
const HELD = 499;

/**
 * Keeps the books of a load: what has started, in which order, and how much of it is done. All
 * contenders pay the same for it, which is as little as the checks allow.
 */
export class Ledger {
  readonly started: Uint32Array;
  starts = 0;
  ends = 0;
  withdrawals = 0;
  /** Settles when as many as expected have ended. */
  readonly finished: Promise<void>;
  readonly #expected: number;
  readonly #limit: number;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;

  /**
   * @param n - how many may start
   * @param expected - how many have to end
   * @param limit - how many may run at once
   */
  constructor(n: number, expected: number, limit: number) {
    this.started = new Uint32Array(n);
    this.#expected = expected;
    this.#limit = limit;
    const { promise, resolve, reject } = deferred();
    this.finished = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(task: number): void {
    this.started[this.starts++] = task;
  }

  end(): void {
    if (++this.ends === this.#expected) this.#resolve();
  }

  withdraw(): void {
    this.withdrawals++;
  }

  /** Whether this task is to take until the next turn of the event loop. */
  holds(task: number): boolean {
    return task % HELD === HELD - 1;
  }

  /**
   * The result of a task that takes until the next turn of the event loop. Then, all that has been
   * over by itself has been told: what is still out holds a slot. (Inside a turn it cannot be seen from
   * outside whether a slot is held: some give it back before the result is told, some after.)
   */
  hold<T>(end: () => T, inspect?: () => void): Promise<T> {
    return new Promise((resolve) => {
      setImmediate(() => {
        const running = this.starts - this.ends;
        if (running > this.#limit) this.fail(`${running} run at once, the limit is ${this.#limit}`);
        inspect?.();
        resolve(end());
      });
    });
  }

  /** To be called when all is over. */
  checkCounts(): void {
    if (this.ends !== this.#expected) this.fail(`${this.ends} tasks have ended, ${this.#expected} were expected to`);
    if (this.starts !== this.#expected) this.fail(`${this.starts} tasks have started, ${this.#expected} were expected to`);
  }

  fail(message: string): void {
    const error = new Error(`Wrong result: ${message}`);
    this.#reject(error);
    throw error;
  }
}
