import type { TaskProgress } from './task-progress.ts';
import type { TaskStatus } from './task-status.ts';

/** An immutable picture of one task. Times are of the host's clock, in milliseconds. */
export interface TaskState {
  readonly status: TaskStatus;
  /** How often the function has been started since the task last completed. */
  readonly attempt: number;
  readonly priority: number;
  /** How far the present run is, once its function has reported it. */
  readonly progress: TaskProgress | undefined;
  /** When the present or last run was asked for. */
  readonly queuedAt: number | undefined;
  /** When its function was called. */
  readonly startedAt: number | undefined;
  /** When it settled. */
  readonly settledAt: number | undefined;
  /** What it failed with, or was cancelled with. */
  readonly error: unknown;
}
