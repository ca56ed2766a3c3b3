import type { Subscription } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import type { Task } from './task.ts';
import type { TaskRun } from './task-run.ts';

/** What a task keeps for its policies while it is unsettled. A task without any has none. */
export class Extras {
  /** What its present phase waits for: the end of `expires`, of `timeout`, or of the delay of `retry`. */
  timer: Subscription | undefined;
  /** How often its function has failed in a row. */
  failures = 0;
  /** The attempt that has failed, while it waits for the next one. */
  failed: TaskRun | undefined;
  /** Its own priority, while it goes at the higher one of a task that waits for it. */
  own: number | undefined;
  /** Of a live task: combinations of upstream values, the one to run first, then those that wait. */
  readonly combinations: (readonly unknown[])[] = [];
  /** Tasks that its function has started and waits for. */
  readonly children: Task<unknown>[] = [];
  /** What is to be told to the function once it has its slot again. */
  told: (() => void)[] = [];

  /** Calls the teardown of the notifier of `retry`, the code of others: see to it that it can do no harm. */
  stopTimer(): void {
    const { timer } = this;
    this.timer = undefined;
    try {
      timer?.unsubscribe();
    } catch (error) {
      reportUnhandledError(error);
    }
  }
}
