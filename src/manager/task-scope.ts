import { filter, type Observable } from 'rxjs';

import type { GroupPolicy } from '../scheduler/group-policy.ts';
import type { SchedulerGroup } from '../scheduler/scheduler-group.ts';
import type { TaskCompleted, TaskEvent, TaskFailed } from '../task/task-event.ts';

/** The limits that a manager and a group of it have in common. */
type ScopeLimits = Pick<SchedulerGroup, 'concurrency' | 'paused' | 'policies'>;

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

  /**
   * Further limits, and who goes first. A policy in place of one of the same name takes over what that has
   * counted; one that stays in the list stays as it is.
   */
  get policies(): readonly GroupPolicy[] {
    return this.#limits.policies;
  }

  /** @throws InvalidInputError for what is no list of policies, or has two of a name */
  set policies(policies: readonly GroupPolicy[]) {
    this.#limits.policies = policies;
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
