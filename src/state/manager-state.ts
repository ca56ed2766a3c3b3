import type { TaskCounts } from '../task/task-status.ts';

/** How far the tasks of a group are, counted since it was last empty. */
export interface GroupProgress {
  /** Tasks that have completed, failed or been skipped. */
  readonly done: number;
  /** Tasks that have been cancelled or withdrawn. Nothing is left when `done + cancelled` is `total`. */
  readonly cancelled: number;
  /** Tasks in all. */
  readonly total: number;
  /** From 0 to 1: done tasks count 1, running ones what they have reported, cancelled ones nothing. 0 when there are none. */
  readonly fraction: number;
}

/** An immutable picture of a group. */
export interface GroupState {
  readonly counts: TaskCounts;
  readonly progress: GroupProgress;
  readonly paused: boolean;
  readonly concurrency: number;
}

/** An immutable picture of a manager. What has not changed is the same object as in the one before. */
export interface ManagerState {
  /** `idle`: nothing is unsettled. `closed` and `paused` go before `busy`. */
  readonly status: 'idle' | 'busy' | 'paused' | 'closed';
  readonly concurrency: number;
  readonly counts: TaskCounts;
  readonly progress: GroupProgress;
  /** The groups that have work, limits of their own, or watchers. */
  readonly groups: Readonly<Record<string, GroupState>>;
}
