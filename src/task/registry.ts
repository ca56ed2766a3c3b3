import { Subject } from 'rxjs';

import type { PriorityScheduler } from '../scheduler/priority-scheduler.ts';
import { GroupRecord } from './group-record.ts';
import type { Failure } from './settle.ts';
import { TaskNode } from './task-node.ts';
import type { ReleaseSlot } from './task-options.ts';
import type { TaskRun } from './task-run.ts';

/** Who makes pictures of the books. */
export interface BooksReader {
  /** A group's books have changed. No place to call the code of others. */
  mark(record: GroupRecord): void;
  /** Some changes are through, and the code of others may be called. */
  tell(): void;
}

/**
 * What a manager knows of its tasks: those that have not settled, by group, and who watches. It keeps
 * no reference to a task that has settled.
 */
export class Registry {
  readonly scheduler: PriorityScheduler;
  readonly root: GroupRecord;
  readonly groups: Map<string, GroupRecord> = new Map();
  /** Who is told of changes in the books, while someone looks at them. */
  reader: BooksReader | undefined;
  closed = false;
  /** Counts calls of `invalidate()`: results from before a call may be out of date after it. */
  epoch = 0;
  /** The epoch in which a task's result was last forgotten. */
  readonly invalidated: WeakMap<TaskNode, number> = new WeakMap();
  /** The latest epoch in which a task or something upstream of it was forgotten, as far as looked up. */
  outdated: WeakMap<TaskNode, number> = new WeakMap();
  /** Failures still to be dealt with, while some are being dealt with. */
  failures: Failure[] | undefined;
  /** Cancelled runs whose functions have not ended yet. */
  readonly detached: Set<TaskRun> = new Set();

  #ids = 0;
  #byId: Map<number, TaskNode> | undefined;
  readonly #watched: Map<TaskNode, Subject<void>> = new Map();
  readonly #touched: Set<Subject<void>> = new Set();
  readonly #waiters: (() => boolean)[] = [];

  constructor(scheduler: PriorityScheduler, releaseSlot: ReleaseSlot) {
    this.scheduler = scheduler;
    this.root = new GroupRecord(undefined, undefined, scheduler.slots(undefined), releaseSlot);
  }

  nextId(): number {
    return ++this.#ids;
  }

  /** The unsettled task of that id. */
  get(id: number): TaskNode | undefined {
    // Few ask, and a map costs each task as much as a small heap does: it is made for the first who asks.
    this.#byId ??= new Map(this.unsettled().map((node) => [node.id, node]));
    return this.#byId.get(id);
  }

  /** All unsettled tasks, in the order in which they were made. */
  unsettled(): TaskNode[] {
    return inOrderMade([this.root, ...this.groups.values()].flatMap(tasksOf));
  }

  /** The unsettled tasks of a group, in the order in which they were made. */
  unsettledOf(record: GroupRecord): TaskNode[] {
    return inOrderMade(tasksOf(record));
  }

  /** The record of a group, or of the manager. It is kept while it has tasks, watchers or limits. */
  record(name: string | undefined): GroupRecord {
    if (name === undefined) return this.root;
    let record = this.groups.get(name);
    if (record === undefined) {
      const slots = this.scheduler.slots(name);
      slots.held = true;
      this.groups.set(name, (record = new GroupRecord(name, this.root, slots, this.root.releaseSlot)));
    }
    return record;
  }

  /** Drops the record of a group that has nothing worth keeping. */
  forget(record: GroupRecord): void {
    const { name, slots } = record;
    if (name === undefined || record.unsettled > 0 || record.watchers > 0 || this.groups.get(name) !== record) return;
    slots.held = false;
    if (slots.paused || slots.concurrency !== Infinity) {
      slots.held = true;
      return;
    }
    this.groups.delete(name);
    this.scheduler.forget(slots);
    this.reader?.mark(record);
  }

  /** Enters a task that has been asked for. */
  admit(node: TaskNode, record: GroupRecord): void {
    this.#byId?.set(node.id, node);
    this.changed(node, record);
  }

  /** Strikes out a task that has settled. */
  strike(node: TaskNode, record: GroupRecord): void {
    record.active.delete(node);
    this.#byId?.delete(node.id);
    this.changed(node, record);
  }

  /** To be called when a task's state has changed; nobody is told yet. */
  changed(node: TaskNode, record: GroupRecord): void {
    this.reader?.mark(record);
    if (this.#watched.size === 0) return;
    const watched = this.#watched.get(node);
    if (watched) this.#touched.add(watched);
  }

  /** Tells those who watch what has changed. To be called where anything may happen meanwhile. */
  tell(): void {
    this.reader?.tell();
    if (this.#touched.size === 0) return;
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const changes of touched) changes.next();
  }

  /** As {@link tell}, and lets start what may start. */
  wake(): void {
    this.tell();
    this.scheduler.wake();
  }

  /** Announces the end of a group whose last task has settled, and of those around it. */
  finish(record: GroupRecord): void {
    for (let group: GroupRecord | undefined = record; group?.name !== undefined; group = group.parent) {
      // A listener to the last task's event may have added another, or have had the end announced.
      if (group.unsettled > 0 || group.finished) continue;
      group.finished = true;
      if (group.observed) {
        group.emit({ type: 'groupFinished', group: group.name, counts: Object.freeze({ ...group.counts }), time: this.scheduler.now() });
      }
      this.forget(group);
    }
  }

  /** Calls `listener` after each change of the task, until the returned function is called. */
  watch(node: TaskNode, listener: () => void): () => void {
    let changes = this.#watched.get(node);
    if (changes === undefined) this.#watched.set(node, (changes = new Subject()));
    const subscription = changes.subscribe(listener);
    return () => {
      subscription.unsubscribe();
      if (!changes.observed) this.#watched.delete(node);
    };
  }

  /** Notes that the result of a task is to be forgotten, and has all watchers look again. */
  invalidate(node: TaskNode): void {
    this.invalidated.set(node, ++this.epoch);
    this.outdated = new WeakMap();
    for (const changes of this.#watched.values()) this.#touched.add(changes);
    this.tell();
  }

  /** Resolves when `done` is true, which is looked at whenever a task or a run has ended. */
  when(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const waiter = (): boolean => {
        const is = done();
        if (is) resolve();
        return is;
      };
      if (!waiter()) this.#waiters.push(waiter);
    });
  }

  /** To be called when a task has settled, or a run that was cancelled has ended. */
  ended(): void {
    if (this.#waiters.length > 0) this.#waiters.splice(0).forEach((waiter) => { if (!waiter()) this.#waiters.push(waiter); });
  }
}

function tasksOf({ active, slots }: GroupRecord): TaskNode[] {
  // Among the entries are those of lanes and of `queueOn`.
  return [...active, ...Array.from(slots.entries()).filter((entry) => entry instanceof TaskNode)];
}

function inOrderMade(nodes: TaskNode[]): TaskNode[] {
  return nodes.sort((a, b) => a.id - b.id);
}
