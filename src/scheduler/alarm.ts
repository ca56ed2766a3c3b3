import type { SchedulerLike, Subscription } from 'rxjs';

import { type Ranked, RankHeap } from './rank-heap.ts';
import { LONGEST } from './validate.ts';

/**
 * The alarms of a scheduler, for all of which there is one timer. A timer may fire late, so whoever
 * decides what goes next rings those that are due first, and never depends on the timer.
 */
export class Alarms {
  readonly #host: SchedulerLike;
  readonly #now: () => number;
  readonly #set: RankHeap<Alarm> = new RankHeap();
  #timer: Subscription | undefined;
  #timerAt = Infinity;
  #time = -Infinity;

  constructor(host: SchedulerLike, now: () => number) {
    this.#host = host;
    this.#now = now;
  }

  /** Rings the alarms that are due. All of them, if the clock has been set back: each looks again. */
  ring(now: number): void {
    const setBack = now < this.#time;
    this.#time = now;
    const { first } = this.#set;
    if (first === undefined || (first.order > now && !setBack)) return;
    const due = setBack ? [...this.#set.all()] : [];
    for (let next: Alarm | undefined = first; !setBack && next && next.order <= now; next = this.#set.first) {
      this.#set.remove(next);
      due.push(next);
    }
    for (const alarm of due) {
      this.stop(alarm);
      alarm.ring();
    }
    this.#setTimer();
  }

  add(alarm: Alarm): void {
    this.#set.add(alarm);
    this.#setTimer();
  }

  stop(alarm: Alarm): void {
    if (alarm.position === -1) return;
    this.#set.remove(alarm);
    if (this.#set.first === undefined) this.#stopTimer();
  }

  /** For the first. It may fire early: after one that was stopped, or as timers cannot be set for months. */
  #setTimer(): void {
    const at = this.#set.first?.order ?? Infinity;
    if (at === Infinity) this.#stopTimer();
    if (at >= this.#timerAt) return;
    this.#stopTimer();
    this.#timerAt = at;
    const delay = at - this.#now();
    // Never at once: whoever sets an alarm is in the middle of something.
    this.#timer = this.#host.schedule(() => {
      this.#stopTimer();
      this.ring(this.#now());
      this.#setTimer();
    }, delay > 0 ? Math.min(delay, LONGEST) : 1);
  }

  #stopTimer(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }
}

/** A call at a time by the host's clock. It may come early: who is called looks whether it is time, and sets it again. */
export class Alarm implements Ranked {
  readonly priority = 0;
  /** When it rings. */
  order: number = Infinity;
  position = -1;
  readonly ring: () => void;
  readonly #alarms: Alarms;

  constructor(alarms: Alarms, ring: () => void) {
    this.#alarms = alarms;
    this.ring = ring;
  }

  /** Rings at that time, and not later if it is to ring before that already. */
  set(at: number): void {
    if (this.position !== -1) {
      if (at >= this.order) return;
      this.stop();
    }
    this.order = at;
    this.#alarms.add(this);
  }

  stop(): void {
    this.#alarms.stop(this);
  }
}
