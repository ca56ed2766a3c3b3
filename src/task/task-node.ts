import { Observable } from 'rxjs';

import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import type { Entry, SlotGroup } from '../scheduler/slot-group.ts';
import { offer } from './combinations.ts';
import { Extras } from './extras.ts';
import type { Counted, GroupRecord } from './group-record.ts';
import { isExpired } from './keyed-tasks.ts';
import { type Link, NO_LINKS } from './link.ts';
import { NONE } from './merge-kwargs.ts';
import { PolicyChain } from './policy-chain.ts';
import type { Registry } from './registry.ts';
import type { ResultLifetime } from './result-lifetime.ts';
import type { Subscribers } from './subscribers.ts';
import type { CancelOptions, Task } from './task.ts';
import type { TaskDefinition } from './task-options.ts';
import { TaskRun } from './task-run.ts';
import type { TaskState } from './task-state.ts';
import type { TaskStatus } from './task-status.ts';

/** Any function of a task, once its types have done their work. */
export type AnyTaskFunction = (...inputs: readonly unknown[]) => unknown;

/**
 * A task as the other files of this folder know it: what it is made of, where it is, and who is tied to
 * it. It is its own entry in the ready queue, so that a queued task is one object. What users can do
 * with it is a {@link ManagedTask}. (It has no private methods: they would cost each task a field.)
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

  /** The status, but for a kept result that has been found out of date; see {@link status}. */
  phase: TaskStatus = 'idle';
  /** The latest value of this run; when completed, the last one; when failed or cancelled, the error. */
  result: unknown = NONE;
  current: TaskRun | undefined;
  /** Whether the manager itself wants it. */
  held = false;
  /** How often its function has been started since it last completed. */
  attempt = 0;

  // Invariant: all of these are empty unless it is waiting, queued or running.
  subscribers: Subscribers<T>;
  downstream: readonly Link[] = NO_LINKS;
  links: readonly Link[] = NO_LINKS;
  /** How many links have yet to bring what the run needs; one more until all are subscribed to. */
  pending = 0;

  /** The books it is in. */
  record: GroupRecord;
  /** Where it is among the active tasks of its record, -1 when it is not. */
  place = -1;

  queuedAt: number | undefined;
  startedAt: number | undefined;
  settledAt: number | undefined;

  /** How long its result is kept, where that is bounded. (Most tasks have no such field.) */
  declare lifetime: ResultLifetime | undefined;

  /** What its policies need, if it has any that do. */
  extras: Extras | undefined;

  constructor(
    registry: Registry,
    fn: AnyTaskFunction,
    definition: TaskDefinition,
    group: string | undefined,
    priority: number,
  ) {
    super();
    this.id = registry.nextId();
    this.fn = fn;
    this.definition = definition;
    this.group = group;
    this.priority = priority;
    this.record = registry.root;
  }

  get name(): string {
    return this.definition.name ?? (this.fn.name || `task ${String(this.id)}`);
  }

  get status(): TaskStatus {
    this.refresh();
    return this.phase;
  }

  abstract readonly state: TaskState;
  abstract readonly state$: Observable<TaskState>;
  abstract start(): this;
  abstract setPriority(priority: number): this;
  abstract cancel(options?: CancelOptions): void;
  abstract invalidate(): void;
  /** Its present attempt has failed; its policies from `place` on are asked. */
  abstract failAttempt(error: unknown, place?: number): void;

  get registry(): Registry {
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

  get size(): number {
    return this.definition.rules.slots;
  }

  get started(): boolean {
    return this.current !== undefined;
  }

  /** Whether it is a live task that has run for the last combination its upstream will bring. */
  get exhausted(): boolean {
    return this.phase === 'waiting' && this.pending === 0 && this.current === undefined && !this.awaitsAttempt && this.links.every((link) => link.done);
  }

  /** Whether it is still queued, waiting or running as it was when it had this order. */
  isQueuedAs(order: number): boolean {
    return this.order === order && this.unsettled;
  }

  /** Whether it waits for its next attempt. */
  get awaitsAttempt(): boolean {
    return this.extras?.failed !== undefined;
  }

  get extra(): Extras {
    return (this.extras ??= new Extras());
  }

  /** Drops a kept result that has been forgotten, here or upstream, or kept for as long as it may. */
  refresh(): void {
    if (this.phase !== 'completed') return;
    const { lifetime } = this;
    if (!(this.registry.freshness.isOutdated(this) || isExpired(this) || lifetime?.isOver)) return;
    this.phase = 'idle';
    this.result = NONE;
    lifetime?.end();
  }

  /** Marks it as asked for. False when it need not run: it is under way, or its result is kept. */
  claim(): boolean {
    this.refresh();
    if (this.phase === 'completed' || this.unsettled) return false;
    this.phase = 'waiting';
    this.result = NONE;
    return true;
  }

  /** Enters it into the books. Its status is given to begin with. */
  admit(phase: 'waiting' | 'queued'): void {
    const { registry, definition: { rules: { key } } } = this;
    if (key !== undefined) registry.keyed.claim(key, this); // it may have lost it when it failed
    this.record = registry.slots(this.group);
    this.order = registry.nextOrder();
    this.queuedAt = registry.now();
    this.startedAt = this.settledAt = undefined;
    this.pending = 0;
    registry.byId?.set(this.id, this);
    this.move(undefined, phase);
  }

  announce(): void {
    if (this.record.observed) this.record.emit({ type: 'queued', task: this, time: this.registry.now() });
  }

  /** One more link has brought what the next run needs. */
  arrive(): void {
    if (--this.pending === 0) this.ready();
  }

  /** Its upstream has brought what the next run needs. A run for earlier values is replaced. */
  ready(): void {
    const { flatten } = this.definition.rules;
    if (flatten !== 'switch') {
      if (!offer(this)) return;
    } else if (this.phase === 'queued' && this.current === undefined) return;
    const { extras, order } = this;
    if (extras) {
      extras.endPolicies('cancelled');
      extras.stopTimer();
      if (!this.isQueuedAs(order)) return; // a teardown has ended it
    }
    this.enqueue();
  }

  /** Drops the combination that has been run for. Whether another is to be run for. */
  nextCombination(): boolean {
    const combinations = this.extras?.combinations;
    combinations?.shift();
    return combinations !== undefined && combinations.length > 0;
  }

  /** Lets it wait for a slot. A run that there still is is replaced. */
  enqueue(): void {
    const run = this.leaveRun('queued');
    this.wait();
    if (run === undefined) return;
    run.stop(new TaskCancelledError(this.name));
    run.release();
  }

  /** Stands in the queue of its group from now on. */
  wait(): void {
    this.record.add(this);
    const { policies } = this.definition.rules;
    if (policies.length === 0) return;
    this.extra.chain ??= new PolicyChain(policies, { task: this, host: this.registry.host, fail: (error, place) => { this.failAttempt(error, place); } });
    this.extra.chain.queued();
  }

  /** Waits for upstream again, after a run that was not the last. */
  rest(): TaskRun | undefined {
    this.attempt = 0;
    this.extras?.endPolicies('completed');
    return this.leaveRun('waiting');
  }

  /** It has got its slot. */
  run(): void {
    const { record, registry } = this;
    if (this.current) {
      this.current.children?.resume();
      return;
    }
    const run = new TaskRun(this, ++this.attempt);
    this.current = run;
    const time = registry.pump.time as number; // read a moment ago
    this.startedAt = time;
    this.move('queued', 'running');
    this.extras?.chain?.started(run.attempt);
    if (record.observed && this.current === run) record.emit({ type: 'started', task: this, attempt: run.attempt, time });
    registry.tell();
    run.execute();
  }

  /** Leaves everything behind that belongs to the run, which is returned with its slot. */
  settle(status: 'completed' | 'failed' | 'cancelled' | 'skipped', result: unknown): TaskRun | undefined {
    const { registry } = this;
    if (this.position !== -1) registry.withdraw(this);
    for (const link of this.downstream) link.position = -1;
    this.result = result;
    this.held = false;
    this.subscribers = undefined;
    this.downstream = this.links = NO_LINKS;
    if (status === 'completed') this.attempt = 0;
    this.settledAt = registry.now();
    registry.byId?.delete(this.id);
    const run = this.leaveRun(status);
    const { extras } = this;
    if (extras) {
      this.priority = extras.own ?? this.priority;
      this.extras = undefined;
      extras.endPolicies(status);
    }
    if (status === 'completed') this.lifetime?.begin();
    const { key, keepFor } = this.definition.rules;
    if (status === 'completed' && key !== undefined && keepFor !== undefined && keepFor > 0) registry.keyed.completed(this, key, keepFor);
    return run;
  }

  /** Takes it out of whatever phase it is in. The run, if there was one, still has its slot. */
  leaveRun(to: Counted): TaskRun | undefined {
    const { current: run, extras } = this;
    this.current = undefined;
    if (this.position !== -1) this.record.remove(this);
    if (extras) {
      extras.stopTimer();
      extras.failed = undefined;
    }
    this.move(this.phase as Counted, to, -(run?.reported?.fraction ?? 0));
    return run;
  }

  /** Changes its status, in the books as well, where it has none to begin with. */
  move(from: Counted | undefined, to: Counted, fraction?: number): void {
    const { record } = this;
    record.count(from, to, fraction);
    this.phase = to;
    if (to === 'waiting' || to === 'running') record.active.add(this);
    else record.active.delete(this);
    this.registry.changed(this);
  }
}
