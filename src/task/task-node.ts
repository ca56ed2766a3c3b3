import { Observable, type SchedulerLike, type Subscription } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import type { QueuedEntry } from '../scheduler/group-policy.ts';
import type { Entry, SlotGroup } from '../scheduler/slot-group.ts';
import type { Agenda } from './agenda.ts';
import type { Freshness } from './freshness.ts';
import type { GroupRecord } from './group-record.ts';
import type { Kwargs, OnConflict } from './kwargs.ts';
import { NONE } from './merge-kwargs.ts';
import type { PolicyChain } from './policy-chain.ts';
import type { ReleaseSlot } from './release-slot.ts';
import type { ResultLifetime } from './result-lifetime.ts';
import type { CaptureContext, RunContext } from './run-context.ts';
import type { Subscribers } from './subscribers.ts';
import type { CancelOptions, Task } from './task.ts';
import type { TaskEvent } from './task-event.ts';
import type { Flatten } from './task-options.ts';
import type { SettledStatus, TaskPolicy } from './task-policy.ts';
import type { TaskState } from './task-state.ts';
import type { TaskStatus } from './task-status.ts';
import type { OnUpstreamError } from './upstream-policy.ts';

/*
 * The task as the files of this folder know it, with all that refers to it: what it is made of, where it is,
 * who is tied to it. What happens to it is in the files that import this one.
 */

/** Any function of a task, once its types have done their work. */
export type AnyTaskFunction = (...inputs: readonly unknown[]) => unknown;

/** What a task is made of, once its options have been checked. */
export interface TaskDefinition {
  readonly name: string | undefined;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs;
  readonly upstream: readonly UpstreamSource[];
  readonly rules: TaskRules;
}

/** One upstream, as it was given. */
export interface UpstreamSource {
  /** The kwarg it supplies, or undefined when its result is merged. */
  readonly key: string | undefined;
  readonly input: Observable<unknown>;
  /** The same, if it is a task of the same manager. */
  readonly task: TaskNode | undefined;
  readonly onError: OnUpstreamError | undefined;
}

/** How a task runs, in all that most tasks leave at its default: these share one object. */
export interface TaskRules {
  readonly join: 'forkJoin' | 'combineLatest';
  readonly flatten: Flatten;
  readonly freeze: boolean;
  /** Undefined where its group is to decide. */
  readonly releaseSlot: ReleaseSlot | undefined;
  readonly onConflict: OnConflict;
  readonly slots: number;
  readonly onUpstreamError: OnUpstreamError;
  readonly policies: readonly TaskPolicy[];
  readonly signal: AbortSignal | undefined;
}

/** What a task needs of its manager. */
export interface TaskHost {
  readonly host: SchedulerLike;
  readonly closed: boolean;
  /** Whether a task is subscribed to by a function that runs: it may be queued while the manager is being drained. */
  admitting: boolean;
  /** A task that is about to join the group of the function that runs it, and those that have joined one so. */
  adoption: { readonly child: TaskNode; readonly group: string | undefined } | undefined;
  adopted: WeakSet<TaskNode> | undefined;
  /** What the functions of tasks are called in, once something is to be; the first is the outermost. */
  readonly captures: Set<CaptureContext> | undefined;
  /** A task that a function asks for. */
  asking: { readonly child: TaskNode; readonly by: TaskNode } | undefined;
  /** Whether a task that others wait for goes at the highest of their priorities. */
  readonly inherits: boolean;
  readonly agenda: Agenda<TaskWork>;
  /** Which results have been forgotten. */
  readonly freshness: Freshness;
  /** The groups that have changed since the last snapshot. */
  readonly stale: Set<GroupRecord<TaskHost>>;
  readonly root: GroupRecord<TaskHost>;
  readonly pump: { readonly time: number | undefined };
  /** Tasks that have been queued, but not announced. */
  readonly unannounced: Set<TaskNode>;
  /** The last of the ends that are to be announced after subscribers have been notified. */
  keptEnds: KeptEnd | undefined;
  /** The task that subscribes to upstream which is no task, while it does. */
  subscribing: TaskNode | undefined;
  /** Tasks that are being cancelled now. */
  cancelling: Cancelling | undefined;
  /** How many functions have not ended yet whose runs have been cancelled. */
  detached: number;
  /** The unsettled tasks by id, once someone has asked for one. */
  readonly byId: Map<number, TaskNode> | undefined;
  /** Makes a task, as the manager does. */
  readonly make: (where: string, fn: AnyTaskFunction, options: object) => TaskNode;
  now(): number;
  nextId(): number;
  nextOrder(): number;
  /** The record of the group of that name, or the root. */
  readonly slots: (group: string | undefined) => GroupRecord<TaskHost>;
  /** Whether something is a task, of whatever manager. */
  isTask(input: unknown): input is Task<unknown>;
  /** The task that something is, if it is one of this manager. */
  own(input: unknown): TaskNode | undefined;
  /** The unsettled tasks, in the order in which they were made. */
  unsettled(): TaskNode[];
  /** To be called when a task's state has changed; nobody is notified yet. */
  changed(node: TaskNode): void;
  /** Notifies those who watch of what has changed. To be called where anything may happen meanwhile. */
  tell(): void;
  /** As {@link tell}, and lets start what may start. */
  wake(): void;
  /** Gives slots back. */
  release(slots: SlotGroup, entry: QueuedEntry): void;
  /** Takes a waiting entry out. */
  withdraw(entry: Entry): void;
  /** To be called when something has ended that someone may wait for. */
  ended(): void;
  /** A task that has settled has been told of. */
  finish(record: GroupRecord<TaskHost>): void;
  /** Forgets results. Returns when that was, in the order of queueing. */
  invalidate(nodes: readonly TaskNode[]): number;
  /** Calls `listener` after each change of the task, until the returned function is called. */
  watch(node: TaskNode, listener: () => void): () => void;
}

