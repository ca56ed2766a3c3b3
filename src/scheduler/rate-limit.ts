import { Alarm } from './alarm.ts';
import type { Clock } from './slot-group.ts';

/** How many may start within a time. */
export interface Rate {
  /** How many starts: a positive integer. */
  readonly limit: number;
  /** Within how many milliseconds, wherever the window of that length is laid. */
  readonly per: number;
}

/**
 * A sliding window over the last starts of a group: the next one may start when the one `limit`
 * before it was `per` milliseconds ago.
 *
 * A timer runs only while something waits for the window: an idle process must be able to end.
 */
export class RateLimit {
  readonly rate: Rate;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  /** The last starts, a ring: the oldest is at `#oldest` once there are `limit`. */
  readonly #starts: number[];
  #oldest = 0;

  /** @param before - the limit in whose place this one comes, and whose starts count on */
  constructor({ limit, per }: Rate, clock: Clock, onFree: () => void, before?: RateLimit) {
    this.rate = Object.freeze({ limit, per });
    this.#clock = clock;
    this.#alarm = new Alarm(clock.alarms, onFree);
    this.#starts = before ? before.#inOrder().slice(-limit) : [];
  }

  /**
   * When the next one may start, by the host's clock; in the past if it may now. A start in the future was
   * counted before the clock was set back, and is long past.
   */
  get freeAt(): number {
    const { limit, per } = this.rate;
    if (this.#starts.length < limit) return -Infinity;
    const oldest = this.#starts[this.#oldest] as number;
    return oldest > this.#clock.now() ? -Infinity : oldest + per;
  }

  /** Whether one may start now. */
  get free(): boolean {
    return this.freeAt <= this.#clock.now();
  }

  /** The same, for one that waits. If it may not, the group is told when it may. */
  admits(): boolean {
    if (this.free) return true;
    this.#alarm.set(this.freeAt);
    return false;
  }

  /** The function of one is about to be called. */
  count(): void {
    const now = this.#clock.now();
    if (this.#starts.length < this.rate.limit) this.#starts.push(now);
    else {
      this.#starts[this.#oldest] = now;
      this.#oldest = (this.#oldest + 1) % this.rate.limit;
    }
  }

  /** Nothing waits any more. */
  rest(): void {
    this.#alarm.stop();
  }

  #inOrder(): number[] {
    return [...this.#starts.slice(this.#oldest), ...this.#starts.slice(0, this.#oldest)];
  }
}
