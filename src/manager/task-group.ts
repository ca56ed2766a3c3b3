import { defer, distinctUntilChanged, filter, finalize, map, type Observable } from 'rxjs';

import { groupState } from '../state/group-tree.ts';
import type { GroupProgress, GroupState } from '../state/manager-state.ts';
import { emptyState } from '../state/snapshot.ts';
import type { StateFeed } from '../state/state-feed.ts';
import type { GroupRecord } from '../task/group-record.ts';
import type { Registry } from '../task/registry.ts';
import { cancel } from '../task/cancel.ts';
import type { CancelOptions } from '../task/task.ts';
import type { GroupFinished } from '../task/task-event.ts';
import { TaskScope } from './task-scope.ts';

/**
 * The tasks that share a group name: watched, limited, paused and cancelled together. A slash puts a
 * group within another: `'uploads/images'` is one of `'uploads'`, which acts on its tasks as well.
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
export class TaskGroup extends TaskScope {
  readonly name: string;
  /** {@link state} now, and each one after it. Never ends by itself. */
  readonly state$: Observable<GroupState>;
  /** How far its tasks are, now and after each change. Never ends by itself. */
  readonly progress$: Observable<GroupProgress>;
  /** Emits whenever the last unsettled task of the group has settled, however it has. */
  readonly finished$: Observable<GroupFinished>;
  readonly #registry: Registry;
  readonly #feed: StateFeed;

  /** @internal */
  constructor(name: string, registry: Registry, feed: StateFeed) {
    /** Keeps the group's books while someone watches. */
    const watching = <T>(source: (record: GroupRecord) => Observable<T>): Observable<T> => defer(() => {
      const record = registry.slots(name);
      const watch = (watchers: number): void => {
        record.watchers += watchers;
        record.touch();
        registry.forget(record);
        registry.tell();
      };
      watch(1);
      return source(record).pipe(finalize(() => { watch(-1); }));
    });
    const limits = registry.group(name);
    super(limits, watching((record) => record.events$));
    this.name = name;
    this.#registry = registry;
    this.#feed = feed;
    this.state$ = watching(() => feed.state$.pipe(
      map((state) => groupState(state, name)),
      filter((state) => state !== undefined),
      distinctUntilChanged(),
    ));
    this.progress$ = this.state$.pipe(map(({ progress }) => progress), distinctUntilChanged());
    this.finished$ = this.events$.pipe(filter((event): event is GroupFinished => event.type === 'groupFinished' && event.group === name));
  }

  /** Resolves when nothing of the group is queued or running: at once, if that is so now. */
  onIdle(): Promise<void> {
    return this.#registry.when(() => this.#registry.groups.get(this.name)?.idle ?? true);
  }

  /**
   * Cancels the tasks of the group that are waiting, queued or running.
   *
   * @throws InvalidInputError for an option that does not exist or has a wrong value
   */
  cancel(options: CancelOptions = {}): void {
    const { name } = this;
    cancel(`group "${name}": cancel()`, this.#registry.unsettled(name), `group ${name}`, options);
  }

  /** What the group is now. */
  get state(): GroupState {
    return groupState(this.#feed.state, this.name) ?? emptyState(this.name);
  }
}
