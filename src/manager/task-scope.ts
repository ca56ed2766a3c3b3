import { filter, type Observable } from 'rxjs';

import type { SchedulerGroup } from '../scheduler/priority-scheduler.ts';
import type { TaskCompleted, TaskEvent, TaskFailed } from '../task/task-event.ts';

/** What a manager and a group of it have in common: tasks that are watched and limited together. */
export abstract class TaskScope {
  /** What happens, as it happens. Never ends by itself. */
  readonly events$: Observable<TaskEvent>;
  /** Each task that has completed, with its last value. */
  readonly completed$: Observable<TaskCompleted>;
  /** Each task that has failed, with its error. */
  readonly failed$: Observable<TaskFailed>;
  readonly #limits: Pick<SchedulerGroup, 'concurrency' | 'paused'>;

  /** @internal */
  constructor(limits: Pick<SchedulerGroup, 'concurrency' | 'paused'>, events$: Observable<TaskEvent>) {
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
