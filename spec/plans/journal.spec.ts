import { lastValueFrom } from 'rxjs';
import { TaskManager, TaskManagerClosedError, withRetry } from 'sluice';
import { defineJobs, type Journal, JournalHeldError, type JournalRecord, memoryJournal, openPlan, Plan, runPlan } from 'sluice/plans';
import { describe, expect, it } from 'vitest';

import { macrotask } from '../support/event-loop.ts';

/** A journal whose writes end, or fail, when the spec says. */
function slowJournal(): { journal: Journal; waiting: { record: JournalRecord; resolve: () => void; reject: (error: unknown) => void }[] } {
  const inner = memoryJournal();
  const waiting: { record: JournalRecord; resolve: () => void; reject: (error: unknown) => void }[] = [];
  const journal: Journal = {
    ...inner,
    open: async (id, plan) => {
      const book = await inner.open(id, plan);
      return {
        plan: book.plan, records: book.records, marks: book.marks,
        forget: (tasks) => book.forget(tasks), mark: (marks) => book.mark(marks), close: () => book.close(),
        record: (record) => new Promise<void>((resolve, reject) => { waiting.push({ record, resolve, reject }); }).then(() => book.record(record)),
      };
    },
  };
  return { journal, waiting };
}

function chain(calls: string[]) {
  const plan = new Plan(defineJobs({
    first: () => { calls.push('first'); return { a: 1 }; },
    fails: (): { a: number } => { calls.push('fails'); throw new Error('no'); },
    second: (kwargs: object) => { calls.push('second'); return kwargs; },
  }));
  return plan;
}

describe('a record', () => {
  it('of a result is durable before anything downstream starts, and before anyone has the result', async () => {
    const calls: string[] = [];
    const plan = chain(calls);
    const first = plan.task('first');
    plan.task('second', { upstream: [first] });
    const { journal, waiting } = slowJournal();
    const run = runPlan(plan, new TaskManager(), { id: 'r', journal });
    const seen: unknown[] = [];
    run.result(first).subscribe((value) => seen.push(value));
    await macrotask();
    expect([calls, seen, waiting.length]).toEqual([['first'], [], 1]);
    waiting[0]!.resolve();
    await macrotask();
    expect([calls, seen, waiting.length]).toEqual([['first', 'second'], [{ a: 1 }], 2]);
    waiting[1]!.resolve();
    expect((await run.done).status).toBe('completed');
  });

  it('of a failure is durable before what goes on without it calls its job', async () => {
    const calls: string[] = [];
    const plan = chain(calls);
    const fails = plan.task('fails');
    plan.task('second', { upstream: { fails: { from: fails, onError: 'continue' } } });
    const { journal, waiting } = slowJournal();
    const run = runPlan(plan, new TaskManager(), { id: 'r', journal });
    await macrotask();
    expect(calls).toEqual(['fails']);
    waiting[0]!.resolve();
    await macrotask();
    expect(calls).toEqual(['fails', 'second']);
    waiting[1]!.resolve();
    expect((await run.done).status).toBe('failed');
  });

  it('that cannot be written stops the run, which goes on when it is opened again', async () => {
    const calls: string[] = [];
    const plan = chain(calls);
    const first = plan.task('first', { policies: [withRetry(3)] } as never);
    const second = plan.task('second', { upstream: { first } });
    const { journal, waiting } = slowJournal();
    const tasks = new TaskManager();
    const run = runPlan(plan, tasks, { id: 'r', journal });
    const errors: unknown[] = [];
    const keep = { error: (error: unknown) => { errors.push(error); } };
    run.state$.subscribe(keep);
    run.events$.subscribe(keep);
    run.result(second).subscribe(keep);
    await macrotask();
    const full = new Error('disk full');
    waiting[0]!.reject(full);
    await expect(run.done).rejects.toBe(full);
    await macrotask();
    expect([errors, calls, tasks.state.status]).toEqual([[full, full, full], ['first'], 'idle']);
    await expect(run.cancel()).resolves.toBeUndefined();

    const again = runPlan(plan, tasks, { id: 'r', journal });
    await macrotask();
    waiting[1]!.resolve();
    await macrotask();
    waiting[2]!.resolve();
    expect((await again.done).status).toBe('completed');
    expect(calls).toEqual(['first', 'first', 'second']);
  });
});

describe('a run', () => {
  it('is one and the same for all who ask for it while it is under way', async () => {
    const plan = chain([]);
    plan.task('first');
    const tasks = new TaskManager();
    const journal = memoryJournal();
    expect(runPlan(plan, tasks, { id: 'r', journal })).toBe(runPlan(plan, tasks, { id: 'r', journal }));
    expect(runPlan(plan, tasks, { id: 'r' })).toBe(runPlan(plan, tasks, { id: 'r' }));
    expect(runPlan(plan, tasks).id).not.toBe(runPlan(plan, tasks).id);
    const other = chain([]);
    other.task('fails');
    await expect(runPlan(other, tasks, { id: 'r', journal }).done).rejects.toMatchObject({ code: 'PLAN_CONFLICT', difference: expect.stringMatching(/^task 1 \(first\): job was "first", and is "fails"/) as string });
    await runPlan(plan, tasks, { id: 'r', journal }).done;
  });

  it('ends at once without tasks', async () => {
    const run = runPlan(chain([]), new TaskManager());
    expect(await run.done).toMatchObject({ status: 'completed', progress: { total: 0 } });
    expect((await lastValueFrom(run.state$)).status).toBe('completed');
  });

  it('that its manager cancels is not cancelled for good', async () => {
    const calls: string[] = [];
    const jobs = defineJobs({ wait: (_: object, { signal }) => { calls.push('wait'); return new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error); }); }); } });
    const plan = new Plan(jobs);
    plan.task('wait', { kwargs: {} });
    const journal = memoryJournal();
    const tasks = new TaskManager();
    const run = runPlan(plan, tasks, { id: 'r', journal });
    await macrotask();
    await tasks.close();
    expect(await run.done).toMatchObject({ status: 'cancelled' });
    expect(await journal.runs()).toMatchObject([{ id: 'r', status: 'open' }]);
    await expect(runPlan(plan, tasks, { id: 'r', journal }).done).rejects.toBeInstanceOf(TaskManagerClosedError);
    const again = openPlan(plan.jobs, new TaskManager(), { id: 'r', journal });
    await macrotask();
    await again.cancel();
    expect([(await again.done).status, calls.length]).toEqual(['cancelled', 2]);
    expect(await journal.runs()).toMatchObject([{ status: 'cancelled' }]);
    await journal.remove('r');
    expect(await journal.runs()).toEqual([]);
  });

  it('refuses to be open twice', async () => {
    const journal = memoryJournal();
    const plan = chain([]);
    plan.task('first');
    const book = await journal.open('r', plan.toJSON());
    await expect(journal.open('r', plan.toJSON())).rejects.toBeInstanceOf(JournalHeldError);
    await book.close();
  });
});
