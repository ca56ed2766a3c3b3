import { lastValueFrom, throwIfEmpty } from 'rxjs';

import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { Relay } from '../scheduler/relay.ts';
import { check } from '../scheduler/validate.ts';
import { ownPriority, reconsider } from './inherit-priority.ts';
import { runAccess } from './run-access.ts';
import type { Task } from './task.ts';
import { askAgain, lend, resume, yielded } from './lifecycle.ts';
import type { Children, Run, TaskNode } from './task-node.ts';
import { waitsFor } from './waits-for.ts';

/**
 * The tasks that a run has started, and waits for. Meanwhile it has no slot, so that tasks within tasks
 * cannot block each other; it gets one again, in its turn, before its function is told a result.
 */
export class ChildTasks implements Children {
  readonly #node: TaskNode;
  readonly #run: Run;
  /** Those that have not ended. */
  readonly #calls: Set<Call> = new Set();
  /** Those that have, of which the function is to be told once it has its slot again. */
  readonly #ended: Map<Call, () => void> = new Map();

  constructor(node: TaskNode, run: Run) {
    this.#node = node;
    this.#run = run;
    run.signal.addEventListener('abort', () => {
      for (const { relay, reject } of [...this.#calls, ...this.#ended.keys()]) {
        relay.unsubscribe();
        reject(run.signal.reason);
      }
    });
  }

  /** The tasks it waits for. */
  get tasks(): readonly Task<unknown>[] {
    return Array.from(this.#calls, ({ task }) => task);
  }

  /** Those of them that go at its priority, whatever that becomes. */
  get followers(): readonly TaskNode[] {
    return Array.from(this.#calls).flatMap(({ follower }) => follower ?? []);
  }

  /**
   * Starts a task, unless it is under way or its result is kept.
   *
   * @param given - whether it is to go at its own priority, though that is 0
   */
  start<T>(task: Task<T>, given = false): Promise<T> {
    const node = this.#node;
    const own = node.registry.own(task);
    check(!own || !waitsFor(own, node), 'run()', 'task', 'a task that does not wait for the one that runs it', task);
    const promise = new Promise<T>((resolve, reject) => {
      if (node.current !== this.#run) {
        reject((this.#run.signal.reason ?? new TaskCancelledError(task.name)) as Error);
      } else if (own?.status === 'completed') {
        resolve(lastValueFrom(task));
      } else {
        this.#call(task, own, own && adopt(own, node, given), resolve, reject);
      }
    });
    // The function that waits for it may be gone already.
    promise.catch(() => undefined);
    return promise;
  }

  /** The function has its slot again. */
  resume(): void {
    const node = this.#node;
    resume(node);
    runAccess.reclaim(this.#run);
    this.#resumed();
    node.registry.tell();
    for (const tell of this.#ended.values()) tell();
    this.#ended.clear();
    // It goes on in a microtask, and then waits for the others again: with its slot it would stand in their way.
    if (this.#calls.size > 0) void Promise.resolve().then(() => { this.#lend(); });
  }

  #call<T>(task: Task<T>, own: TaskNode | undefined, follower: TaskNode | undefined, resolve: (value: T) => void, reject: (error: unknown) => void): void {
    const { registry, registry: { agenda } } = this.#node;
    let last: unknown;
    const relay = new Relay<T>({
      next: (value) => { last = value; },
      error: (error: unknown) => { this.#end(call, () => { reject(error); }); },
      complete: () => { this.#end(call, () => { resolve(last as T); }); },
    });
    const call: Call = { task, follower, relay, reject };
    this.#calls.add(call);
    registry.adoption = own && !own.unsettled && ownGroup(own) === undefined ? { child: own, group: this.#node.group } : undefined;
    agenda.hold(); // the child is queued before others take the slot
    relay.add(() => { leave(follower, this.#node); });
    // Before anyone is told of anything who might end the child first.
    registry.admitting = true; // also while the manager is being drained
    const { asking } = registry;
    if (own) registry.asking = { child: own, by: this.#node };
    task.pipe(throwIfEmpty()).subscribe(relay);
    registry.asking = asking;
    registry.admitting = false;
    registry.adoption = undefined;
    this.#lend();
    agenda.release();
    this.#node.registry.wake();
  }

  #lend(): void {
    const node = this.#node;
    if (!this.#isRunning() || this.#calls.size === 0) return;
    // While it has its slot, which others take once it is given up.
    yielded(node, 'children', this.tasks);
    if (!this.#isRunning()) return;
    if (this.#calls.size === 0) { // a listener has ended those it waits for
      this.#resumed();
      return;
    }
    lend(node);
    runAccess.lend(this.#run);
  }

  #isRunning(): boolean {
    return this.#node.current === this.#run && this.#node.phase === 'running';
  }

  #resumed(): void {
    const { record, registry } = this.#node;
    if (record.observed) record.emit({ type: 'resumed', task: this.#node, time: registry.now() });
  }

  #end(call: Call, tell: () => void): void {
    const node = this.#node;
    this.#calls.delete(call);
    if (node.current !== this.#run || node.phase === 'running') {
      tell();
      return;
    }
    this.#ended.set(call, tell);
    if (node.phase === 'queued') return;
    askAgain(node);
    node.registry.wake();
  }
}

/** A task that a function waits for. */
interface Call {
  readonly task: Task<unknown>;
  /** The task, if it goes at the priority of the one that runs it. */
  readonly follower: TaskNode | undefined;
  readonly relay: Relay<never>;
  readonly reject: (error: unknown) => void;
}

/** The group that a task is in whoever runs it. */
function ownGroup(node: TaskNode): string | undefined {
  return node.registry.adopted?.has(node) === true ? undefined : node.group;
}

/**
 * A child that says nothing else goes at its parent's priority.
 *
 * @returns the child, if it goes at its parent's priority
 */
function adopt(child: TaskNode, parent: TaskNode, given: boolean): TaskNode | undefined {
  if (given || ownPriority(child) !== 0) return undefined;
  // For those who want it already, it has priority 0.
  (child.extra.parents ??= { quiet: !child.unsettled, nodes: new Set() }).nodes.add(parent);
  reconsider(child);
  return child;
}

/** A parent waits for its child no more. */
function leave(child: TaskNode | undefined, parent: TaskNode): void {
  const nodes = child?.extras?.parents?.nodes;
  if (child === undefined || nodes === undefined) return;
  nodes.delete(parent);
  if (nodes.size === 0) child.extra.parents = undefined;
  reconsider(child);
}
