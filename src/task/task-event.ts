import type { Task } from './task.ts';
import type { TaskProgress } from './task-progress.ts';
import type { TaskCounts } from './task-status.ts';

interface AboutTask {
  readonly task: Task<unknown>;
  /** By the host's clock, in milliseconds. */
  readonly time: number;
}

/** A task was asked for: it waits for upstream, or for a slot. */
export interface TaskQueued extends AboutTask {
  readonly type: 'queued';
}

/** A task has got its slot, and its function is about to be called. */
export interface TaskStarted extends AboutTask {
  readonly type: 'started';
  readonly attempt: number;
}

/** A task's function has reported how far it is. */
export interface TaskProgressed extends AboutTask {
  readonly type: 'progress';
  readonly progress: TaskProgress;
}

/** A task has completed. `result` is its last value, undefined when it had none. */
export interface TaskCompleted extends AboutTask {
  readonly type: 'completed';
  readonly result: unknown;
}

/** A task has failed. */
export interface TaskFailed extends AboutTask {
  readonly type: 'failed';
  readonly error: unknown;
}

/** A task was cancelled, or `withdrawn` because no one wanted it any more. */
export interface TaskCancelled extends AboutTask {
  readonly type: 'cancelled';
  readonly withdrawn: boolean;
}

/** A task's function has failed, and is to be called again: the option `retry`. */
export interface TaskRetrying extends AboutTask {
  readonly type: 'retrying';
  /** The attempt that has failed. */
  readonly attempt: number;
  readonly error: unknown;
}

/** A task was skipped, as something upstream has failed or was skipped: the option `onUpstreamError`. */
export interface TaskSkipped extends AboutTask {
  readonly type: 'skipped';
}

/** The last unsettled task of a group has settled. */
export interface GroupFinished {
  readonly type: 'groupFinished';
  readonly group: string;
  readonly counts: TaskCounts;
  readonly time: number;
}

/** What happens in a manager, told apart by `type`. */
export type TaskEvent =
  | TaskQueued
  | TaskStarted
  | TaskProgressed
  | TaskCompleted
  | TaskFailed
  | TaskCancelled
  | TaskRetrying
  | TaskSkipped
  | GroupFinished;
