/// <reference lib="esnext.disposable" preserve="true" />
// For those who compile with less: AsyncDisposable is in the published types.

import { filter, type Observable } from 'rxjs';

import { TaskManagerClosedError } from '../errors/task-manager-closed-error.ts';
import { checkGroupOptions, checkGroups, type GroupOptions, LIMITS } from '../scheduler/group-options.ts';
import type { PriorityScheduler, PrioritySchedulerOptions } from '../scheduler/priority-scheduler.ts';
import { check, checkChoice, checkGroupName, checkOptions, checkSignal } from '../scheduler/validate.ts';
import type { ManagerState } from '../state/manager-state.ts';
import { StateFeed } from '../state/state-feed.ts';
import type { Kwargs, KwargsOf, NoConflict, Upstream } from '../task/kwargs.ts';
import { Registry } from '../task/registry.ts';
import { cancel } from '../task/cancel.ts';
import type { CaptureContext } from '../task/run-context.ts';
import type { CancelOptions, Task } from '../task/task.ts';
import type { GroupRecord } from '../task/group-record.ts';
import type { GroupFinished } from '../task/task-event.ts';
import type { Given, ResultOf, TaskFunction } from '../task/task-function.ts';
import { ManagedTask } from '../task/managed-task.ts';
import type { AnyTaskFunction, TaskDefinition, TaskHost, TaskNode } from '../task/task-node.ts';
import { checkRule, defineDefaults, defineTask, TASK_OPTIONS } from '../task/task-definition.ts';
import type { TaskOptions } from '../task/task-options.ts';
import type { ReleaseSlot } from '../task/release-slot.ts';
import type { OnUpstreamError } from '../task/upstream-policy.ts';
import { TaskGroup } from './task-group.ts';
import { TaskScope } from './task-scope.ts';

/** How a manager is closed. */
export interface CloseOptions {
  /**
   * Whether to let what is waiting, queued or running end, and what it starts. Default false: it is cancelled. A later
   * `close()` cancels it all the same.
   */
  readonly drain?: boolean | undefined;
}

/** What a group decides for its tasks. */
export interface TaskGroupOptions extends GroupOptions {
  /** Default of the tasks' option `releaseSlot` in this group. Default: that of the manager. */
  readonly releaseSlot?: ReleaseSlot | undefined;
}

/** Options of a {@link TaskManager}. */
export interface TaskManagerOptions extends Omit<PrioritySchedulerOptions, 'groups'> {
  /** Options by group name. Any other group name may be used as well, and has no limit. */
  readonly groups?: Readonly<Record<string, TaskGroupOptions>> | undefined;
  /** Default of the tasks' option `freeze`. Default true. */
  readonly freeze?: boolean | undefined;
  /** Default of the tasks' option `releaseSlot`. Default `'on-cancel'`. */
  readonly releaseSlot?: ReleaseSlot | undefined;
  /**
   * Whether a task that others wait for goes at the highest priority among those who want it.
   * Default true.
   */
  readonly inheritPriority?: boolean | undefined;
  /** Closes the manager when it is aborted, or at once if it is aborted already: see {@link TaskManager.close}. */
  readonly signal?: AbortSignal | undefined;
}

type NoKwargs = {};

/**
 * Makes tasks, decides which of them run, and tells what happens to them.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ concurrency: 8, groups: { thumbnails: { concurrency: 2 } } });
 *
 * // Cold: nothing is queued until someone subscribes.
 * const size = tasks.task(() => ({ size: 256 }));
 * const thumbnail = tasks.task(({ size }) => `thumbnail of ${size}`, { upstream: [size], group: 'thumbnails' });
 * thumbnail.subscribe((text) => { console.log(text); });
 *
 * // Hot: queued now, whoever listens.
 * const job = tasks.add(({ name }) => `Hello ${name}`, { kwargs: { name: 'Ada' }, priority: 10 });
 * tasks.completed$.subscribe(({ task, result }) => { console.log(task.name, result); });
 * await tasks.onIdle();
 * ```
 */
export class TaskManager extends TaskScope implements AsyncDisposable {
  /**
   * Who goes next. For anything else that is to wait for the same slots: `queueOn(tasks.scheduler)`,
   * `observeOn(tasks.scheduler.lane({ priority }))`.
   */
  readonly scheduler: PriorityScheduler;
  /** Each group whose last unsettled task has settled, however it has. */
  readonly groupFinished$: Observable<GroupFinished>;
  /** The state now, and after each turn of the host in which it has changed. Never ends by itself. */
  readonly state$: Observable<ManagerState>;

  readonly #registry: Registry;
  readonly #defaults: TaskDefinition;
  readonly #feed: StateFeed;
  #closing: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #ignoreSignal: (() => void) | undefined;

