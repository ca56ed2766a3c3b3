import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import { Deferred } from '../deferred.ts';
import { JournalError, JournalHeldError } from '../index.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, plan TEXT NOT NULL, status TEXT NOT NULL, paused INTEGER NOT NULL, created INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS records (run TEXT NOT NULL, task TEXT NOT NULL, outcome TEXT NOT NULL, PRIMARY KEY (run, task)) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
`;
const VERSION = 1;
/** SQLite's code for a file that another connection has locked. */
const BUSY = 5;
/** Milliseconds between two looks at a file that is held. */
const PATIENCE = 100;

/** Writes that are one transaction. */
interface Batch {
  readonly writes: (readonly [sql: string, values: readonly SQLInputValue[]])[];
  readonly done: Promise<void>;
  readonly settle: (error?: unknown) => void;
}

/**
 * A file of SQLite that one process holds. The lock is SQLite's own, of the operating system: it ends with the
 * process, however that ends. A file beside it says who has it, for people alone.
 */
export class SqliteFile {
  readonly path: string;
  readonly #wait: boolean;
  #database: DatabaseSync | undefined;
  #opening: Promise<void> | undefined;
  #holds = 0;
  #batch: Batch | undefined;
  readonly #statements: Map<string, StatementSync> = new Map();

  constructor(path: string, whenHeld: 'refuse' | 'wait') {
    this.path = path;
    this.#wait = whenHeld === 'wait';
  }

  /** Opens it, unless it is open. To be followed by {@link release}. */
  async hold(): Promise<void> {
    this.#holds++;
    try {
      await (this.#opening ??= this.#open());
    } catch (error) {
      this.#holds--;
      this.#opening = undefined;
      throw error;
    }
  }

  /** Closes it after its last writes, unless someone else holds it. */
  async release(): Promise<void> {
    try {
      await this.#batch?.done;
    } finally {
      if (--this.#holds === 0) this.#close();
    }
  }

  read(sql: string, ...values: readonly SQLInputValue[]): Record<string, unknown>[] {
    return this.#try(() => this.#prepare(sql).all(...values));
  }

  /** Resolves when it is written: with all else that is written in this turn of the event loop. */
  write(sql: string, ...values: readonly SQLInputValue[]): Promise<void> {
    const batch = (this.#batch ??= this.#begin());
    batch.writes.push([sql, values]);
    return batch.done;
  }

  #begin(): Batch {
    const { promise: done, resolve, reject } = new Deferred<void>();
    const settle = (error?: unknown): void => { if (error === undefined) resolve(); else reject(error); };
    setImmediate(() => { this.#commit(); });
    return { writes: [], done, settle };
  }

  #commit(): void {
    const batch = this.#batch as Batch;
    this.#batch = undefined;
    try {
      this.#try((database) => {
        database.exec('BEGIN IMMEDIATE');
        for (const [sql, values] of batch.writes) this.#prepare(sql).run(...values);
        database.exec('COMMIT');
      });
      batch.settle();
    } catch (error) {
      // A transaction that SQLite has not rolled back by itself.
      if (this.#database?.isTransaction === true) this.#database.exec('ROLLBACK');
      batch.settle(error);
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = (this.#database as DatabaseSync).prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  async #open(): Promise<void> {
    for (;;) {
      try {
        this.#database = this.#lock();
        writeFileSync(`${this.path}.holder`, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }));
        return;
      } catch (error) {
        if ((error as { errcode?: unknown }).errcode !== BUSY) throw error instanceof JournalError ? error : new JournalError(this.path, error);
        if (!this.#wait) throw new JournalHeldError(this.path, this.#holder());
      }
      await new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
    }
  }

  #lock(): DatabaseSync {
    const database = new DatabaseSync(this.path);
    try {
      // Exclusive before anything is read: then the lock is held until the file is closed.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN EXCLUSIVE; COMMIT;');
      const version = database.prepare('PRAGMA user_version').get()?.['user_version'] as number;
      if (version > VERSION) throw new JournalError(this.path, new Error(`it was written by a later version of Sluice, with the format ${version}`));
      if (version < VERSION) database.exec(SCHEMA);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #holder(): string {
    try {
      const { pid, host, since } = JSON.parse(readFileSync(`${this.path}.holder`, 'utf8')) as Record<string, unknown>;
      return `process ${String(pid)} on ${String(host)} since ${String(since)}`;
    } catch {
      return 'another process';
    }
  }

  #close(): void {
    const database = this.#database;
    this.#database = this.#opening = undefined;
    this.#statements.clear();
    rmSync(`${this.path}.holder`, { force: true });
    database?.close();
  }

  #try<T>(action: (database: DatabaseSync) => T): T {
    try {
      return action(this.#database as DatabaseSync);
    } catch (error) {
      throw new JournalError(this.path, error);
    }
  }
}