/** The kinds of work on the agenda of a manager. */
export interface TaskWork {
  /** Tasks that fail. */
  failure: Failure;
  /** Live tasks that complete. */
  completion: () => void;
  /** Tasks to withdraw, unless someone wants them after all. */
  withdrawal: TaskNode;
  /** Tasks that are queued, and have yet to subscribe to their upstream. */
  opening: Opening;
}

/** A failure that is still to be dealt with: of a task itself, or come down a link. */
export interface Failure {
  readonly node: TaskNode;
  /** The queueing it belongs to: the task may have settled and been queued again meanwhile. */
  readonly order: number;
  readonly error: unknown;
  readonly link: Link | undefined;
}

export interface Opening {
  readonly node: TaskNode;
  /** The queueing it belongs to: the task may have settled and been queued again meanwhile. */
  readonly order: number;
}

/** The event of a task that has settled, which listeners hear after its subscribers. */
export interface KeptEnd {
  readonly node: TaskNode;
  readonly record: GroupRecord<TaskHost>;
  /** Undefined once it has been emitted. */
  event: TaskEvent | undefined;
  /** The one whose subscribers have brought this one about. */
  readonly outer: KeptEnd | undefined;
}

/** Tasks that are being cancelled, each with its queueing. */
export interface Cancelling {
  readonly reached: ReadonlyMap<TaskNode, number>;
  /** Those in the middle of whose cancel this one is. */
  readonly outer: Cancelling | undefined;
}

/** One execution of a task's function, as far as the function sees it: what else there is, is in `runAccess`. */
export interface Run {
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** The tasks that a run has started, and waits for. */
export interface Children {
  readonly tasks: readonly Task<unknown>[];
  /** Those of them that go at its priority, whatever that becomes. */
  readonly followers: readonly TaskNode[];
  /** The function has its slot again. */
  resume(): void;
}

/** The runs of a live task, one for each combination of upstream values. */
export interface LiveRuns {
  /** The combination of the present run. */
  readonly values: readonly unknown[];
  /** Begins with the first combination. */
  start(): void;
  /** A run has ended. True if there will be no other. */
  next(): boolean;
  /** There is to be no other run. */
  stop(): void;
}

/**
 * A task. It is its own entry in the ready queue, so that a queued task is one object. What users can do
 * with it is a `ManagedTask`. (It has no private fields or methods: each would cost every task some bytes.)
 */
export abstract class TaskNode<T = unknown> extends Observable<T> implements Task<T>, Entry {
  readonly id: number;
  readonly fn: AnyTaskFunction;
  readonly definition: TaskDefinition;
  group: string | undefined;

  // As an entry that waits for a slot.
  priority: number;
  order = -1;
  position = -1;

  /** The status, but for a kept result that has been found out of date. Changed by the lifecycle alone. */
  phase: TaskStatus = 'idle';
  /** The latest value of this run; when completed, the last one; when failed or cancelled, the error. */
  result: unknown = NONE;
  current: Run | undefined;
  /** Whether the manager itself wants it. */
  held = false;
  /** How often its function has been started since it last completed. */
  attempt = 0;

  // Invariant: all of these are empty unless it is waiting, queued or running.
  subscribers: Subscribers<T>;
  downstream: readonly Link[] = NO_LINKS;
  links: readonly Link[] = NO_LINKS;
  /** How many links have yet to bring what the run needs; many more until all are subscribed to. */
  pending = 0;

  /** The books it is in. */
  record: GroupRecord<TaskHost>;
  /** Where it is among the active tasks of its record, -1 when it is not. */
  place = -1;

  queuedAt: number | undefined;
  startedAt: number | undefined;
  settledAt: number | undefined;

  /** How long its result is kept, where that is bounded. (Most tasks have no such field.) */
  declare lifetime: ResultLifetime | undefined;

