import type { SchedulerLike, Subscription } from 'rxjs';

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
  readonly #host: SchedulerLike;
  readonly #onFree: () => void;
  /** The last starts, a ring: the oldest is at `#oldest` once there are `limit`. */
  readonly #starts: number[] = [];
  #oldest = 0;
  #timer: Subscription | undefined;

  constructor(rate: Rate, host: SchedulerLike, onFree: () => void) {
    this.rate = rate;
    this.#host = host;
    this.#onFree = onFree;
  }

  /** When the next one may start, by the host's clock; in the past if it may now. */
  get freeAt(): number {
    const { limit, per } = this.rate;
    return this.#starts.length < limit ? -Infinity : (this.#starts[this.#oldest] as number) + per;
  }

  /** Whether one may start now. If not, the group is told when one may. */
  admits(): boolean {
    const wait = this.freeAt - this.#host.now();
    if (wait <= 0) return true;
    this.#timer ??= this.#host.schedule(() => {
      this.rest();
      this.#onFree();
    }, wait);
    return false;
  }

  /** One has started. */
  count(): void {
    const now = this.#host.now();
    if (this.#starts.length < this.rate.limit) this.#starts.push(now);
    else {
      this.#starts[this.#oldest] = now;
      this.#oldest = (this.#oldest + 1) % this.rate.limit;
    }
  }

  /** Nothing waits any more. */
  rest(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }
}
