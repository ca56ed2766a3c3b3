import { filter, type Observable } from 'rxjs';

import type { Rate } from '../scheduler/rate-limit.ts';
import type { SchedulerGroup } from '../scheduler/scheduler-group.ts';
import type { TaskCompleted, TaskEvent, TaskFailed } from '../task/task-event.ts';

/** The limits that a manager and a group of it have in common. */
type ScopeLimits = Pick<SchedulerGroup, 'concurrency' | 'paused' | 'rate' | 'maxWait'>;

/** What a manager and a group of it have in common: tasks that are watched and limited together. */
export abstract class TaskScope {
  /** What happens, as it happens. Never ends by itself. */
  readonly events$: Observable<TaskEvent>;
  /** Each task that has completed, with its last value. */
  readonly completed$: Observable<TaskCompleted>;
  /** Each task that has failed, with its error. */
  readonly failed$: Observable<TaskFailed>;
  readonly #limits: ScopeLimits;

  /** @internal */
  constructor(limits: ScopeLimits, events$: Observable<TaskEvent>) {
    this.#limits = limits;
    this.events$ = events$;
    this.completed$ = events$.pipe(filter((event) => event.type === 'completed'));
    this.failed$ = events$.pipe(filter((event) => event.type === 'failed'));
  }

  /** How many run at once. Lowered, it lets those that run end; raised, it starts more. */
  get concurrency(): number {
    return this.#limits.concurrency;
  }

  /** @throws InvalidInputError for what is neither a positive integer nor `Infinity` */
  set concurrency(concurrency: number) {
    this.#limits.concurrency = concurrency;
  }

  /** How many may start within a sliding window of time; undefined: any number. What has started before counts. */
  get rate(): Rate | undefined {
    return this.#limits.rate;
  }

  /** @throws InvalidInputError for what is neither `{ limit, per }` nor undefined */
  set rate(rate: Rate | undefined) {
    this.#limits.rate = rate;
  }

  /**
   * After how many milliseconds of waiting for a slot a task goes next, whatever the priority of
   * others. Undefined: what holds around the group; never, for a manager.
   */
  get maxWait(): number | undefined {
    return this.#limits.maxWait;
  }

  /** @throws InvalidInputError for what is neither a positive number nor undefined */
  set maxWait(maxWait: number | undefined) {
    this.#limits.maxWait = maxWait;
  }

  get paused(): boolean {
    return this.#limits.paused;
  }

  /** Starts nothing more until {@link resume}. What runs goes on. */
  pause(): void {
    this.#limits.paused = true;
  }

  resume(): void {
    this.#limits.paused = false;
  }
}
