import { distinctUntilChanged, Observable, Subscriber, type Subscription } from 'rxjs';

import { TaskCycleError } from '../errors/task-cycle-error.ts';
import { TaskManagerClosedError } from '../errors/task-manager-closed-error.ts';
import { checkPriority } from '../scheduler/validate.ts';
import { announceEndsFirst } from './announce.ts';
import { failAttempt } from './attempt.ts';
import { ownPriority, reconsider } from './inherit-priority.ts';
import { cancel } from './cancel.ts';
import { demand } from './join.ts';
import { begin, refresh } from './lifecycle.ts';
import { NONE } from './merge-kwargs.ts';
import { runAccess } from './run-access.ts';
import { withdrawUnneeded } from './settle.ts';
import { type Listener, notify, withoutSubscriber, withSubscriber } from './subscribers.ts';
import type { CancelOptions } from './task.ts';
import { TaskNode } from './task-node.ts';
import { TaskRun } from './task-run.ts';
import type { TaskState } from './task-state.ts';
import type { TaskStatus } from './task-status.ts';
import { waitsFor } from './waits-for.ts';
import { type PartialObserver, type Subscribed, TaskSubscriber } from './task-subscriber.ts';

/** The task behind the {@link Task} that users see: what they can ask of it. */
export class ManagedTask<T = unknown> extends TaskNode<T> implements Subscribed {
  get status(): TaskStatus {
    refresh(this);
    return this.phase;
  }

  get state(): TaskState {
    const { status, attempt, priority, current, queuedAt, startedAt, settledAt, result } = this;
    const error = status === 'failed' || status === 'cancelled' ? result : undefined;
    return Object.freeze({ status, attempt, priority, progress: runAccess.reported(current), queuedAt, startedAt, settledAt, error });
  }

  get state$(): Observable<TaskState> {
    return new Observable<TaskState>((subscriber) => {
      // Watched first: what the first picture leads to must not be missed.
      const unwatch = this.registry.watch(this, () => { subscriber.next(this.state); });
      subscriber.next(this.state);
      return unwatch;
    }).pipe(distinctUntilChanged((a, b) => (Object.keys(a) as (keyof TaskState)[]).every((key) => a[key] === b[key])));
  }

  start(): this {
    announceEndsFirst(this);
    if (this.registry.closed) throw new TaskManagerClosedError();
    refresh(this);
    if (this.phase === 'completed') return this;
    this.held = true;
    if (!this.unsettled) demand(this);
    return this;
  }

  setPriority(priority: number): this {
    checkPriority('setPriority()', priority);
    if (priority === ownPriority(this) && this.extras?.parents === undefined) return this;
    if (this.extras) this.extras.parents = undefined; // it has one of its own now
    reconsider(this, priority);
    this.registry.wake(); // it may have stood in the way of others, with more slots than are free
    return this;
  }

  cancel(options: CancelOptions = {}): void {
    cancel('cancel()', [this], this.name, options);
  }

  invalidate(): void {
    this.registry.invalidate([this]);
    refresh(this);
  }

  override subscribe(observerOrNext?: PartialObserver<T>): Subscription;
  /** @deprecated as in RxJS: pass an observer instead of several functions */
  override subscribe(next?: ((value: T) => void) | null, error?: ((error: unknown) => void) | null, complete?: (() => void) | null): Subscription;
  override subscribe(
    observerOrNext?: PartialObserver<T> | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // RxJS's own way for what few use.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- passed on as it came
    if (error ?? complete) return new Observable<T>((subscriber) => this.subscribe(subscriber)).subscribe(observerOrNext as () => void, error, complete);
    const subscriber = observerOrNext instanceof Subscriber ? observerOrNext as Subscriber<T> : new TaskSubscriber(this, observerOrNext ?? {});
    announceEndsFirst(this);
    if (subscriber.closed) return subscriber;
    refresh(this);
    const cycle = cycleOf(this);
    if (cycle) {
      notify(subscriber, 'error', cycle);
    } else if (this.phase === 'completed') {
      if (this.result !== NONE) notify(subscriber, 'next', this.result);
      notify(subscriber, 'complete');
    } else if (this.registry.closed && !this.registry.admitting) {
      notify(subscriber, 'error', new TaskManagerClosedError());
    } else {
      this.subscribers = withSubscriber(this.subscribers, subscriber);
      if (!(subscriber instanceof TaskSubscriber)) subscriber.add(() => { this.left(subscriber); });
      if (!this.unsettled) demand(this);
      else if (this.result !== NONE) notify(subscriber, 'next', this.result);
    }
    return subscriber;
  }

  /** It has got its slot. */
  run(): void {
    if (this.current) runAccess.children(this.current)?.resume();
    else begin(this, new TaskRun(this, ++this.attempt));
  }

  failAttempt(error: unknown, place?: number): void {
    failAttempt(this, error, place);
  }

  left(subscriber: Listener<T>): void {
    this.subscribers = withoutSubscriber(this.subscribers, subscriber);
    if (this.unsettled && !this.needed) withdrawUnneeded(this);
  }
}

/** Whether a task is subscribed to by one for which it waits itself: neither would ever end. */
function cycleOf(node: TaskNode): TaskCycleError | undefined {
  const { subscribing } = node.registry;
  if (subscribing === undefined || subscribing.live) return undefined; // a live one may go on without it
  const path = waitsFor(node, subscribing);
  if (path) return new TaskCycleError([subscribing, ...path].map(({ name }) => name));
  (subscribing.extra.through ??= new Set()).add(node);
  return undefined;
}
