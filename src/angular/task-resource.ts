import type { Resource, ResourceStatus, Signal, WritableSignal } from '@angular/core';

import type { CancelOptions, Task, TaskProgress, TaskStatus } from '../index.ts';

/** The whole state of a {@link TaskResource}, told apart by `status`: what Angular's `ResourceSnapshot` is. */
export type TaskResourceSnapshot<T> =
  | { readonly status: 'idle'; readonly value: T }
  | { readonly status: 'loading' | 'reloading'; readonly value: T }
  | { readonly status: 'resolved' | 'local'; readonly value: T }
  | { readonly status: 'error'; readonly error: Error };

/**
 * A task of a component or service, as signals. It is an Angular `ResourceRef`, so it goes wherever a `Resource` goes.
 *
 * It is `loading` while its task waits or runs (`reloading` after {@link reload}), `resolved` when it has
 * completed, `error` when it has failed, `idle` when it was cancelled or skipped, or `params` gave undefined, and
 * `local` when its value was set.
 */
export interface TaskResource<T, P = unknown> {
  /**
   * The latest value: of a task that emits several, also while it is loading. Throws when the status is `error`.
   * It can be set: see {@link set}.
   */
  readonly value: WritableSignal<T>;
  readonly status: Signal<ResourceStatus>;
  /** What it has failed with. */
  readonly error: Signal<Error | undefined>;
  readonly isLoading: Signal<boolean>;
  readonly snapshot: Signal<TaskResourceSnapshot<T>>;
  /** What `params` gave. */
  readonly params: Signal<P | undefined>;
  /** Where its task is. `waiting` also before it is made. */
  readonly phase: Signal<TaskStatus>;
  /** How far its run is, once the function has reported it. Written once a frame at most. */
  readonly progress: Signal<TaskProgress | undefined>;
  /** How often its function has been started, with `retry`; 0 before the first time and once it has completed. */
  readonly attempt: Signal<number>;
  /**
   * Its place among the queued tasks of its group, from 1 on; undefined when it is not queued. Written once a
   * frame at most, and to two digits: 1,900. In a long queue that moves fast it may lag behind.
   */
  readonly position: Signal<number | undefined>;
  /** The task of now: another one for each run that `params`, upstream or {@link reload} bring about. */
  readonly task: Signal<Task<Exclude<T, undefined>> | undefined>;

  /** Whether it has a value that is not undefined. */
  hasValue(this: T extends undefined ? this : never): this is TaskResource<Exclude<T, undefined>, P>;
  hasValue(): boolean;

  /**
   * Shows a value in place of what the task gives, as an optimistic update does, until {@link reload}, other params
   * or other upstream. The status is `local`. A task that is under way is withdrawn, and those of `injectTask`
   * downstream get this value. Does nothing once it is destroyed.
   */
  set(value: T): void;

  /** Sets what a function makes of the value of now. */
  update(updater: (value: T) => T): void;

  /** The same, for who is not to set it. */
  asReadonly(): Resource<T>;

  /**
   * Runs again, with the same params and the value kept meanwhile.
   *
   * @returns false when there is nothing to run, it is loading already, or it was destroyed
   */
  reload(): boolean;

  /**
   * Cancels its task, and what is downstream of that.
   *
   * @throws InvalidInputError for an option that does not exist or has a wrong value
   */
  cancel(options?: CancelOptions): void;

  /**
   * Moves it among those that wait, for good: a function given as `priority` is read no more.
   *
   * @throws InvalidInputError for a priority that is not a finite number
   */
  setPriority(priority: number): void;

  /** Ends it as the end of its component does. */
  destroy(): void;
}