  /** What its function is called in, until it settles. (Most tasks have no such field.) */
  declare context: RunContext | undefined;

  /** What few tasks need, and those only while they are unsettled. */
  extras: Extras | undefined;

  constructor(host: TaskHost, fn: AnyTaskFunction, definition: TaskDefinition, group: string | undefined, priority: number) {
    super();
    this.id = host.nextId();
    this.fn = fn;
    this.definition = definition;
    this.group = group;
    this.priority = priority;
    this.record = host.root;
  }

  get name(): string {
    return this.definition.name ?? (this.fn.name || `task ${String(this.id)}`);
  }

  abstract readonly status: TaskStatus;
  abstract readonly state: TaskState;
  abstract readonly state$: Observable<TaskState>;
  abstract start(): this;
  abstract setPriority(priority: number): this;
  abstract cancel(options?: CancelOptions): void;
  abstract invalidate(): void;
  abstract run(): void;
  /** Its present attempt has failed; its policies from `place` on are asked. */
  abstract failAttempt(error: unknown, place?: number): void;

  get registry(): TaskHost {
    return this.record.registry;
  }

  get unsettled(): boolean {
    return this.phase === 'waiting' || this.phase === 'queued' || this.phase === 'running';
  }

  /** Whether anyone wants it: the manager, a subscriber, or a task downstream. */
  get needed(): boolean {
    return this.held || this.subscribers !== undefined || this.downstream.length > 0;
  }

  get slots(): SlotGroup {
    return this.record;
  }

  /** Whether it runs for each combination of upstream values. */
  get live(): boolean {
    return this.definition.rules.join === 'combineLatest';
  }

  get size(): number {
    return this.definition.rules.slots;
  }

  get started(): boolean {
    return this.current !== undefined;
  }

  /** Whether it is still queued, waiting or running as it was when it had this order. */
  isQueuedAs(order: number): boolean {
    return this.order === order && this.unsettled;
  }

  get extra(): Extras {
    return (this.extras ??= new Extras());
  }
}

/** What a task keeps while it is unsettled, if it uses what most tasks do not. */
export class Extras {
  /** Its policies, attached to its present run. */
  chain: PolicyChain | undefined;
  /** The attempt that has failed, while it waits for the next one. */
  failed: { readonly attempt: number } | undefined;
  /** The wait for its next attempt. */
  timer: Subscription | undefined;
  /** Its own priority, while it goes at that of others who want it. */
  own: number | undefined;
  /** Tasks whose functions wait for it. `quiet`: it has no priority of its own beside theirs. */
  parents: { readonly quiet: boolean; readonly nodes: Set<TaskNode> } | undefined;
  /** Of a live task. */
  live: LiveRuns | undefined;
  /** Tasks that it has subscribed to through Observables which are no tasks. */
  through: Set<TaskNode> | undefined;
  /** Stops listening to its option `signal`. */
  ignoreSignal: (() => void) | undefined;

  /** Calls the teardown of a notifier, the code of others: see to it that it can do no harm. */
  stopTimer(): void {
    const { timer } = this;
    this.timer = undefined;
    try {
      timer?.unsubscribe();
    } catch (error) {
      reportUnhandledError(error);
    }
  }

  endPolicies(status: SettledStatus): void {
    const { chain } = this;
    this.chain = undefined;
    chain?.settled(status);
  }
}

/** Ties one run of a task to one of its upstream, from the time it is queued until it settles. */
export class Link {
  readonly target: TaskNode;
  readonly #source: UpstreamSource;
  /** Where it is among the links of its upstream; -1 when it is not, or no more. */
  position = -1;
  /** The priority of the task downstream, as the links of its upstream are ordered by it. */
  priority = 0;
  /** Whether the upstream has completed, or counts as completed. */
  done = false;
  /** The latest value to use: of a live link as it comes, of any other when upstream has completed. */
  value: unknown = NONE;
  /** To an upstream that is no task of the same manager. (Other links have no such field, as there may be 100,000 of them.) */
  declare subscription: Subscription | undefined;
  /** Of a live task: who combines the values. */
  declare listener: { next(value: unknown): void; complete(): void } | undefined;

  constructor(target: TaskNode, source: UpstreamSource) {
    this.target = target;
    this.#source = source;
  }

  get key(): string | undefined {
    return this.#source.key;
  }

  /** The upstream, if it is a task of the same manager. */
  get task(): TaskNode | undefined {
    return this.#source.task;
  }

  /** What the task downstream does when this upstream fails or is skipped. */
  get onError(): OnUpstreamError {
    return this.#source.onError ?? this.target.definition.rules.onUpstreamError;
  }

  get name(): string {
    return this.task?.name ?? this.key ?? `upstream[${String(this.target.definition.upstream.indexOf(this.#source))}]`;
  }
}

export const NO_LINKS: readonly Link[] = [];
