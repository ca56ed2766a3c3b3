import { defer, distinctUntilChanged, filter, finalize, map, type Observable } from 'rxjs';

import type { SchedulerGroup } from '../scheduler/priority-scheduler.ts';
import { type GroupProgress, type GroupState, NO_TASKS } from '../state/manager-state.ts';
import type { GroupRecord } from '../task/group-record.ts';
import type { Registry } from '../task/registry.ts';
import { cancel } from '../task/settle.ts';
import type { CancelOptions } from '../task/task.ts';
import type { GroupFinished, TaskCompleted, TaskEvent, TaskFailed } from '../task/task-event.ts';
import { checkCancelOptions } from '../task/task-node.ts';
import type { StateFeed } from './state-feed.ts';

/**
 * The tasks that share a group name: watched, limited, paused and cancelled together.
 *
 * It is a handle. Any number of them may be made for a name, before there are tasks of that name and
 * after; they cost nothing and keep nothing alive.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ groups: { thumbnails: { concurrency: 2 } } });
 * const thumbnails = tasks.group('thumbnails');
 * thumbnails.progress$.subscribe(({ done, total }) => { console.log(`${done} of ${total}`); });
 * thumbnails.pause();
 * ```
 */
export class TaskGroup {
  readonly name: string;
  readonly #registry: Registry;
  readonly #feed: StateFeed;
  readonly #limits: SchedulerGroup;

  /** @internal */
  constructor(name: string, registry: Registry, feed: StateFeed) {
    this.name = name;
    this.#registry = registry;
    this.#feed = feed;
    this.#limits = registry.scheduler.group(name);
  }

  /** How many of the group run at once. Lowered, it lets those that run end; raised, it starts more. */
  get concurrency(): number {
    return this.#limits.concurrency;
  }

  /** @throws InvalidInputError for what is neither a positive integer nor `Infinity` */
  set concurrency(concurrency: number) {
    this.#change(() => { this.#limits.concurrency = concurrency; });
  }

  get paused(): boolean {
    return this.#limits.paused;
  }

  /** Starts nothing more of this group until {@link resume}. What runs goes on. */
  pause(): void {
    this.#change(() => { this.#limits.paused = true; });
  }

  resume(): void {
    this.#change(() => { this.#limits.paused = false; });
  }

  /**
   * Cancels the tasks of the group that are waiting, queued or running.
   *
   * @throws InvalidInputError for an option that does not exist or has a wrong value
   */
  cancel(options: CancelOptions = {}): void {
    checkCancelOptions(`group "${this.name}": cancel()`, options);
    const record = this.#registry.groups.get(this.name);
    if (record) cancel(this.#registry.unsettledOf(record), `group ${this.name}`, options);
  }

  /** What the group is now. */
  get state(): GroupState {
    return this.#feed.state.groups[this.name] ?? NO_TASKS;
  }

  /** {@link state} now, and each one after it. Never ends by itself. */
  get state$(): Observable<GroupState> {
    return this.#watching(() => this.#feed.state$.pipe(
      map(({ groups }) => groups[this.name]),
      filter((state) => state !== undefined),
      distinctUntilChanged(),
    ));
  }

  /** How far its tasks are, now and after each change. Never ends by itself. */
  get progress$(): Observable<GroupProgress> {
    return this.state$.pipe(map(({ progress }) => progress), distinctUntilChanged());
  }

  /** What happens in the group, as it happens. Never ends by itself. */
  get events$(): Observable<TaskEvent> {
    return this.#watching(() => this.#registry.record(this.name).events$);
  }

  get completed$(): Observable<TaskCompleted> {
    return this.events$.pipe(filter((event) => event.type === 'completed'));
  }

  get failed$(): Observable<TaskFailed> {
    return this.events$.pipe(filter((event) => event.type === 'failed'));
  }

  /** Emits whenever the last unsettled task of the group has settled, however it has. */
  get finished$(): Observable<GroupFinished> {
    return this.events$.pipe(filter((event): event is GroupFinished => event.type === 'groupFinished' && event.group === this.name));
  }

  /** Keeps the group's books while someone watches. */
  #watching<T>(source: () => Observable<T>): Observable<T> {
    return defer(() => {
      const record = this.#registry.record(this.name);
      record.watchers++;
      this.#changed(record);
      return source().pipe(finalize(() => {
        record.watchers--;
        this.#changed(record);
      }));
    });
  }

  #change(apply: () => void): void {
    apply();
    this.#changed(this.#registry.record(this.name));
  }

  #changed(record: GroupRecord): void {
    this.#registry.reader?.mark(record);
    this.#registry.forget(record);
    this.#registry.tell();
  }
}
