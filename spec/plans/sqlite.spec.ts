import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

import { InvalidInputError, TaskManager } from 'sluice';
import { defineJobs, JournalError, JournalHeldError, openPlan, Plan, runPlan } from 'sluice/plans';
import { sqliteJournal } from 'sluice/plans/sqlite';
import { afterAll, describe, expect, it } from 'vitest';

import { macrotask } from '../support/event-loop.ts';
import { conformance } from './support/conformance.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
afterAll(() => { rmSync(folder, { recursive: true }); });
let files = 0;
const newFile = (): string => join(folder, `journal-${files++}.db`);

conformance('a journal in SQLite', async () => {
  const file = newFile();
  let journal = sqliteJournal(file);
  let tasks = new TaskManager({ concurrency: 4 });
  return {
    run: async (plan, id) => runPlan(plan, tasks, { id, journal }),
    open: async (jobs, id) => openPlan(jobs, tasks, { id, journal }),
    crash: async () => {
      await tasks.close();
      await macrotask();
      await macrotask();
      tasks = new TaskManager({ concurrency: 4 });
      journal = sqliteJournal(file);
    },
    close: () => tasks.close(),
  };
});

describe('a file of SQLite', () => {
  const jobs = defineJobs({ wait: (_: object, { signal }) => new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error); }); }), first: () => 1 });
  const plan = new Plan(jobs);
  plan.task('wait', { kwargs: {} });
  const short = new Plan(jobs);
  short.task('first');

  it('is held by one journal at a time, and says by whom', async () => {
    const file = newFile();
    const tasks = new TaskManager();
    const run = runPlan(plan, tasks, { id: 'r', journal: sqliteJournal(file) });
    await macrotask();
    await macrotask();
    const error = await runPlan(short, tasks, { id: 'other', journal: sqliteJournal(pathToFileURL(file)) }).done.then(() => undefined, (error: unknown) => error);
    expect(error).toBeInstanceOf(JournalHeldError);
    expect(error).toMatchObject({ journal: file, holder: expect.stringMatching(new RegExp(`^process ${process.pid} on .+ since \\d`)) as string });
    await run.cancel();
    await run.done;
    expect((await runPlan(short, tasks, { id: 'other', journal: sqliteJournal(file) }).done).status).toBe('completed');
  });

  it('is waited for where that is asked for', async () => {
    const file = newFile();
    const tasks = new TaskManager();
    const run = runPlan(plan, tasks, { id: 'r', journal: sqliteJournal(file) });
    await macrotask();
    await macrotask();
    const other = runPlan(short, tasks, { id: 'other', journal: sqliteJournal(file, { whenHeld: 'wait' }) });
    await macrotask();
    expect(other.state.status).toBe('opening');
    await run.cancel();
    expect((await other.done).status).toBe('completed');
  });

  it('has many runs of one process at a time, lists them, and removes them', async () => {
    const journal = sqliteJournal(newFile());
    const tasks = new TaskManager();
    const runs = ['a', 'b', 'c'].map((id) => runPlan(short, tasks, { id, journal }));
    await Promise.all(runs.map((run) => run.done));
    expect((await journal.runs()).map(({ id, status }) => [id, status])).toEqual([['a', 'completed'], ['b', 'completed'], ['c', 'completed']]);
    await journal.remove('b');
    expect((await journal.runs()).map(({ id }) => id)).toEqual(['a', 'c']);
    const open = runPlan(plan, tasks, { id: 'd', journal });
    await macrotask();
    await macrotask();
    await expect(journal.remove('d')).rejects.toBeInstanceOf(JournalHeldError);
    await expect(journal.open('d', undefined)).rejects.toBeInstanceOf(JournalHeldError);
    await open.cancel();
    await open.done;
  });

  it('that is no file of SQLite, or of a later version, is an error with the reason', async () => {
    const text = newFile();
    writeFileSync(text, 'no database, but text that is as long as a header of one has to be. '.repeat(20));
    const reason = (file: string): Promise<unknown> => runPlan(short, new TaskManager(), { id: 'r', journal: sqliteJournal(file) }).done.then(() => undefined, (error: unknown) => error);
    expect(await reason(text)).toBeInstanceOf(JournalError);
    expect(await reason(join(folder, 'missing', 'a.db'))).toMatchObject({ code: 'JOURNAL', journal: join(folder, 'missing', 'a.db') });
    const later = newFile();
    const database = new DatabaseSync(later);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(await reason(later)).toMatchObject({ message: expect.stringMatching(/later version of Sluice, with the format 99/) as string });
  });

  it('keeps names and values as they are, whatever they would mean in SQL', async () => {
    const odd = `'); DROP TABLE runs; --`;
    const jobs = defineJobs({ [odd]: (kwargs: object) => kwargs });
    const plan = new Plan(jobs);
    plan.task(odd, { name: odd, group: odd, kwargs: { [odd]: odd, ['__proto__']: 1 } } as never);
    const file = newFile();
    const run = runPlan(plan, new TaskManager(), { id: 'r', journal: sqliteJournal(file) });
    expect((await run.done).status).toBe('completed');
    expect(await sqliteJournal(file).runs()).toMatchObject([{ id: 'r' }]);
  });

  it('refuses options that are wrong', () => {
    expect(() => sqliteJournal('a.db', { whenHeld: 'later' as never })).toThrow(InvalidInputError);
    expect(() => sqliteJournal('')).toThrow(InvalidInputError);
    expect(() => sqliteJournal(7 as never)).toThrow(InvalidInputError);
  });
});
