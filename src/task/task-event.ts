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
  /** The task whose function has asked for it with `context.run`. */
  readonly by: Task<unknown> | undefined;
}

/** A task that has waited for upstream, for its next attempt or its next combination now waits for a slot. */
export interface TaskReady extends AboutTask {
  readonly type: 'ready';
}

/** A task has got its slot, and its function is about to be called. */
export interface TaskStarted extends AboutTask {
  readonly type: 'started';
  readonly attempt: number;
}

/**
 * A run gives its slot up, but its task does not settle yet.
 *
 * `cause` is `'children'` when its function waits for tasks it has started: the run goes on with `resumed`.
 * Otherwise the run is over: `'replaced'` by a newer combination or as upstream was invalidated; `'next'` when a
 * live task waits for its next combination, or is about to complete.
 */
export interface TaskYielded extends AboutTask {
  readonly type: 'yielded';
  readonly cause: 'children' | 'replaced' | 'next';
  /** The tasks that its function waits for. */
  readonly children: readonly Task<unknown>[];
}

/** A task whose function has waited for others has its slot again. */
export interface TaskResumed extends AboutTask {
  readonly type: 'resumed';
}

/** A task's function has said something of its run: `context.annotate`. */
export interface TaskAnnotated extends AboutTask {
  readonly type: 'annotated';
  readonly attributes: TaskAttributes;
}

/** Facts of a run, such as its thread or a size. */
export type TaskAttributes = Readonly<Record<string, string | number | boolean>>;

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

/** A task's function has failed, and is to be called again by a policy such as `withRetry`. */
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
  | TaskReady
  | TaskStarted
  | TaskYielded
  | TaskResumed
  | TaskAnnotated
  | TaskProgressed
  | TaskCompleted
  | TaskFailed
  | TaskCancelled
  | TaskRetrying
  | TaskSkipped
  | GroupFinished;
