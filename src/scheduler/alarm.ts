import type { SchedulerLike, Subscription } from 'rxjs';

import { LONGEST } from './validate.ts';

/**
 * A call back at a time by the host's clock, for which there is one timer at most. It may come early,
 * as a timer can do, and is far off: who is called looks whether it is time, and sets it again.
 */
export class Alarm {
  readonly #host: SchedulerLike;
  readonly #ring: () => void;
  #timer: Subscription | undefined;
  #at = Infinity;

  constructor(host: SchedulerLike, ring: () => void) {
    this.#host = host;
    this.#ring = ring;
  }

  /** Rings at that time, and not later if it is to ring before that already. */
  set(at: number): void {
    if (at >= this.#at) return;
    this.stop();
    this.#at = at;
    this.#timer = this.#host.schedule(() => {
      this.stop();
      this.#ring();
    }, Math.min(at - this.#host.now(), LONGEST));
  }

  stop(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#at = Infinity;
  }
}
