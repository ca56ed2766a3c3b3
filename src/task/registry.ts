import { PriorityScheduler } from '../scheduler/priority-scheduler.ts';
import type { Limits } from '../scheduler/slot-group.ts';
import { GroupRecord } from './group-record.ts';
import { Freshness } from './freshness.ts';
import { check } from '../scheduler/validate.ts';
import type { CaptureContext } from './run-context.ts';
import { Agenda } from './agenda.ts';
import type { Task } from './task.ts';
import { type AnyTaskFunction, type Cancelling, type KeptEnd, type TaskHost, TaskNode, type TaskWork } from './task-node.ts';

/**
 * The scheduler of a manager, and what the manager knows of its tasks: those that have not settled,
 * by group, and who watches. It keeps no reference to a task that has settled.
 */
export class Registry extends PriorityScheduler implements TaskHost {
  static override readonly label = 'TaskManager';
  declare readonly root: GroupRecord<TaskHost>;
  declare readonly groups: Map<string, GroupRecord<TaskHost>>;
  declare readonly slots: (name: string | undefined) => GroupRecord<TaskHost>;
  readonly agenda: Agenda<TaskWork> = new Agenda(this.pump);
  /** Called when changes of tasks and limits are through, and the code of others may be called. */
  onChange: (() => void) | undefined;
  /** The groups that have changed since the last snapshot. */
  readonly stale: Set<GroupRecord<TaskHost>> = new Set();
  /** Which results have been forgotten. */
  readonly freshness: Freshness = new Freshness();
  readonly unannounced: Set<TaskNode> = new Set();
  keptEnds: KeptEnd | undefined;
  cancelling: Cancelling | undefined;
  admitting = false;
  subscribing: TaskNode | undefined;
  adoption: TaskHost['adoption'];
  adopted: WeakSet<TaskNode> | undefined;
  /** How many functions have not ended yet whose runs have been cancelled. */
  detached = 0;

  captures: Set<CaptureContext> | undefined;
  asking: TaskHost['asking'];

  /** Whether a task that others wait for goes at the highest of their priorities. */
  inherits = true;
  /** Makes a task, as the manager does. */
  declare make: (where: string, fn: AnyTaskFunction, options: object) => TaskNode;

  /** The unsettled tasks by id, once someone has asked for one. */
  byId: Map<number, TaskNode> | undefined;

  #ids = 0;
  // Sets, as to leave an RxJS Subject of n observers costs n steps.
  readonly #watched: Map<TaskNode, Set<() => void>> = new Map();
  readonly #watchedAll: Set<() => void> = new Set();
  readonly #touched: Set<Set<() => void>> = new Set();

  override newGroup(name?: string, parent?: GroupRecord<TaskHost>): GroupRecord<TaskHost> {
    const record = new GroupRecord<TaskHost>(name, parent);
    record.registry = this;
    return record;
  }

  override limit(name: string | undefined, limits: Limits): void {
    this.slots(name).touch(); // before it is forgotten, perhaps
    super.limit(name, limits);
    this.tell();
  }

  override get idle(): boolean {
    return super.idle && this.root.unsettled === 0;
  }

  nextId(): number {
    return ++this.#ids;
  }

  /** The unsettled task of that id. */
  get(id: number): TaskNode | undefined {
    // Few ask, and a map costs each task as much as a small heap does: it is made for the first who asks.
    this.byId ??= new Map(this.unsettled().map((node) => [node.id, node]));
    return this.byId.get(id);
  }

  /** The unsettled tasks of a group, or of all of them, in the order in which they were made. */
  unsettled(group?: string): TaskNode[] {
    return [this.root, ...this.groups.values()]
      .filter(({ name }) => group === undefined || name === group || name?.startsWith(`${group}/`))
      // Among the entries are those of lanes and of `queueOn`.
      .flatMap((record) => [...record.active.all as TaskNode[], ...record.entries().filter((entry) => entry instanceof TaskNode)])
      .sort((a, b) => a.id - b.id);
  }

  isTask(input: unknown): input is Task<unknown> {
    return input instanceof TaskNode;
  }

  /** The task that something is, if it is one of this manager. */
  own(input: unknown): TaskNode | undefined {
    return input instanceof TaskNode && input.registry === this ? input : undefined;
  }

  /** The tasks that run in a group, or in all of them. */
  runningIn(group: string | undefined): TaskNode[] {
    return this.unsettled(group).filter(({ phase }) => phase === 'running');
  }

  /** Refuses a task that needs more slots than there are in its group, or in one around it. */
  checkSlots(where: string, group: string | undefined, slots: number): void {
    for (let name = group; name; name = name.slice(0, Math.max(0, name.lastIndexOf('/')))) {
      const concurrency = this.groups.get(name)?.concurrency ?? Infinity;
      check(slots <= concurrency, where, 'slots', `at most ${String(concurrency)}, the concurrency of group "${name}"`, slots);
    }
    check(slots <= this.concurrency, where, 'slots', `at most ${String(this.concurrency)}, the concurrency of the manager`, slots);
  }

  /** To be called when a task's state has changed; nobody is told yet. */
  changed(node: TaskNode): void {
    if (this.#watched.size === 0) return;
    const watched = this.#watched.get(node);
    if (watched) this.#touched.add(watched);
  }

  /** Tells those who watch what has changed. To be called where anything may happen meanwhile. */
  tell(): void {
    this.onChange?.();
    if (this.#watchedAll.size > 0) for (const listener of [...this.#watchedAll]) listener();
    if (this.#touched.size === 0) return;
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const listeners of touched) for (const listener of [...listeners]) listener();
  }

  /** As {@link tell}, and lets start what may start. */
  override wake(): void {
    this.tell();
    super.wake();
  }

  /** A task that has settled has been told of: announces the end of its groups if it was the last. */
  finish(record: GroupRecord<TaskHost>): void {
    for (let group: GroupRecord<TaskHost> | undefined = record; group; group = group.parent) {
      group.untold--;
      // Who was told may have added another, or others that have settled are told of after this one.
      if (group.parent === undefined || group.unsettled > 0 || group.untold > 0 || group.finished) continue;
      group.finished = true;
      group.touch();
      if (group.observed) {
        group.emit({ type: 'groupFinished', group: group.name as string, counts: Object.freeze({ ...group.counts }), time: this.now() });
      }
      this.forget(group);
    }
  }

  /** Calls `listener` after each change of the task, until the returned function is called. */
  watch(node: TaskNode, listener: () => void): () => void {
    const listeners = this.#watched.get(node) ?? new Set();
    this.#watched.set(node, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#watched.delete(node);
    };
  }

  /** Calls `listener` after each change of any task or limit, until the returned function is called. */
  watchAll(listener: () => void): () => void {
    this.#watchedAll.add(listener);
    return () => { this.#watchedAll.delete(listener); };
  }

  /**
   * Forgets the results of tasks, and has all watchers look again.
   *
   * @returns when that was, in the order of queueing
   */
  invalidate(nodes: readonly TaskNode[]): number {
    const order = this.nextOrder();
    this.freshness.forget(nodes, order);
    for (const listeners of this.#watched.values()) this.#touched.add(listeners);
    this.tell();
    return order;
  }
}
