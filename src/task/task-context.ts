import type { TaskProgressInput } from './task-progress.ts';

/** What a task's function is given last: how to notice that it is cancelled, and how to report. */
export interface TaskContext {
  /** Aborted when the run ends without a result: cancelled, withdrawn, replaced or failed. Its `reason` is the error. */
  readonly signal: AbortSignal;
  /**
   * Reports how far the run is. Does nothing once the run has settled.
   *
   * @throws InvalidInputError for a number that is not finite
   */
  readonly progress: (progress: TaskProgressInput) => void;
  readonly id: number;
  readonly name: string;
  /** 1 for the first run, and one more for each run after one that did not complete. */
  readonly attempt: number;
}
