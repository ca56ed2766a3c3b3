import type { Subscription } from 'rxjs';

import type { Task } from './task.ts';

/** What a task keeps for its policies while it is unsettled. A task without any has none. */
export class Extras {
  /** What its present phase waits for: the end of `expires`, of `timeout`, or of the delay of `retry`. */
  timer: Subscription | undefined;
  /** How often its function has failed in a row. */
  failures = 0;
  /** Its own priority, while it goes at the higher one of a task that waits for it. */
  own: number | undefined;
  /** Of a live task: combinations of upstream values, the one to run first, then those that wait. */
  readonly combinations: (readonly unknown[])[] = [];
  /** Tasks that its function has started and waits for. */
  readonly children: Task<unknown>[] = [];
  /** What is to be told to the function once it has its slot again. */
  told: (() => void)[] = [];

  stopTimer(): void {
    this.timer?.unsubscribe();
    this.timer = undefined;
  }
}
