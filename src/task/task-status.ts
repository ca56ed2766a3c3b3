/**
 * Where a task is: `idle` (not asked for), `waiting` (for upstream, for its next attempt, or for a task
 * that its function has started), `queued` (ready, waits for a slot), `running`, and how its last run settled.
 */
export type TaskStatus = 'idle' | 'waiting' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'skipped';

/** How many tasks are, or have been, in each status. */
export interface TaskCounts {
  /** Waiting now for upstream, for an attempt, or for a task that they have started. */
  readonly waiting: number;
  /** Ready and waiting for a slot now. */
  readonly queued: number;
  /** Running now. */
  readonly running: number;
  /** Runs that have completed so far. */
  readonly completed: number;
  /** Runs that have failed so far. */
  readonly failed: number;
  /** Runs that have been cancelled or withdrawn so far. */
  readonly cancelled: number;
  /** Runs that have been skipped so far, as something upstream has failed. */
  readonly skipped: number;
}
