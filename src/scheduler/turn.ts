import type { SchedulerAction, SchedulerLike } from 'rxjs';

import { hasMicrotaskTurns } from './default-host.ts';

/** Calls `work` through the host: once, however often it is asked for before that. */
export class Turn {
  readonly #host: SchedulerLike;
  readonly #work: () => void;
  #asked = false;
  /** Counts the calls, so that one that was lost can be told from one that took place. */
  #calls = 0;
  /** An action to ask with again. Only of RxJS's `asapScheduler`: others may end theirs, or keep the old ones. */
  #action: SchedulerAction<unknown> | undefined;

  constructor(host: SchedulerLike, work: () => void) {
    this.#host = host;
    this.#work = work;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    if (this.#action) {
      this.#action.schedule();
      return;
    }
    const calls = this.#calls;
    const action = this.#host.schedule(this.#call);
    if (calls !== this.#calls) return; // the host has called at once
    if (hasMicrotaskTurns(this.#host)) this.#action = action as SchedulerAction<unknown>;
    // When an action throws, RxJS's schedulers drop the ones behind it, which may be this one. It is
    // asked for again later: a virtual scheduler would go on dropping for as long as it is.
    action.add(() => {
      const lost = this.#action ? this.#asked : calls === this.#calls;
      this.#action = undefined;
      if (!lost) return;
      this.#asked = false;
      void Promise.resolve().then(() => { this.ask(); });
    });
  }

  readonly #call = (): void => {
    this.#calls++;
    this.#asked = false;
    this.#work();
  };
}
