import type { Journal, JournalMarks, JournalRecord, JournalRun } from './journal.ts';
import { JournalHeldError } from './journal-held-error.ts';
import type { PlanData } from './plan-data.ts';
import { RunNotFoundError } from './run-not-found-error.ts';

interface Entry {
  readonly plan: PlanData;
  readonly createdAt: number;
  readonly records: Map<string, JournalRecord>;
  marks: JournalMarks;
  open: boolean;
}

/**
 * A journal in memory: for tests, and for runs that are to be found by their id as long as the process lives.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, memoryJournal, Plan, runPlan } from 'sluice/plans';
 *
 * const plan = new Plan(defineJobs({ greet: () => 'Hello' }));
 * plan.task('greet');
 * const journal = memoryJournal();
 * await runPlan(plan, new TaskManager(), { id: 'greeting', journal }).done;
 * console.log(await journal.runs()); // [{ id: 'greeting', status: 'completed', … }]
 * ```
 */
export function memoryJournal(): Journal<'clone'> {
  const entries = new Map<string, Entry>();
  return {
    values: 'clone',
    open: (id, plan) => {
      const entry = entries.get(id) ?? make(plan);
      if (entry === undefined) return Promise.reject(new RunNotFoundError(id));
      if (entry.open) return Promise.reject(new JournalHeldError('in memory', 'another run of this process'));
      entries.set(id, entry);
      entry.open = true;
      return Promise.resolve(new MemoryRun(entry));
    },
    runs: () => Promise.resolve(Array.from(entries, ([id, { createdAt, marks: { status } }]) => ({ id, status, createdAt }))),
    remove: (id) => {
      entries.delete(id);
      return Promise.resolve();
    },
  };
}

function make(plan: PlanData | undefined): Entry | undefined {
  return plan && { plan, createdAt: Date.now(), records: new Map(), marks: { status: 'open', paused: false }, open: false };
}

class MemoryRun implements JournalRun {
  readonly plan: PlanData;
  readonly records: readonly JournalRecord[];
  readonly marks: JournalMarks;
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.plan = entry.plan;
    this.records = [...entry.records.values()];
    this.marks = entry.marks;
    this.#entry = entry;
  }

  record(record: JournalRecord): Promise<void> {
    const { records } = this.#entry;
    if (!records.has(record.task)) records.set(record.task, record);
    return Promise.resolve();
  }

  forget(tasks: readonly string[]): Promise<void> {
    for (const task of tasks) this.#entry.records.delete(task);
    return Promise.resolve();
  }

  mark(marks: Partial<JournalMarks>): Promise<void> {
    this.#entry.marks = { ...this.#entry.marks, ...marks };
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#entry.open = false;
    return Promise.resolve();
  }
}
