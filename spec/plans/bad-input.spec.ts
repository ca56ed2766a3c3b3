import { lastValueFrom } from 'rxjs';
import { InvalidInputError, TaskManager, withRetry } from 'sluice';
import { defineJobs, type Journal, memoryJournal, Plan, type PlanData, planFrom, PlanValueError, runPlan } from 'sluice/plans';
import { describe, expect, it } from 'vitest';

class Money {
  readonly cents = 1;
}

const jobs = defineJobs({ list: () => ({ pages: ['a'] }), show: (kwargs: object) => kwargs });
const circular: Record<string, unknown> = {};
circular['self'] = circular;
const deep = (levels: number): unknown => { let value: unknown = 1; for (let i = 0; i < levels; i++) value = [value]; return value; };

function errorOf(action: () => unknown): Error & Record<string, unknown> {
  try {
    action();
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('It has not failed');
}

describe('a value that cannot cross', () => {
  it.each<[string, unknown, string]>([
    ['undefined', { a: undefined }, 'kwargs.a'],
    ['NaN', { a: [NaN] }, 'kwargs.a[0]'],
    ['Infinity', { a: Infinity }, 'kwargs.a'],
    ['a Date', { a: { 'b c': new Date() } }, 'kwargs.a["b c"]'],
    ['a Map', { a: new Map() }, 'kwargs.a'],
    ['a BigInt', { a: 1n }, 'kwargs.a'],
    ['a function', { a: () => 1 }, 'kwargs.a'],
    ['an object of a class', { a: [1, new Money()] }, 'kwargs.a[1]'],
    ['a symbol as key', { a: { [Symbol('s')]: 1 } }, 'kwargs.a'],
    ['a gap in a list', { a: new Array<number>(1) }, 'kwargs.a[0]'],
    ['a circle', { a: circular }, 'kwargs.a.self'],
    ['what is nested too deeply', { a: deep(2_000) }, `kwargs.a${'[0]'.repeat(999)}`],
  ])('is refused when the task is made, with its path: %s', (_, kwargs, path) => {
    const plan = new Plan(jobs);
    const error = errorOf(() => plan.task('show', { kwargs: kwargs as object }));
    expect(error).toBeInstanceOf(PlanValueError);
    expect(error['path']).toBe(path);
    expect(error.message).toMatch(/^task\("show"\): kwargs.+no JSON value\. Give text/);
    expect(plan.tasks).toHaveLength(0);
  });

  it('is refused among args, and as a fallback', () => {
    const plan = new Plan(jobs);
    const list = plan.task('list');
    expect(errorOf(() => plan.task('show', { args: [NaN] } as never))['path']).toBe('args[0]');
    expect(errorOf(() => plan.task('show', { onUpstreamError: { fallback: NaN } } as never))['path']).toBe('fallback');
    expect(errorOf(() => plan.task('show', { upstream: { list: { from: list, onError: { fallback: 1n } } } } as never))['path']).toBe('fallback');
  });

  it('may be cloned where the plan says so, and by a journal that can', async () => {
    const plan = new Plan(jobs, { values: 'clone' });
    const show = plan.task('show', { kwargs: { at: new Date(7), files: new Map([['a', 1]]) } });
    const run = runPlan(plan, new TaskManager(), { journal: memoryJournal() });
    expect(await lastValueFrom(run.result(show))).toEqual({ at: new Date(7), files: new Map([['a', 1]]) });
    expect(errorOf(() => plan.task('show', { kwargs: { run: () => 1 } }))).toMatchObject({ code: 'PLAN_VALUE', path: 'kwargs' });
    const json: Journal = { ...memoryJournal(), values: 'json' };
    expect(errorOf(() => runPlan(plan, new TaskManager(), { journal: json as never }))).toBeInstanceOf(InvalidInputError);
  });

  it('is taken as it was given, whatever becomes of the original', async () => {
    const plan = new Plan(jobs);
    const kwargs = { at: [1] };
    const show = plan.task('show', { kwargs });
    kwargs.at.push(2);
    expect(await lastValueFrom(runPlan(plan, new TaskManager()).result(show))).toEqual({ at: [1] });
  });
});

describe('a plan refuses', () => {
  const other = new Plan(jobs);
  const foreign = other.task('list');
  it.each<[string, (plan: Plan<typeof jobs>) => unknown, RegExp]>([
    ['a job that does not exist', (plan) => plan.task('lost' as never, {} as never), /task\("lost"\): job must be one of list, show/],
    ['what every object has', (plan) => plan.task('toString' as never, {} as never), /must be one of list, show/],
    ['a task of another plan', (plan) => plan.task('show', { upstream: [foreign] }), /upstream\.0 must be a task of the same plan/],
    ['an id as upstream', (plan) => plan.task('show', { upstream: { a: 't1' } } as never), /upstream\.a must be a task of the same plan/],
    ['an option that does not exist', (plan) => plan.task('show', { prioritty: 1 } as never), /the option "prioritty"/],
    ['a priority that is no number', (plan) => plan.task('show', { priority: NaN }), /priority must be a finite number/],
    ['a group without a name', (plan) => plan.task('show', { group: '' }), /group must be a string that is not empty/],
    ['slots of none', (plan) => plan.task('show', { slots: 0 }), /slots must be a positive integer/],
    ['a conflict that a function decides', (plan) => plan.task('show', { onConflict: (() => 1) as never }), /onConflict must be "error" or "overwrite"/],
    ['a policy that is no data', (plan) => plan.task('show', { policies: [withRetry({ delay: () => [1] }) as never] }), /policies\[0\] must be a policy that can be written as data/],
    ['a policy that does not exist', (plan) => plan.task('show', { policies: [{ name: 'luck' } as never] }), /policies\[0\] must be/],
    ['a policy with a wrong number', (plan) => plan.task('show', { policies: [{ name: 'timeout', ms: -1 }] }), /ms must be a positive number/],
    ['policies that are no list', (plan) => plan.task('show', { policies: withRetry(1) as never }), /policies must be an array/],
    ['upstream that is no list', (plan) => plan.task('show', { upstream: 7 as never }), /upstream must be an array or a dictionary/],
  ])('%s', (_, action, message) => {
    const plan = new Plan(jobs);
    const error = errorOf(() => action(plan));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(message);
    expect(plan.tasks).toHaveLength(0);
  });

  it('jobs that are no functions, and values of a kind that does not exist', () => {
    expect(errorOf(() => new Plan({ list: 1 } as never)).message).toMatch(/jobs\.list must be a function/);
    expect(errorOf(() => new Plan(null as never)).message).toMatch(/jobs must be an object of functions/);
    expect(errorOf(() => new Plan(jobs, { values: 'xml' as never })).message).toMatch(/values must be "json" or "clone"/);
  });

  it.each([1, '', 'a:b', 'a.b', 'a b', 'a'.repeat(129)])('%o as the id of a run', (id) => {
    expect(errorOf(() => runPlan(new Plan(jobs), new TaskManager(), { id: id as never }))).toBeInstanceOf(InvalidInputError);
  });
});

describe('data that is no plan', () => {
  const task = (id: string, ...from: string[]): PlanData['tasks'][number] => ({ id, job: 'show', name: id, upstream: from.map((from) => ({ from })) });
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /data must be what plan\.toJSON\(\) gives/],
    ['another kind of values', { values: 'xml', tasks: [] }, /data must be/],
    ['an id that is a key of something else', { values: 'json', tasks: [task('a:b')] }, /tasks\[0\] must be a task with an id of letters/],
    ['an id twice', { values: 'json', tasks: [task('a'), task('a')] }, /tasks\[1\]\.id must be an id of its own/],
    ['an upstream that is not there', { values: 'json', tasks: [task('a', 'b')] }, /must be a task of the plan/],
    ['a cycle', { values: 'json', tasks: [task('a', 'c'), task('b', 'a'), task('c', 'b')] }, /without a cycle, but is "a → c → b → a"/],
    ['a task that waits for itself', { values: 'json', tasks: [task('a', 'a')] }, /without a cycle, but is "a → a"/],
    ['another order', { values: 'json', tasks: [task('a', 'b'), task('b')] }, /must be a task that stands before it/],
  ])('is refused: %s', (_, data, message) => {
    const error = errorOf(() => planFrom(jobs, data as PlanData));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(message);
  });

  it('is what a plan writes, and reads again as the same', () => {
    const plan = new Plan(jobs);
    const list = plan.task('list', { group: 'g', priority: 2, policies: [withRetry({ count: 2, delay: 5 })] });
    plan.task('show', { upstream: { list: { from: list, onError: { fallback: 1 } } }, kwargs: { own: 1 }, onUpstreamError: 'continue', onConflict: 'overwrite' });
    const data = JSON.parse(JSON.stringify(plan)) as PlanData;
    expect(planFrom(jobs, data).toJSON()).toEqual(data);
    expect(data.tasks[0]).toEqual({ id: 't1', job: 'list', name: 'list', group: 'g', priority: 2, policies: [{ name: 'retry', count: 2, delay: 5 }] });
  });
});
