import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

/** A host whose turns are made by hand, and whose clock stands still until it is moved. */
export class ManualHost implements SchedulerLike {
  time = 0;
  readonly #due: { readonly at: number; readonly call: () => void; readonly action: Subscription }[] = [];

  now(): number {
    return this.time;
  }

  /** How many calls wait for a turn. */
  get pending(): number {
    return this.#due.length;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay?: number, state?: T): Subscription;
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay: number, state: T): Subscription;
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay = 0, state?: T): Subscription {
    const action = new Subscription() as SchedulerAction<T>;
    this.#due.push({ at: this.time + delay, action, call: () => { work.call(action, state as T); } });
    return action;
  }

  /** One turn: calls what is due, and what becomes due meanwhile. */
  turn(): void {
    for (let i = 0; i < this.#due.length;) {
      const next = this.#due[i]!;
      if (next.at > this.time) i++;
      else {
        this.#due.splice(i, 1);
        if (!next.action.closed) next.call();
        next.action.unsubscribe();
        i = 0;
      }
    }
  }
}
