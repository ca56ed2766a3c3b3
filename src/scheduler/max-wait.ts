import { Alarm } from './alarm.ts';
import type { Clock, Entry } from './slot-group.ts';

interface Waiting {
  readonly entry: Entry;
  since: number;
}

/**
 * Aging: what has been ready for `duration` milliseconds goes next, before all that is not overdue,
 * whatever its priority. Those that are overdue go in the order in which they became ready.
 */
export class MaxWait {
  #duration: number;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #waiting: Map<Entry, Waiting> = new Map();
  /**
   * Those that wait, in the order in which they became ready, with gaps. As the duration is the same
   * for all, the first is due first. (Not the map: to find its first steps over all that were before.)
   */
  #line: Waiting[] = [];
  #head = 0;

  constructor(duration: number, clock: Clock, onOverdue: () => void) {
    this.#duration = duration;
    this.#clock = clock;
    this.#alarm = new Alarm(clock.alarms, () => {
      this.#watch();
      onOverdue();
    });
  }

  get duration(): number {
    return this.#duration;
  }

  set duration(duration: number) {
    this.#duration = duration;
    this.#alarm.stop();
    this.#watch();
  }

  add(entry: Entry): void {
    const waiting = { entry, since: this.#clock.now() };
    this.#waiting.set(entry, waiting);
    this.#line.push(waiting);
    this.#watch();
  }

  remove(entry: Entry): void {
    this.#waiting.delete(entry);
    // More than half of it gaps: rare enough to cost each entry a step.
    if (this.#line.length > 2 * this.#waiting.size + 1000) {
      this.#line = [...this.#waiting.values()];
      this.#head = 0;
    }
    this.#watch();
  }

  /** Who has waited too long, and longest. */
  get overdue(): Entry | undefined {
    const entry = this.#first?.entry;
    return entry && this.dueOf(entry) !== undefined ? entry : undefined;
  }

  /** When an entry that is overdue should have started. */
  dueOf(entry: Entry): number | undefined {
    const waiting = this.#waiting.get(entry);
    if (waiting === undefined) return undefined;
    const now = this.#clock.now();
    const due = this.#dueAt(waiting, now);
    return due <= now ? due : undefined;
  }

  /** Nobody is to be told any more. */
  stop(): void {
    this.#alarm.stop();
  }

  get #first(): Waiting | undefined {
    for (let waiting; (waiting = this.#line[this.#head]); this.#head++) {
      if (this.#waiting.get(waiting.entry) === waiting) return waiting;
    }
    return undefined;
  }

  /** For the first, if it is not overdue yet: as long as it is, it makes no difference who else is. */
  #watch(): void {
    const first = this.#first;
    if (first === undefined) this.#alarm.stop();
    else {
      const now = this.#clock.now();
      const due = this.#dueAt(first, now);
      if (due > now) this.#alarm.set(due);
    }
  }

  /** What waits since a time in the future has waited since before the clock was set back: it is due. */
  #dueAt(waiting: Waiting, now: number): number {
    if (waiting.since > now) waiting.since = now - this.#duration;
    return waiting.since + this.#duration;
  }
}
