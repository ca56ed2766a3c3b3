import type { Subscription } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import type { TaskNode } from './task-node.ts';
import type { TaskRun } from './task-run.ts';

/** What a task keeps for its policies while it is unsettled. A task without any has none. */
export class Extras {
  /** What its present phase waits for: the end of `expires`, of `timeout`, or of the delay of `retry`. */
  timer: Subscription | undefined;
  /** How often its function has failed in a row. */
  failures = 0;
  /** The attempt that has failed, while it waits for the next one. */
  failed: TaskRun | undefined;
  /** Its own priority, while it goes at that of others who want it. */
  own: number | undefined;
  /** Tasks whose functions wait for it. `quiet`: it has no priority of its own beside theirs. */
  parents: { readonly quiet: boolean; readonly nodes: Set<TaskNode> } | undefined;
  /** Of a live task: combinations of upstream values, the one to run first, then those that wait. */
  combinations: (readonly unknown[])[] | undefined;

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

  /** Forgets what belongs to its present run, but not who wants it. */
  beginAnew(): void {
    this.stopTimer();
    this.failures = 0;
    this.combinations = undefined;
  }
}
