import type { Task, TaskContext } from 'sluice';

import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { around, type Limits } from './limits.ts';

/** What a function was made with. */
export interface Job {
  readonly name: string;
  readonly slots: number;
  readonly releaseSlot: 'on-cancel' | 'on-settle' | undefined;
}

/** Something that runs and has slots: counted as long as it must have them, seen from inside. */
export class Run {
  readonly name: string;
  readonly slots: number;
  readonly group: string | undefined;
  readonly task: Task<unknown> | undefined;
  readonly #signal: () => AbortSignal | undefined;
  readonly #keepsSlot: boolean;
  #ended = false;
  /** How many other tasks it waits for, which takes its slots from it. */
  #waitsFor = 0;

  constructor({ name, slots }: Pick<Job, 'name' | 'slots'>, group: string | undefined, task?: Task<unknown>, signal?: () => AbortSignal, keepsSlot = false) {
    this.name = name;
    this.slots = slots;
    this.group = group;
    this.task = task;
    this.#signal = signal ?? (() => undefined);
    this.#keepsSlot = keepsSlot;
  }

  /** To be called just before it ends. */
  end(): void {
    this.#ended = true;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get stopped(): boolean {
    return this.#signal()?.aborted === true;
  }

  /** Whether it must have its slots now. */
  get holds(): boolean {
    return !this.#ended && this.#waitsFor === 0 && (this.#keepsSlot || !this.stopped);
  }

  /** Waits for another task: without slots, and for good if it is stopped meanwhile. */
  async lend<T>(waiting: () => Promise<T>): Promise<T> {
    this.#waitsFor++;
    try {
      return await waiting();
    } finally {
      if (!this.stopped) this.#waitsFor--;
    }
  }
}

/** All that runs, and whether it may. */
export class Runs {
  readonly #limits: Limits;
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  #open: Run[] = [];
  closed = false;

  constructor(limits: Limits, ledger: Ledger, journal: Journal) {
    this.#limits = limits;
    this.#ledger = ledger;
    this.#journal = journal;
  }

  get open(): readonly Run[] {
    return (this.#open = this.#open.filter((run) => !run.ended));
  }

  /** A task's function has been called. */
  begin(job: Job, context: TaskContext): Run {
    const task = this.#ledger.called(context, job.name);
    const run = new Run(job, task?.group, task, () => context.signal, this.#limits.keepsSlot(job.releaseSlot, task?.group));
    const other = this.open.find((each) => each.task === task && task !== undefined && !each.stopped);
    if (other) this.#journal.fault(`${job.name} is called while it runs`);
    return this.#admit(run);
  }

  /** Something else has got a slot: by `queueOn`, or in a lane. */
  beginOther(name: string, group: string | undefined): Run {
    return this.#admit(new Run({ name, slots: 1 }, group));
  }

  #admit(run: Run): Run {
    const holding = this.open.filter((each) => each.holds);
    for (const name of around(run.group)) {
      const where = name ?? 'the manager';
      if (this.#limits.paused(name)) this.#journal.fault(`${run.name} starts though ${where} is paused`);
      const taken = holding.filter(({ group }) => around(group).includes(name)).reduce((sum, { slots }) => sum + slots, 0);
      const most = this.#limits.concurrency(name);
      // What needs more than there are, as the limit was lowered, runs alone.
      if (taken > 0 && taken + run.slots > most) this.#journal.fault(`${run.name} starts: ${taken + run.slots} of ${most} slots of ${where} are taken`);
    }
    if (this.closed) this.#journal.fault(`${run.name} starts though the manager is closed`);
    this.#open.push(run);
    return run;
  }
}
