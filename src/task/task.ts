import type { Observable } from 'rxjs';

import type { TaskState } from './task-state.ts';
import type { TaskStatus } from './task-status.ts';

/** How far a cancel reaches from the task it is called on. */
export interface CancelOptions {
  /**
   * What becomes of the tasks that wait for this one. `true` (default): they are cancelled as well.
   * `false`: they go on without its result.
   */
  readonly downstream?: boolean | undefined;
  /**
   * What becomes of the tasks this one waits for. `'unneeded'` (default): withdrawn, unless someone
   * else wants them. `'none'`: they go on. `'all'`: cancelled, whoever wants them.
   */
  readonly upstream?: 'all' | 'unneeded' | 'none' | undefined;
}

/**
 * One piece of work: a cold Observable that waits for its turn.
 *
 * **Subscribing** queues it, after its upstream, unless it is queued or running already: all
 * subscribers share one run. A late one gets the latest value, then those that follow. A completed
 * task keeps its last value for later subscribers and does not run again until {@link invalidate}.
 * A failed or cancelled one runs again when subscribed again, so `retry()` works.
 *
 * **Unsubscribing** withdraws it when the last one leaves: it is taken from the queue, or its run is
 * torn down and `context.signal` aborted. So is upstream that no one else wants.
 *
 * **Errors:** what its function throws or rejects with, if it is not retried; RxJS's `TimeoutError` with
 * `withTimeout`; `TaskExpiredError` with `withExpiry`; `UpstreamFailedError` when upstream fails;
 * `TaskCancelledError` when it is cancelled; `KwargsConflictError` when two inputs supply the same
 * kwarg; `TaskManagerClosedError` when its manager is closed.
 *
 * **Empty:** a function which returns an Observable that completes without a value makes a task that
 * does the same, and adds nothing downstream. A function which returns nothing emits `undefined`.
 * A task that is skipped (`onUpstreamError: 'skip'`) completes without a value as well.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ concurrency: 2 });
 * const user = tasks.task(async () => ({ user: { id: 7, name: 'Ada' } }));
 * const greeting = tasks.task(({ user }) => `Hello ${user.name}`, { upstream: [user] });
 * greeting.subscribe((text) => { console.log(text); }); // Hello Ada
 * ```
 */
export interface Task<T> extends Observable<T> {
  /** Counts up from 1 in each manager. */
  readonly id: number;
  readonly name: string;
  readonly group: string | undefined;
  /**
   * The priority at which it goes: its own, or a higher one of a task that waits for it.
   */
  readonly priority: number;
  readonly status: TaskStatus;
  /** What it is now, as an immutable object. */
  readonly state: TaskState;
  /** {@link state} now and after each change. Watching queues nothing. Never ends by itself. */
  readonly state$: Observable<TaskState>;

  /**
   * Lets the manager want it: it is queued, and runs whoever listens. A failure that no one listens
   * to is an event of the manager.
   *
   * @throws TaskManagerClosedError when the manager is closed
   */
  start(): this;

  /**
   * Sets its own priority, and moves it among those that wait; remembered when it does not wait now.
   * Tasks it waits for move with it, unless its manager says `inheritPriority: false`.
   *
   * @throws InvalidInputError for a priority that is not a finite number
   */
  setPriority(priority: number): this;

  /**
   * Ends it, if it is queued or running, with a `TaskCancelledError` for every subscriber.
   *
   * @throws InvalidInputError for an option that does not exist or has a wrong value
   */
  cancel(options?: CancelOptions): void;

  /**
   * Forgets the result, and the results of the tasks downstream that came of it: who subscribes next
   * makes them run again. A run that is under way goes on, but its result is not kept.
   */
  invalidate(): void;
}
