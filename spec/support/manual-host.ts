import { queueScheduler, type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

/** A host whose turns are made by hand, and whose clock stands still until it is moved. */
export class ManualHost implements SchedulerLike {
  time = 0;
  readonly #immediate: boolean;
  readonly #due: { readonly at: number; readonly delayed: boolean; readonly call: () => void; readonly action: Subscription }[] = [];

  /** @param immediate - whether what is not delayed is called at once, as RxJS's `queueScheduler` does */
  constructor(immediate = false) {
    this.#immediate = immediate;
  }

  now(): number {
    return this.time;
  }

  /** How many calls wait for a turn. */
  get pending(): number {
    return this.#due.filter(({ action }) => !action.closed).length;
  }

  /** Whether a timer is due that has not fired. */
  get late(): boolean {
    return this.#due.some(({ at, delayed, action }) => delayed && !action.closed && at <= this.time);
  }

  /** Whether there is something to call in a turn now. */
  get due(): boolean {
    return this.#due.some(({ at, action }) => !action.closed && at <= this.time);
  }

  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay?: number, state?: T): Subscription;
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay: number, state: T): Subscription;
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription {
    if (this.#immediate && delay === 0) return queueScheduler.schedule(work as Parameters<typeof queueScheduler.schedule<T>>[0], 0, state);
    const action = new Subscription() as SchedulerAction<T>;
    this.#due.push({ at: this.time + delay, delayed: delay > 0, action, call: () => { work.call(action, state as T); } });
    return action;
  }

  /**
   * One turn: calls what is due, and what becomes due meanwhile.
   *
   * @param late - whether timers fire later than that
   */
  turn(late = false): void {
    for (let i = 0; i < this.#due.length;) {
      const next = this.#due[i]!;
      if (next.at > this.time || (late && next.delayed)) i++;
      else {
        this.#due.splice(i, 1);
        if (!next.action.closed) next.call();
        next.action.unsubscribe();
        i = 0;
      }
    }
  }

  /**
   * Lets so many milliseconds pass, and makes a turn whenever something is due.
   *
   * @param beforeClock - called each time before the clock goes on
   * @param late - whether timers that are due meanwhile fire after that, in the next turn
   */
  pass(duration: number, beforeClock: () => void = () => {}, late = false): void {
    if (late) {
      beforeClock();
      this.time += duration;
      this.turn(true);
      return;
    }
    const end = this.time + duration;
    for (;;) {
      this.turn();
      const next = this.#due.filter(({ action }) => !action.closed).map(({ at }) => at).filter((at) => at > this.time && at <= end);
      beforeClock();
      this.time = Math.min(end, ...next);
      if (next.length === 0) break;
    }
    this.turn();
  }
}
