import type { SchedulerLike, Subscription } from 'rxjs';

import type { Entry } from './slot-group.ts';

/**
 * Aging: what has been ready for `maxWait` milliseconds goes next, before all that is not overdue,
 * whatever its priority. Those that are overdue go in the order in which they became ready.
 */
export class MaxWait {
  readonly duration: number;
  readonly #host: SchedulerLike;
  readonly #onOverdue: () => void;
  /** When each entry became ready. As the duration is the same for all, the first is due first. */
  readonly #since: Map<Entry, number> = new Map();
  #timer: Subscription | undefined;

  constructor(duration: number, host: SchedulerLike, onOverdue: () => void) {
    this.duration = duration;
    this.#host = host;
    this.#onOverdue = onOverdue;
  }

  add(entry: Entry): void {
    this.#since.set(entry, this.#host.now());
    this.#watch();
  }

  remove(entry: Entry): void {
    this.#since.delete(entry);
    if (this.#since.size > 0) return;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  /** Since when an entry should have started, if it has waited too long. */
  due(entry: Entry): number | undefined {
    const due = (this.#since.get(entry) ?? Infinity) + this.duration;
    return due <= this.#host.now() ? due : undefined;
  }

  /** Who has waited too long, and since when it should have started. */
  get overdue(): { readonly entry: Entry; readonly due: number } | undefined {
    for (const [entry, since] of this.#since) {
      const due = since + this.duration;
      return due <= this.#host.now() ? { entry, due } : undefined;
    }
    return undefined;
  }

  /** One timer at most, for the first that is not overdue yet. */
  #watch(): void {
    if (this.#timer) return;
    const now = this.#host.now();
    for (const since of this.#since.values()) {
      const wait = since + this.duration - now;
      if (wait <= 0) continue;
      this.#timer = this.#host.schedule(() => {
        this.#timer = undefined;
        this.#watch();
        this.#onOverdue();
      }, wait);
      return;
    }
  }
}
