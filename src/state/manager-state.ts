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

/** An immutable snapshot of a group. What has not changed is the same object as in the one before. */
export interface GroupState {
  /** Its whole name: `'uploads/images'`. */
  readonly name: string;
  readonly counts: TaskCounts;
  readonly progress: GroupProgress;
  readonly paused: boolean;
  readonly concurrency: number;
  /** The groups within it, to be read by {@link groupState} and {@link groupStates}. */
  readonly groups: GroupTree;
}

/** An immutable snapshot of a manager. What has not changed is the same object as in the one before. */
export interface ManagerState {
  /** `idle`: nothing is unsettled. `closed` and `paused` go before `busy`. */
  readonly status: 'idle' | 'busy' | 'paused' | 'closed';
  readonly concurrency: number;
  readonly counts: TaskCounts;
  readonly progress: GroupProgress;
  /**
   * The groups that have work, limits of their own, or watchers, to be read by {@link groupState} and
   * {@link groupStates}.
   */
  readonly groups: GroupTree;
}

/**
 * The groups of a snapshot. However many there are, one that has changed has few others copied: it is
 * a list of up to 32 groups, in the order in which they came; where there are more, a list of 32 such
 * lists, of which the hash of a name tells the right one, and so on. It is plain data, which can be
 * cloned and sent, and is read by {@link groupState} and {@link groupStates}.
 */
export type GroupTree = readonly GroupState[] | readonly GroupTree[];
