import type { Signal } from '@angular/core';

import type { CancelOptions, Task, TaskProgress, TaskStatus } from '../index.ts';

/** One run of an `injectTaskRunner`, as signals. */
export interface TaskHandle<T, Input = unknown> {
  /** What it was called with. */
  readonly input: Input;
  /** The task itself, an Observable of its values. */
  readonly task: Task<T>;
  readonly phase: Signal<TaskStatus>;
  /** How far it is, once its function has reported it. Written once a frame at most. */
  readonly progress: Signal<TaskProgress | undefined>;
  /** How often its function has been started, by `retry` or by hand; 0 before the first time and once it has completed. */
  readonly attempt: Signal<number>;
  /**
   * Its place among the queued tasks of its group, from 1 on; undefined when it is not queued. Written once a
   * frame at most, and to two digits: 1,900. In a long queue that moves fast it may lag behind.
   */
  readonly position: Signal<number | undefined>;
  /** Its latest value. */
  readonly value: Signal<T | undefined>;
  /** What it has failed with, as it was thrown. */
  readonly error: Signal<unknown>;

  /**
   * Cancels it, if it is waiting, queued or running.
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

  /** Queues it again, when it has failed, was cancelled or skipped. Returns whether it has. */
  retry(): boolean;
}