  /** @throws InvalidInputError for an option that does not exist or has a wrong value */
  constructor(options: TaskManagerOptions = {}) {
    checkGroupOptions('TaskManager', options, [...LIMITS, 'groups', 'host', 'timeSlice', 'freeze', 'releaseSlot', 'inheritPriority', 'signal']);
    const { freeze = true, releaseSlot = 'on-cancel', inheritPriority = true, groups = {}, signal, ...limits } = options;
    checkSignal('TaskManager', 'signal', signal);
    checkChoice('TaskManager', 'inheritPriority', inheritPriority, [true, false]);
    checkRule('TaskManager', 'freeze', freeze);
    checkRule('TaskManager', 'releaseSlot', releaseSlot);
    checkGroups('TaskManager', groups, [...LIMITS, 'releaseSlot']);
    const registry = new Registry({ ...limits, groups: Object.fromEntries(Object.entries(groups).map(([name, options]) => [name, limitsOf(options)])) });
    super(registry, registry.root.events$.asObservable());
    this.scheduler = this.#registry = registry;
    registry.root.releaseSlot = releaseSlot;
    registry.inherits = inheritPriority;
    registry.make = (where, fn, options) => this.#make(where, fn, options);
    for (const name of Object.keys(groups)) {
      const own = groups[name]?.releaseSlot;
      checkRule(`TaskManager: groups.${name}`, 'releaseSlot', own);
    }
    // Outer groups are made first: those within them take over what these decide.
    for (const [name, record] of registry.groups) {
      record.releaseSlot = groups[name]?.releaseSlot ?? (record.parent as GroupRecord<TaskHost>).releaseSlot;
    }
    this.#defaults = defineDefaults(freeze);
    this.#feed = new StateFeed(registry);
    this.state$ = this.#feed.state$;
    this.groupFinished$ = this.events$.pipe(filter((event) => event.type === 'groupFinished'));
    if (signal === undefined) return;
    const abort = (): void => { void this.close(); };
    this.#ignoreSignal = () => { signal.removeEventListener('abort', abort); };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  }

  /**
   * Makes a task. It is cold: nothing is queued until it is subscribed to, or someone subscribes to a
   * task downstream of it.
   *
   * @param fn - called with `(...args, kwargs, context)` when the task has got its slot
   * @throws InvalidInputError for a function that is not callable and for bad options
   * @throws TaskManagerClosedError when the manager is closed
   *
   * @example
   * ```ts
   * import { TaskManager } from 'sluice';
   *
   * const tasks = new TaskManager();
   * const user = tasks.task(async () => ({ id: 7 }), { name: 'user', priority: 1 });
   * const page = tasks.task(({ user }, { signal }) => fetch(`/pages/${user.id}`, { signal }), { upstream: { user } });
   * ```
   */
  task<R, Args extends readonly unknown[] = [], Own extends object = NoKwargs, Up extends Upstream | readonly [] = readonly [], OnError extends OnUpstreamError = 'fail'>(
    fn: TaskFunction<Given<Args>, NoInfer<KwargsOf<Own, Up, OnError>>, R>,
    options?: TaskOptions<Args, Own, Up, OnError> & NoConflict<Own, Up>,
  ): Task<ResultOf<R>> {
    return this.#make('task()', fn as unknown as AnyTaskFunction, options);
  }

  /**
   * Makes a task and starts it: it is queued now, whoever listens. A failure that no one listens to
   * is an event, not an unhandled error.
   *
   * @throws InvalidInputError for a function that is not callable and for bad options
   * @throws TaskManagerClosedError when the manager is closed
   *
   * @example
   * ```ts
   * import { TaskManager } from 'sluice';
   *
   * const tasks = new TaskManager();
   * const job = tasks.add(({ size }) => size * 2, { kwargs: { size: 256 }, group: 'thumbnails' });
   * job.setPriority(10);
   * ```
   */
  add<R, Args extends readonly unknown[] = [], Own extends object = NoKwargs, Up extends Upstream | readonly [] = readonly [], OnError extends OnUpstreamError = 'fail'>(
    fn: TaskFunction<Given<Args>, NoInfer<KwargsOf<Own, Up, OnError>>, R>,
    options?: TaskOptions<Args, Own, Up, OnError> & NoConflict<Own, Up>,
  ): Task<ResultOf<R>> {
    return this.#make<ResultOf<R>>('add()', fn as unknown as AnyTaskFunction, options).start();
  }

  /**
   * Makes a task whose result is its kwargs: its own and what upstream brings. It gathers several
   * upstream tasks under one name, or a priority and group of its own.
   *
   * @throws InvalidInputError for bad options
   * @throws TaskManagerClosedError when the manager is closed
   *
   * @example
   * ```ts
   * import { TaskManager } from 'sluice';
   *
   * const tasks = new TaskManager();
   * const user = tasks.task(() => ({ name: 'Ada' }));
   * const theme = tasks.task(() => ({ dark: true }));
   * const session = tasks.passThrough({ upstream: [user, theme], kwargs: { since: 1843 } });
   * session.subscribe(({ name, dark, since }) => { console.log(name, dark, since); });
   * ```
   */
  passThrough<Own extends object = NoKwargs, Up extends Upstream | readonly [] = readonly [], OnError extends OnUpstreamError = 'fail'>(
    options: Omit<TaskOptions<[], Own, Up, OnError>, 'args'> & NoConflict<Own, Up>,
  ): Task<KwargsOf<Own, Up, OnError>> {
    return this.#make('passThrough()', passThrough, options);
  }

  /** The task of that id, if it is waiting, queued or running. */
  get(id: number): Task<unknown> | undefined {
    return this.#registry.get(id);
  }

  /**
   * The tasks that are waiting, queued or running, of a group and those within it, or all of them; in the order in
   * which they were made.
   *
   * @throws InvalidInputError for a name that is no string, or empty
   */
  unsettled(group?: string): readonly Task<unknown>[] {
    if (group !== undefined) checkGroupName('unsettled()', group);
    return this.#registry.unsettled(group);
  }

  /**
   * Has the functions of tasks called in a context that is captured when they are asked for: that of
   * `AsyncLocalStorage`, of a trace, of a zone. Each attempt is called in it, and an Observable that it returns is
   * subscribed to in it; so the subscribers of a task are notified in it as well. Who joins a run later
   * does not change it. Several captures nest, the first outermost. A task that has been asked for already is left
   * alone.
   *
   * What a capture or a context throws is reported as an unhandled error, and the function is called all the same.
   *
   * @returns a function that captures no more
   * @throws InvalidInputError for what is no function
   *
   * @example
   * ```ts
   * import { TaskManager } from 'sluice';
   *
   * const tasks = new TaskManager({ concurrency: 2 });
   * const stop = tasks.use((task) => ({
   *   run: (call, { attempt }) => {
   *     console.log(`${task.name} begins, attempt ${attempt}`);
   *     call();
   *   },
   * }));
   * tasks.add(() => 1, { name: 'one' });
   * ```
   */
  use(capture: CaptureContext): () => void {
    check(typeof capture === 'function', 'use()', 'capture', 'a function', capture);
    const own: CaptureContext = (task, by) => capture(task, by); // given twice, it is used twice
    (this.#registry.captures ??= new Set()).add(own);
    return () => {
      this.#registry.captures?.delete(own);
      if (this.#registry.captures?.size === 0) this.#registry.captures = undefined;
    };
  }

  /**
   * The tasks that share a group name, whether or not there are any yet.
   *
   * @throws InvalidInputError for a name that is no string, or empty
   */
  group(name: string): TaskGroup {
    checkGroupName('group()', name);
    return new TaskGroup(name, this.#registry, this.#feed);
  }

  /**
   * Cancels every task that is waiting, queued or running.
   *
   * @throws InvalidInputError for an option that does not exist or has a wrong value
   */
  cancelAll(options: CancelOptions = {}): void {
    cancel('cancelAll()', this.#registry.unsettled(), 'every task', options);
  }

  /** What the manager is now. While no one subscribes to {@link state$}, it is made when asked for. */
  get state(): ManagerState {
    return this.#feed.state;
  }

  /** Resolves when nothing is queued or running: at once, if that is so now. */
  onIdle(): Promise<void> {
    return this.#registry.onIdle();
  }

  /**
   * Cancels everything, refuses what comes after with a `TaskManagerClosedError`, and resolves when
   * the functions that were running have ended.
   */
  close(options: CloseOptions = {}): Promise<void> {
    checkOptions('close()', options, ['drain']);
    const { drain = false } = options;
    checkChoice('close()', 'drain', drain, [true, false]);
    if (drain && this.#closing === undefined) return (this.#draining ??= this.#drain());
    return (this.#closing ??= this.#close());
  }

  /** Refuses what is new, waits for what is queued, and closes. */
  #drain(): Promise<void> {
    this.#registry.closed = true;
    this.#registry.tell();
    return this.#registry.when(() => this.#registry.idle || this.#closing !== undefined).then(() => this.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #close(): Promise<void> {
    this.#ignoreSignal?.();
    this.#registry.closed = true;
    this.cancelAll();
    this.#registry.close();
    this.#registry.tell();
    return this.#registry.when(() => this.#registry.detached === 0);
  }

  #make<T>(where: string, fn: AnyTaskFunction, options: object | undefined): TaskNode<T> {
    // A function that runs while the manager is being drained may still start others.
    if (this.#registry.closed && (where !== 'run()' || this.#closing !== undefined)) throw new TaskManagerClosedError();
    check(typeof fn === 'function', where, 'fn', 'a function', fn, 'It is called when its turn comes.');
    if (options === undefined) return new ManagedTask(this.#registry, fn, this.#defaults, undefined, 0);
    checkOptions(where, options, fn === passThrough ? TASK_OPTIONS.filter((name) => name !== 'args') : TASK_OPTIONS);
    const definition = defineTask(where, options, this.#defaults, this.#registry);
    const { group, priority = 0 } = options as TaskOptions;
    const { slots } = definition.rules;
    if (slots > 1) this.#registry.checkSlots(where, group, slots);
    return new ManagedTask(this.#registry, fn, definition, group, priority);
  }
}

/** What concerns the scheduler. */
function limitsOf({ releaseSlot: _, ...limits }: TaskGroupOptions): GroupOptions {
  return limits;
}

function passThrough(kwargs: unknown): Kwargs {
  return kwargs as Kwargs;
}
