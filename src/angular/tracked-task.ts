import { computed, signal, type Signal, type WritableSignal } from '@angular/core';
import { Subscription } from 'rxjs';

import { type Task, TaskCancelledError, type TaskProgress, type TaskStatus, UpstreamFailedError } from '../index.ts';
import type { Publishable } from './publisher.ts';
import type { TaskRuntime } from './task-runtime.ts';

/** What signals show of a task. */
interface Picture<T> {
  readonly phase: TaskStatus;
  readonly progress: TaskProgress | undefined;
  /** Its latest value. */
  readonly value: T | undefined;
  readonly error: unknown;
}

/** A task that is wanted, and its signals. */
export class TrackedTask<T> implements Publishable {
  readonly task: Task<T>;
  readonly #runtime: TaskRuntime;
  readonly #picture: WritableSignal<Picture<T>>;
  readonly #priority: (() => number) | undefined;
  #value: T | undefined;
  #error: unknown;
  #subscription: Subscription = new Subscription();

  readonly picture: Signal<Picture<T>>;
  readonly phase: Signal<TaskStatus>;
  readonly progress: Signal<TaskProgress | undefined>;
  readonly position: Signal<number | undefined>;

  /** @param initial - shown until there is a value */
  constructor(runtime: TaskRuntime, task: Task<T>, priority: (() => number) | undefined, initial?: T) {
    this.#runtime = runtime;
    this.task = task;
    this.#priority = priority;
    this.#value = initial;
    this.#picture = signal(this.#look());
    this.picture = this.#picture.asReadonly();
    this.phase = computed(() => this.picture().phase);
    this.progress = computed(() => this.picture().progress);
    this.position = computed(() => this.phase() === 'queued' ? runtime.positions.of(task) : undefined);
  }

  /** Wants the task, so that it is queued. Signals are up to date when this returns. */
  want(): void {
    const { task } = this;
    const { publisher } = this.#runtime;
    const subscription = (this.#subscription = new Subscription());
    this.#error = undefined;
    if (this.#priority) this.#runtime.priorities.add(task, this.#priority);
    this.#runtime.zone.runOutsideAngular(() => {
      subscription.add(task.subscribe({
        next: (value) => {
          this.#value = value;
          publisher.inFrame(this);
        },
        error: (error: unknown) => {
          this.#error = error;
          this.#settled();
        },
        complete: () => { this.#settled(); },
      }));
      let { status } = task;
      if (!isSettled(status)) {
        subscription.add(task.state$.subscribe((state) => {
          if (state.status === status) publisher.inFrame(this);
          else {
            ({ status } = state);
            publisher.soon(this);
          }
        }));
      }
      this.#runtime.startNow();
    });
    publisher.forget(this);
    this.publish();
  }

  /** No longer wants it: it is withdrawn, unless someone else does. */
  leave(): void {
    this.#stopWatching();
    this.#runtime.publisher.forget(this);
  }

  publish(): void {
    this.#picture.set(this.#look());
  }

  setPriority(priority: number): void {
    this.#runtime.priorities.remove(this.task); // this one is meant from now on
    this.task.setPriority(priority);
    this.#runtime.positions.changed();
  }

  #settled(): void {
    this.#stopWatching();
    this.#runtime.publisher.soon(this);
  }

  #stopWatching(): void {
    this.#runtime.priorities.remove(this.task);
    this.#subscription.unsubscribe();
  }

  #look(): Picture<T> {
    const { status, progress } = this.task.state;
    const error = this.#error;
    // A task of another manager is no task to this one, so that its cancel comes as a failure.
    const cancelled = error instanceof TaskCancelledError || (error instanceof UpstreamFailedError && error.cause instanceof TaskCancelledError);
    return { phase: cancelled ? 'cancelled' : status, progress, value: this.#value, error };
  }
}

export function isSettled(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
