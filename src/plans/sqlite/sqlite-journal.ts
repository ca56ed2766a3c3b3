import { fileURLToPath } from 'node:url';

import { InvalidInputError } from '../../index.ts';
import { type Journal, type JournaledRun, JournalHeldError, type JournalMarks, type JournalRecord, type JournalRun, type Outcome, type PlanData, RunNotFoundError, type RunStatus } from '../index.ts';
import { SqliteFile } from './sqlite-file.ts';

/** Options of {@link sqliteJournal}. */
export interface SqliteJournalOptions {
  /** When another process has the file: `'refuse'` (default) with a JournalHeldError, or `'wait'` until it is free. */
  readonly whenHeld?: 'refuse' | 'wait' | undefined;
}

/**
 * A journal in a file of SQLite, by `node:sqlite`. A run goes on after `kill -9`, and after a restart. The file is held
 * by one process at a time, from its first open run to its last; that process may have many runs in it.
 *
 * What is recorded in one turn of the event loop is one transaction, in WAL mode with `synchronous = NORMAL`: a loss of
 * power may take the latest results, and never one in the midst of them; their jobs run again.
 *
 * @param file - its path, or a `file:` URL. It is made if it is missing.
 * @throws InvalidInputError for bad options. Runs reject with a JournalHeldError, or a JournalError that has the reason.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, Plan, runPlan } from 'sluice/plans';
 * import { sqliteJournal } from 'sluice/plans/sqlite';
 *
 * const plan = new Plan(defineJobs({ greet: () => 'Hello' }));
 * plan.task('greet');
 * const start = () => runPlan(plan, new TaskManager(), { id: 'greeting', journal: sqliteJournal('runs.db') });
 * ```
 */
export function sqliteJournal(file: string | URL, options: SqliteJournalOptions = {}): Journal<'json'> {
  const { whenHeld = 'refuse' } = options;
  if (!['refuse', 'wait'].includes(whenHeld)) throw new InvalidInputError('sqliteJournal(): whenHeld', '"refuse" or "wait"', whenHeld);
  const path = file instanceof URL ? fileURLToPath(file) : file;
  if (typeof path !== 'string' || path === '') throw new InvalidInputError('sqliteJournal(): file', 'a path or a file: URL', file);
  return new SqliteJournal(new SqliteFile(path, whenHeld));
}

class SqliteJournal implements Journal<'json'> {
  readonly values = 'json';
  readonly #file: SqliteFile;
  readonly #open: Set<string> = new Set();

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  async open(id: string, plan: PlanData | undefined): Promise<JournalRun> {
    if (this.#open.has(id)) throw new JournalHeldError(this.#file.path, 'another run of this process');
    this.#open.add(id);
    try {
      await this.#file.hold();
      try {
        if (plan) await this.#file.write('INSERT INTO runs (id, plan, status, paused, created) VALUES (?, ?, \'open\', 0, ?) ON CONFLICT DO NOTHING', id, JSON.stringify(plan), Date.now());
        return this.#read(id);
      } catch (error) {
        await this.#file.release();
        throw error;
      }
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
  }

  async runs(): Promise<readonly JournaledRun[]> {
    await this.#file.hold();
    try {
      return this.#file.read('SELECT id, status, created FROM runs ORDER BY created, id')
        .map((row) => ({ id: row['id'] as string, status: row['status'] as RunStatus, createdAt: row['created'] as number }));
    } finally {
      await this.#file.release();
    }
  }

  async remove(id: string): Promise<void> {
    if (this.#open.has(id)) throw new JournalHeldError(this.#file.path, 'a run of this process that is under way');
    await this.#file.hold();
    try {
      await Promise.all([this.#file.write('DELETE FROM records WHERE run = ?', id), this.#file.write('DELETE FROM runs WHERE id = ?', id)]);
    } finally {
      await this.#file.release();
    }
  }

  #read(id: string): JournalRun {
    const [run] = this.#file.read('SELECT plan, status, paused FROM runs WHERE id = ?', id);
    if (run === undefined) throw new RunNotFoundError(id);
    const records = this.#file.read('SELECT task, outcome FROM records WHERE run = ?', id)
      .map((row) => ({ task: row['task'] as string, outcome: JSON.parse(row['outcome'] as string) as Outcome }));
    const marks = { status: run['status'] as RunStatus, paused: run['paused'] === 1 };
    return new SqliteRun(id, JSON.parse(run['plan'] as string) as PlanData, records, marks, this.#file, () => this.#open.delete(id));
  }
}

class SqliteRun implements JournalRun {
  readonly plan: PlanData;
  readonly records: readonly JournalRecord[];
  readonly marks: JournalMarks;
  readonly #id: string;
  readonly #file: SqliteFile;
  readonly #closed: () => void;

  constructor(id: string, plan: PlanData, records: readonly JournalRecord[], marks: JournalMarks, file: SqliteFile, closed: () => void) {
    this.plan = plan;
    this.records = records;
    this.marks = marks;
    this.#id = id;
    this.#file = file;
    this.#closed = closed;
  }

  record({ task, outcome }: JournalRecord): Promise<void> {
    return this.#file.write('INSERT INTO records (run, task, outcome) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', this.#id, task, JSON.stringify(outcome));
  }

  async forget(tasks: readonly string[]): Promise<void> {
    await Promise.all(tasks.map((task) => this.#file.write('DELETE FROM records WHERE run = ? AND task = ?', this.#id, task)));
  }

  mark({ status, paused }: Partial<JournalMarks>): Promise<void> {
    const flag = paused === undefined ? null : Number(paused);
    return this.#file.write('UPDATE runs SET status = coalesce(?, status), paused = coalesce(?, paused) WHERE id = ?', status ?? null, flag, this.#id);
  }

  async close(): Promise<void> {
    this.#closed();
    await this.#file.release();
  }
}
