import type { GroupHooks, GroupObstacle, GroupPolicy, GroupPort, QueuedEntry } from '../scheduler/group-policy.ts';
import { check, checkOptions } from '../scheduler/validate.ts';

/** How many may start within a time. */
export interface Rate {
  /** How many starts: a positive integer. */
  readonly limit: number;
  /** Within how many milliseconds, wherever the window of that length is laid. */
  readonly per: number;
}

/**
 * Lets at most `limit` of a group start in any `per` milliseconds. A start counts when the function is
 * called, whatever becomes of it, and once however many slots it takes; a function that takes its slots
 * back is none. In place of another rate it counts the last starts of that one.
 *
 * @throws InvalidInputError for a limit that is no positive integer, or a time that is no positive number
 *
 * @example
 * ```ts
 * import { TaskManager, withRate } from 'sluice';
 *
 * const tasks = new TaskManager({ groups: { api: { policies: [withRate({ limit: 10, per: 1000 })] } } });
 * for (let page = 0; page < 100; page++) tasks.add(() => fetch(`/pages/${page}`), { group: 'api' });
 * ```
 */
export function withRate(rate: Rate): GroupPolicy {
  checkOptions('withRate()', rate, ['limit', 'per']);
  const { limit, per } = rate;
  check(Number.isSafeInteger(limit) && limit > 0, 'withRate()', 'limit', 'a positive integer', limit, 'To start nothing, use pause().');
  check(Number.isFinite(per) && per > 0, 'withRate()', 'per', 'a positive number of milliseconds', per);
  return {
    name: 'rate',
    attach: (port, replaced) => new RateLimit(limit, per, port, replaced),
    toJSON: () => ({ name: 'rate', limit, per }),
  };
}

/** A sliding window over the last starts: the next may start when the one `limit` before it was `per` milliseconds ago. */
class RateLimit implements GroupHooks {
  readonly #limit: number;
  readonly #per: number;
  readonly #port: GroupPort;
  /** The last starts, a ring: the oldest is at `#oldest` once there are `limit`. */
  readonly #starts: number[];
  #oldest = 0;

  constructor(limit: number, per: number, port: GroupPort, replaced: GroupHooks | undefined) {
    this.#limit = limit;
    this.#per = per;
    this.#port = port;
    this.#starts = replaced instanceof RateLimit ? replaced.#inOrder().slice(-limit) : [];
  }

  admits(entry: QueuedEntry): boolean {
    const until = this.#closedUntil(entry);
    if (until !== undefined) this.#port.reconsider(until);
    return until === undefined;
  }

  started(): void {
    const now = this.#port.now();
    if (this.#starts.length < this.#limit) this.#starts.push(now);
    else {
      this.#starts[this.#oldest] = now;
      this.#oldest = (this.#oldest + 1) % this.#limit;
    }
  }

  obstacle(entry: QueuedEntry): GroupObstacle | undefined {
    const until = this.#closedUntil(entry);
    return until === undefined ? undefined : { reason: `has reached its rate of ${String(this.#limit)} in ${String(this.#per)} ms`, until };
  }

  /** Until when it may not start. A start in the future was counted before the clock was set back, and is long past. */
  #closedUntil(entry: QueuedEntry): number | undefined {
    if (entry.started === true || this.#starts.length < this.#limit) return undefined;
    const oldest = this.#starts[this.#oldest] as number;
    const now = this.#port.now();
    return oldest <= now && oldest + this.#per > now ? oldest + this.#per : undefined;
  }

  #inOrder(): number[] {
    return [...this.#starts.slice(this.#oldest), ...this.#starts.slice(0, this.#oldest)];
  }
}
