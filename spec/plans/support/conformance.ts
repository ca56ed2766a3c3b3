import { EMPTY, firstValueFrom, lastValueFrom, NEVER, Subject, toArray } from 'rxjs';
import { InvalidInputError, TaskCancelledError, UpstreamFailedError, withRetry, withTimeout } from 'sluice';
import { defineJobs, type JobContext, type Jobs, Plan, PlanConflictError, type PlanRun, type PlanTask, PlanValueError, RunNotFoundError } from 'sluice/plans';
import { afterEach, describe, expect, it } from 'vitest';

import { endingByManager, endingOf, planOf, randomJobs, randomNodes } from './random-plan.ts';

/** An engine under test: what runs plans, and keeps them. */
export interface Engine {
  /** Runs a plan, as a process does that has just been started. */
  run(plan: Plan, id: string): Promise<PlanRun>;
  /** Opens a run of which only the id and the jobs are known. */
  open(jobs: Jobs, id: string): Promise<PlanRun>;
  /** Ends the process as a crash does, with what it has under way, and starts another one on the same store. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What every engine promises, on the one that `make` makes. Jobs are handed to it when it is made: another
 * machine has to have them.
 */
export function conformance(name: string, make: (jobs: Jobs) => Promise<Engine>): void {
  let close = async (): Promise<void> => {};
  afterEach(() => close());

  const calls: string[] = [];
  const entered = new Subject<string>();
  const gates = new Map<string, Subject<void>>();
  const reasons: unknown[] = [];
  afterEach(() => {
    calls.length = 0;
    reasons.length = 0;
    gates.clear();
  });

  /** What the jobs below share with the spec: engines run them in its process, or in threads of it. */
  const jobs = defineJobs({
    list: ({ site }: { site: string }, { idempotencyKey }) => {
      calls.push(idempotencyKey);
      return { pages: [`${site}/a`, `${site}/b`] };
    },
    count: async ({ pages }: { pages: readonly string[] }, { idempotencyKey }) => {
      calls.push(idempotencyKey);
      return { count: pages.length };
    },
    add: ({ a, b = 0 }: { a: number; b?: number }) => ({ sum: a + b }),
    show: (kwargs: Readonly<Record<string, unknown>>) => kwargs,
    nothing: () => undefined,
    empty: () => EMPTY,
    several: async function* () {
      yield 1;
      yield 2;
    },
    context: (_: object, { idempotencyKey, runId, taskId, name, attempt }: JobContext) => ({ idempotencyKey, runId, taskId, name, attempt }),
    fail: (_: object, { attempt, idempotencyKey }: JobContext): { value: number } => {
      calls.push(idempotencyKey);
      throw Object.assign(new RangeError(`attempt ${attempt}`), { detail: { attempt } });
    },
    failOnce: (_: object, { attempt }: JobContext) => {
      if (attempt === 1) throw new Error('once');
      return { attempt };
    },
    bad: () => ({ at: [new Date(0)] }),
    mend: ({ mended }: { mended: string }, { idempotencyKey }) => {
      calls.push(idempotencyKey);
      if (!gates.has(mended)) throw new Error('not mended');
      return { mended };
    },
    wait: async ({ gate }: { gate: string }, { signal, progress, idempotencyKey }: JobContext) => {
      calls.push(idempotencyKey);
      signal.addEventListener('abort', () => { reasons.push(signal.reason); });
      const open = gates.get(gate) ?? new Subject<void>();
      gates.set(gate, open);
      progress({ done: 1, total: 2 });
      entered.next(gate);
      await Promise.race([lastValueFrom(open, { defaultValue: undefined }), new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error); }); })]);
      return { gate };
    },
    never: () => NEVER,
    work: randomJobs.work,
  });

  async function open(): Promise<Engine> {
    const engine = await make(jobs);
    close = () => engine.close();
    return engine;
  }
  const untilEntered = (gate: string): Promise<unknown> => firstValueFrom(new Subject<void>().pipe(() => entered), { defaultValue: gate }).then((which) => which === gate || untilEntered(gate));
  const errorOf = (run: PlanRun, task: PlanTask<unknown> | string): Promise<Error & Record<string, unknown>> =>
    lastValueFrom(run.result(task)).then((value) => { throw new Error(`It has not failed: ${JSON.stringify(value)}`); }, (error: unknown) => error as Error & Record<string, unknown>);

  describe(`a plan on ${name}`, () => {
    it('runs each job once, after those it depends on, with their results as kwargs', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const pages = plan.task('list', { kwargs: { site: 'a' }, group: 'crawl', priority: 2 });
      const count = plan.task('count', { upstream: [pages] });
      const shown = plan.task('show', { kwargs: { own: [1, null, true] }, upstream: { pages, count } });
      const run = await engine.run(plan, 'once');
      expect(await lastValueFrom(run.result(shown))).toEqual({ own: [1, null, true], pages: { pages: ['a/a', 'a/b'] }, count: { count: 2 } });
      expect(await run.done).toMatchObject({ id: 'once', status: 'completed', counts: { completed: 3, waiting: 0 }, progress: { done: 3, total: 3, fraction: 1 }, groups: { crawl: { counts: { completed: 1 } } } });
      expect(calls).toEqual(['once.t1', 'once.t2']);
    });

    it('gives results to late subscribers, of values that are undefined, and of none', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const tasks = { nothing: plan.task('nothing'), empty: plan.task('empty'), several: plan.task('several') };
      const after = plan.task('show', { upstream: { empty: tasks.empty, several: tasks.several } });
      const run = await engine.run(plan, 'late');
      await run.done;
      const all = (task: PlanTask<unknown>): Promise<unknown[]> => lastValueFrom(run.result(task).pipe(toArray()));
      expect(await Promise.all([tasks.nothing, tasks.empty, tasks.several, after].map(all))).toEqual([[undefined], [], [2], [{ several: 2 }]]);
    });

    it('tells each job who it is', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const task = plan.task('context', { name: 'who' });
      const run = await engine.run(plan, 'who-1');
      expect(await lastValueFrom(run.result(task))).toEqual({ idempotencyKey: 'who-1.t1', runId: 'who-1', taskId: 't1', name: 'who', attempt: 1 });
    });

    it('ends as by a task manager: a failure, what falls with it, what goes on without it', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const fail = plan.task('fail', { name: 'first', kwargs: {} });
      const after = plan.task('add', { name: 'after', kwargs: { a: 1 }, upstream: { b: fail } } as never);
      const end = plan.task('show', { name: 'end', upstream: { after } });
      const without = plan.task('show', { name: 'without', upstream: { fail: { from: fail, onError: 'continue' } } });
      const instead = plan.task('show', { upstream: { fail: { from: fail, onError: { fallback: { value: 7 } } } } });
      const skipped = plan.task('show', { upstream: { fail }, onUpstreamError: 'skip' });
      const run = await engine.run(plan, 'fails');
      expect(await errorOf(run, fail)).toMatchObject({ name: 'RangeError', message: 'attempt 1', detail: { attempt: 1 } });
      const error = await errorOf(run, end);
      expect([error instanceof UpstreamFailedError, error['path'], (error.cause as Error).message]).toEqual([true, ['first', 'after', 'end'], 'attempt 1']);
      expect(await lastValueFrom(run.result(without))).toEqual({});
      expect(await lastValueFrom(run.result(instead))).toEqual({ fail: { value: 7 } });
      expect(await lastValueFrom(run.result(skipped), { defaultValue: 'skipped' })).toBe('skipped');
      expect(await run.done).toMatchObject({ status: 'failed', counts: { failed: 3, skipped: 1, completed: 2 } });
    });

    it('tries a job again as its policies say, and limits its time', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const once = plan.task('failOnce', { kwargs: {}, policies: [withRetry(1)] });
      const thrice = plan.task('fail', { kwargs: {}, policies: [{ name: 'retry', count: 2 }] });
      const late = plan.task('never', { policies: [withTimeout(20)] } as never);
      const run = await engine.run(plan, 'policies');
      expect(await lastValueFrom(run.result(once))).toEqual({ attempt: 2 });
      expect(await errorOf(run, thrice)).toMatchObject({ message: 'attempt 3' });
      expect(await errorOf(run, late)).toMatchObject({ name: 'TimeoutError' });
      await run.done;
      expect(calls).toEqual(['policies.t2', 'policies.t2', 'policies.t2']);
    });

    it.each([1, 2, 3])('ends each task of a random graph as a task manager does (seed %i)', async (seed) => {
      const engine = await open();
      const nodes = randomNodes(seed, 60);
      const { plan, handles } = planOf(nodes);
      const run = await engine.run(plan, `random-${seed}`);
      await run.done;
      expect(await endingOf(run, handles)).toEqual(await endingByManager(nodes));
    });

    it('refuses a result that would not come back as it is, with its path, and fails that task alone', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const bad = plan.task('bad');
      plan.task('nothing');
      const run = await engine.run(plan, 'bad');
      const error = await errorOf(run, bad);
      expect(error).toMatchObject({ name: 'PlanValueError', code: 'PLAN_VALUE', path: 'result.at[0]' });
      expect(error).toBeInstanceOf(PlanValueError);
      expect((await run.done).counts).toMatchObject({ failed: 1, completed: 1 });
    });
  });

  describe(`the id of a run on ${name}`, () => {
    it('attaches to the run that there is, and runs nothing twice', async () => {
      const engine = await open();
      const made = (): { plan: Plan<typeof jobs>; count: ReturnType<Plan<typeof jobs>['task']> } => {
        const plan = new Plan(jobs);
        const pages = plan.task('list', { kwargs: { site: 'a' } });
        return { plan, count: plan.task('count', { upstream: [pages] }) };
      };
      const first = made();
      await (await engine.run(first.plan, 'same')).done;
      await engine.crash();
      const second = made();
      const run = await engine.run(second.plan, 'same');
      expect(await run.done).toMatchObject({ status: 'completed', counts: { completed: 2 } });
      expect(await lastValueFrom(run.result(second.count))).toEqual({ count: 2 });
      expect(calls).toEqual(['same.t1', 'same.t2']);
    });

    it('refuses another plan, and names the first difference', async () => {
      const engine = await open();
      const plan = (site: string): Plan => {
        const plan = new Plan(jobs);
        plan.task('list', { kwargs: { site } });
        return plan;
      };
      await (await engine.run(plan('a'), 'mine')).done;
      await engine.crash();
      const error: unknown = await engine.run(plan('b'), 'mine').then((run) => run.done).then(() => undefined, (error: unknown) => error);
      expect(error).toBeInstanceOf(PlanConflictError);
      expect(error).toMatchObject({ runId: 'mine', difference: 'task 1 (list): kwargs.site was "a", and is "b"' });
    });

    it('finds a run without its plan, and says when there is none', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      plan.task('list', { kwargs: { site: 'a' } });
      await (await engine.run(plan, 'found')).done;
      await engine.crash();
      const run = await engine.open(jobs, 'found');
      expect(await lastValueFrom(run.result('t1'))).toEqual({ pages: ['a/a', 'a/b'] });
      const none: unknown = await engine.open(jobs, 'none').then((run) => run.done).then(() => undefined, (error: unknown) => error);
      expect(none).toBeInstanceOf(RunNotFoundError);
    });
  });

  describe(`a crash of ${name}`, () => {
    it('loses no result: what was recorded does not run again, and what was under way does', async () => {
      const engine = await open();
      const made = (): Plan => {
        const plan = new Plan(jobs);
        const pages = plan.task('list', { kwargs: { site: 'a' } });
        const wait = plan.task('wait', { kwargs: { gate: 'g' }, upstream: [pages] });
        plan.task('show', { upstream: [pages, wait] });
        return plan;
      };
      const inside = untilEntered('g');
      await engine.run(made(), 'crash');
      await inside;
      await engine.crash();
      gates.clear();
      const again = untilEntered('g');
      const run = await engine.run(made(), 'crash');
      await again;
      gates.get('g')!.complete();
      expect(await lastValueFrom(run.result('t3'))).toEqual({ pages: ['a/a', 'a/b'], gate: 'g' });
      expect(await run.done).toMatchObject({ status: 'completed', counts: { completed: 3 } });
      expect(calls).toEqual(['crash.t1', 'crash.t2', 'crash.t2']);
    });

    it('keeps a failure, and what falls with it, as it was', async () => {
      const engine = await open();
      const made = (): Plan => {
        const plan = new Plan(jobs);
        const fail = plan.task('fail', { name: 'first', kwargs: {} });
        plan.task('show', { name: 'after', upstream: { fail } });
        plan.task('show', { upstream: { fail }, onUpstreamError: 'skip' });
        return plan;
      };
      await (await engine.run(made(), 'kept')).done;
      await engine.crash();
      const run = await engine.run(made(), 'kept');
      expect(await run.done).toMatchObject({ status: 'failed', counts: { failed: 2, skipped: 1 } });
      expect(await errorOf(run, 't1')).toMatchObject({ name: 'RangeError', message: 'attempt 1', detail: { attempt: 1 } });
      expect(await errorOf(run, 't2')).toMatchObject({ path: ['first', 'after'], cause: { message: 'attempt 1' } });
      expect(calls).toEqual(['kept.t1']);
    });
  });

  describe(`the controls of a run on ${name}`, () => {
    it('cancel what has not settled, for good', async () => {
      const engine = await open();
      const made = (): Plan => {
        const plan = new Plan(jobs);
        const pages = plan.task('list', { kwargs: { site: 'a' } });
        const wait = plan.task('wait', { kwargs: { gate: 'g' }, upstream: [pages] });
        plan.task('show', { upstream: [wait] });
        return plan;
      };
      const inside = untilEntered('g');
      const run = await engine.run(made(), 'cancel');
      await inside;
      await run.cancel();
      expect(await run.done).toMatchObject({ status: 'cancelled', counts: { completed: 1, cancelled: 2 } });
      expect(await errorOf(run, 't3')).toBeInstanceOf(TaskCancelledError);
      await engine.crash();
      const after = await engine.run(made(), 'cancel');
      expect(await after.done).toMatchObject({ status: 'cancelled', counts: { completed: 1, cancelled: 2 } });
      expect(await lastValueFrom(after.result('t1'))).toEqual({ pages: ['a/a', 'a/b'] });
      expect(calls).toEqual(['cancel.t1', 'cancel.t2']);
      expect(reasons).toHaveLength(1);
      await expect(after.retry()).rejects.toBeInstanceOf(InvalidInputError);
    });

    it('pause and resume: nothing new starts, what runs finishes', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const wait = plan.task('wait', { kwargs: { gate: 'g' } });
      const after = plan.task('count', { kwargs: { pages: [] }, upstream: { wait } });
      const inside = untilEntered('g');
      const run = await engine.run(plan, 'pause');
      await inside;
      await run.pause();
      gates.get('g')!.complete();
      expect(await lastValueFrom(run.result(wait))).toEqual({ gate: 'g' });
      const paused = await firstValueFrom(run.state$);
      expect([paused.status, calls]).toEqual(['paused', ['pause.t1']]);
      await run.resume();
      expect(await lastValueFrom(run.result(after))).toEqual({ count: 0 });
      expect((await run.done).status).toBe('completed');
    });

    it('retry what has failed, and what fell with it, and nothing else', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const pages = plan.task('list', { kwargs: { site: 'a' } });
      const mend = plan.task('mend', { kwargs: { mended: 'm' }, upstream: { pages } });
      const after = plan.task('show', { upstream: { mend } });
      const skipped = plan.task('show', { upstream: { mend }, onUpstreamError: 'skip' });
      const run = await engine.run(plan, 'retry');
      expect(await run.done).toMatchObject({ status: 'failed', counts: { failed: 2, skipped: 1, completed: 1 } });
      gates.set('m', new Subject());
      await run.retry();
      expect(await lastValueFrom(run.result(after))).toEqual({ mend: { mended: 'm' } });
      expect(await lastValueFrom(run.result(skipped))).toEqual({ mend: { mended: 'm' } });
      expect(await run.done).toMatchObject({ status: 'completed', counts: { completed: 4, failed: 0 } });
      expect(calls).toEqual(['retry.t1', 'retry.t2', 'retry.t2']);
    });
  });

  describe(`what a run on ${name} shows`, () => {
    it('is its state, now and as it changes, to its end', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const wait = plan.task('wait', { kwargs: { gate: 'g' }, group: 'a/b' });
      plan.task('show', { upstream: { wait } });
      const inside = untilEntered('g');
      const run = await engine.run(plan, 'state');
      const states = lastValueFrom(run.state$.pipe(toArray()));
      await inside;
      await firstValueFrom(run.state$.pipe((source) => source));
      gates.get('g')!.complete();
      const all = await states;
      expect(all.at(-1)).toEqual(await run.done);
      expect(all.at(-1)).toMatchObject({ status: 'completed', groups: { 'a': { counts: { completed: 1 } }, 'a/b': { progress: { done: 1, total: 1 } } } });
      for (const { counts, progress } of all) expect(Object.values(counts).reduce((sum, n) => sum + n)).toBe(progress.total);
    });

    it('is what happens, in order', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      const wait = plan.task('wait', { kwargs: { gate: 'g' } });
      plan.task('fail', { kwargs: {}, upstream: { wait } });
      const inside = untilEntered('g');
      const run = await engine.run(plan, 'events');
      const events = lastValueFrom(run.events$.pipe(toArray()));
      await inside;
      gates.get('g')!.complete();
      await run.done;
      const seen = (await events).map(({ type, task }) => `${type} ${task.id}`);
      expect(seen.slice(-3)).toEqual(['completed t1', 'started t2', 'failed t2']);
    });

    it('is its tasks, page by page', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      for (let i = 0; i < 5; i++) plan.task('add', { kwargs: { a: i }, name: `add ${i}` });
      plan.task('fail', { kwargs: {} });
      const run = await engine.run(plan, 'pages');
      await run.done;
      const first = await run.tasks({ limit: 2 });
      expect(first.tasks.map(({ name, status }) => [name, status])).toEqual([['add 0', 'completed'], ['add 1', 'completed']]);
      const second = await run.tasks({ after: first.next, status: 'completed', limit: 2 });
      expect(second.tasks.map(({ id }) => id)).toEqual(['t3', 't4']);
      const failed = await run.tasks({ status: 'failed' });
      expect(failed).toMatchObject({ tasks: [{ id: 't6', job: 'fail', attempt: 1, error: { message: 'attempt 1' } }], next: undefined });
      await expect(run.tasks({ after: 'none' })).rejects.toBeInstanceOf(InvalidInputError);
      await expect(run.tasks({ limit: 0 })).rejects.toBeInstanceOf(InvalidInputError);
    });

    it('is no result of a task that it does not have', async () => {
      const engine = await open();
      const plan = new Plan(jobs);
      plan.task('nothing');
      const other = new Plan(jobs);
      const foreign = other.task('list', { kwargs: { site: 'a' } });
      const run = await engine.run(plan, 'foreign');
      await run.done;
      expect(await errorOf(run, foreign)).toBeInstanceOf(InvalidInputError);
      expect(await errorOf(run, 't9')).toBeInstanceOf(InvalidInputError);
    });
  });
}
