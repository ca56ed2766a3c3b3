import type { Kwargs, OnConflict, Upstream } from './kwargs.ts';
import type { ReleaseSlot } from './release-slot.ts';
import type { TaskPolicy } from './task-policy.ts';
import type { OnUpstreamError } from './upstream-policy.ts';

/** Options that every task has. */
export interface CommonTaskOptions {
  /** What errors, events and tools call it. Default: the function's name, or `task` and its id. */
  readonly name?: string | undefined;
  /** The group whose limits apply, and with which it is watched, paused and cancelled. */
  readonly group?: string | undefined;
  /** Who goes next: any finite number, the higher the sooner. Default 0. */
  readonly priority?: number | undefined;
  /**
   * `'forkJoin'` (default): one run, when all upstream has completed, with last values.
   * `'combineLatest'`: a run for each combination of upstream values; see {@link flatten}.
   */
  readonly join?: 'forkJoin' | 'combineLatest' | undefined;
  /**
   * What a live task (`join: 'combineLatest'`) does with a combination that comes while there is a
   * run, as RxJS's operators do. `'switch'` (default): it replaces the run. `'concat'`: it waits for
   * the run to end. `'exhaust'`: it is dropped.
   */
  readonly flatten?: Flatten | undefined;
  /** Whether the result is frozen, deeply, when it feeds tasks downstream. Default true. */
  readonly freeze?: boolean | undefined;
  /**
   * `'on-cancel'` (default): the slot of a cancelled run is free at once. `'on-settle'`: not before
   * its function has really ended, a true bound for functions that do not heed `signal`.
   */
  readonly releaseSlot?: ReleaseSlot | undefined;
  /**
   * When two inputs supply the same kwarg: `'error'` (default) fails the task with a
   * `KwargsConflictError`, `'overwrite'` lets the later one win, a function decides.
   */
  readonly onConflict?: OnConflict | undefined;
  /** How many slots it takes: a positive integer, no more than the limits it is under. Default 1. */
  readonly slots?: number | undefined;
  /**
   * Cancels the task when it is aborted; if it is aborted already, as soon as the task is asked for. The reason is the
   * `cause` of the `TaskCancelledError`.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * What becomes of a run that fails, takes long or waits long: {@link withRetry}, {@link withTimeout},
   * {@link withExpiry}, or policies of your own. Read like RxJS's `pipe`: the first stands nearest to the
   * function. Default: none.
   */
  readonly policies?: readonly TaskPolicy[] | undefined;
}

/** What a live task does with a new combination while there is a run. */
export type Flatten = 'switch' | 'concat' | 'exhaust';

/** Options of a task, with the types of its inputs. */
export interface TaskOptions<
  Args extends readonly unknown[] = readonly unknown[],
  Own extends object = Kwargs,
  Up extends Upstream = Upstream,
  OnError extends OnUpstreamError = OnUpstreamError,
> extends CommonTaskOptions {
  /**
   * What it does when upstream fails or is skipped: `'fail'` (default) as well, `'skip'`, `'continue'`
   * without the input, or `{ fallback }`, with that value in place of the input. May be said for each
   * upstream of a dictionary: `{ user: { from: task, onError: 'skip' } }`. A cancelled upstream cancels it
   * all the same.
   */
  readonly onUpstreamError?: OnError | undefined;
  /** Positional arguments, passed before the kwargs. */
  readonly args?: readonly [...Args] | undefined;
  /** Named arguments of its own. */
  readonly kwargs?: Own | undefined;
  /** The tasks or other Observables whose results it needs. */
  readonly upstream?: Up | undefined;
}
