import type { GroupFinished, Task, TaskContext, TaskEvent, TaskManager, TaskStatus } from 'sluice';

import { describeError, isExpected } from './expected-errors.ts';
import type { Journal } from './journal.ts';
import { around } from './limits.ts';

export type TaskEventOf = Exclude<TaskEvent, GroupFinished>;

interface Entry {
  /** Where it is, by its events alone. */
  phase: 'idle' | 'asked' | 'running';
  /** The group it was queued in. */
  group: string | undefined;
}

/** What each event may say of the status of its task. */
const STATUS: Readonly<Record<TaskEventOf['type'], readonly TaskStatus[]>> = {
  queued: ['waiting', 'queued'],
  ready: ['queued'],
  started: ['running'],
  yielded: ['running', 'waiting'],
  resumed: ['running'],
  annotated: ['running'],
  progress: ['running'],
  retrying: ['waiting'],
  completed: ['completed', 'idle'], // its result may be out of date, or not to be kept
  failed: ['failed'],
  cancelled: ['cancelled'],
  skipped: ['skipped'],
};

/** Keeps the books of a manager by its events: by listening first, before anyone who acts. */
export class Ledger {
  readonly counts: Record<'completed' | 'failed' | 'cancelled' | 'skipped', number> = { completed: 0, failed: 0, cancelled: 0, skipped: 0 };
  readonly #journal: Journal;
  readonly #entries: Map<Task<unknown>, Entry> = new Map();
  readonly #byId: Map<number, Task<unknown>> = new Map();
  /** Unsettled tasks by group, for groups that have begun and not finished. */
  readonly #unsettled: Map<string, number> = new Map();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /**
   * @param groups - to hear of their events from the groups themselves, before others who listen there
   */
  listen(tasks: TaskManager, groups: readonly string[]): void {
    const names = new Set<string | undefined>(groups);
    const listen = (own: (group: string | undefined) => boolean) => (event: TaskEvent): void => {
      if (own(event.type === 'groupFinished' ? event.group : event.task.group)) this.#heard(event);
    };
    for (const name of groups) tasks.group(name).events$.subscribe(listen((group) => group === name));
    tasks.events$.subscribe(listen((group) => !names.has(group)));
  }

  get tasks(): readonly Task<unknown>[] {
    return [...this.#entries.keys()];
  }

  isUnsettled(task: Task<unknown>): boolean {
    const phase = this.#entries.get(task)?.phase;
    return phase === 'asked' || phase === 'running';
  }

  get unsettled(): readonly Task<unknown>[] {
    return this.tasks.filter((task) => this.isUnsettled(task));
  }

  /** Groups that are empty, but have not been said to be. */
  get unfinished(): readonly string[] {
    return [...this.#unsettled].filter(([, count]) => count === 0).map(([name]) => name);
  }

  /** A function has been called: by the task that has been told to have started. */
  called(context: TaskContext, name: string): Task<unknown> | undefined {
    const task = this.#byId.get(context.id);
    if (task === undefined) this.#journal.fault(`${name} is called, but was not told to be queued`);
    else if (this.#entries.get(task)?.phase !== 'running') this.#journal.fault(`${name} is called, but was not told to have started`);
    return task;
  }

  #heard(event: TaskEvent): void {
    if (event.type === 'groupFinished') {
      this.#journal.write(`groupFinished ${event.group}`);
      const count = this.#unsettled.get(event.group);
      if (count === undefined) this.#journal.fault(`${event.group} has finished, but had not begun`);
      else if (count > 0) this.#journal.fault(`${event.group} has finished, but ${count} of its tasks have not settled`);
      this.#unsettled.delete(event.group);
      return;
    }
    const { task, type } = event;
    this.#journal.write(`${type} ${task.name}`);
    const { status } = task;
    if (!STATUS[type].includes(status)) this.#journal.fault(`${task.name} is ${status} at its event ${type}`);
    const entry = this.#entries.get(task) ?? { phase: 'idle', group: undefined };
    this.#entries.set(task, entry);
    this.#byId.set(task.id, task);
    const { phase } = entry;
    if (type === 'queued') {
      if (phase !== 'idle') this.#journal.fault(`${task.name} is told to be queued while it is ${phase}`);
      entry.phase = 'asked';
      entry.group = task.group;
      this.#count(entry.group, 1);
      return;
    }
    if (phase === 'idle') this.#journal.fault(`${task.name} is told to be ${type}, but was not told to be queued`);
    if (type === 'started') entry.phase = 'running';
    else if (type === 'retrying') entry.phase = 'asked'; // also one that has waited for too long for its slot
    else if (type === 'ready') {
      if (phase !== 'asked') this.#journal.fault(`${task.name} is told to be ready while it is ${phase}`);
    } else if (type === 'yielded' && event.cause !== 'children') {
      if (phase !== 'running') this.#journal.fault(`${task.name} is told to have yielded, but was not told to have started`);
      entry.phase = 'asked';
    } else if (type === 'progress' || type === 'yielded' || type === 'resumed' || type === 'annotated') {
      if (phase !== 'running') this.#journal.fault(`${task.name} is told of ${type}, but was not told to have started`);
    } else {
      if (type === 'failed' && !isExpected(event.error)) this.#journal.fault(`${task.name} fails with ${describeError(event.error)}`);
      entry.phase = 'idle';
      this.counts[type]++;
      this.#count(entry.group, -1);
    }
  }

  #count(group: string | undefined, by: number): void {
    for (const name of around(group)) if (name !== undefined) this.#unsettled.set(name, (this.#unsettled.get(name) ?? 0) + by);
  }
}
