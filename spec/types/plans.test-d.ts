import type { Observable } from 'rxjs';
import { type TaskManager, withExpiry, withRetry, withTimeout } from 'sluice';
import { defineJobs, type JobContext, type Journal, Plan, type PlanRun, type PlanTask, runPlan } from 'sluice/plans';
import { describe, expectTypeOf, it } from 'vitest';

interface Page { readonly url: string; readonly words?: number }

const jobs = defineJobs({
  listPages: async ({ site }: { site: string }, { signal }) => {
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return { pages: [site] };
  },
  countWords: ({ pages }: { pages: readonly string[] }) => ({ words: pages.length }),
  report: ({ words, title = '' }: { words: number; title?: string }) => `${title} ${words}`,
  version: () => 1,
  page: ({ page }: { page: Page }) => page,
  file: ({ file }: { file: File }) => file.size,
  since: ({ since }: { since: Date }) => since.getTime(),
});
const withArgs = {
  repeat: (count: number, unit: string, { glue }: { glue: string }, { name }: JobContext) => `${name}${unit.repeat(count)}${glue}`,
};
declare const tasks: TaskManager;
const plan = new Plan(jobs);
const pages = plan.task('listPages', { kwargs: { site: 'a.example' } });

describe('a task of a plan', () => {
  it('has the type of what its job comes to', () => {
    expectTypeOf(pages).toEqualTypeOf<PlanTask<{ pages: string[] }>>();
    expectTypeOf(plan.task('version')).toEqualTypeOf<PlanTask<number>>();
    const run = runPlan(plan, tasks);
    expectTypeOf(run).toEqualTypeOf<PlanRun>();
    expectTypeOf(run.result(pages)).toEqualTypeOf<Observable<{ pages: string[] }>>();
    expectTypeOf(run.result('t1')).toEqualTypeOf<Observable<unknown>>();
  });

  it('takes kwargs of its own, and of upstream in both shapes', () => {
    const words = plan.task('countWords', { upstream: [pages] });
    plan.task('report', { upstream: [words], kwargs: { title: 'Words' } });
    plan.task('report', { upstream: { words: plan.task('version') } });
    plan.task('report', { upstream: { words: { from: plan.task('version'), onError: { fallback: 0 } } } });
    plan.task('page', { kwargs: { page: { url: '/' } } });
    new Plan(withArgs).task('repeat', { args: [2, 'a'], kwargs: { glue: '-' } });
  });

  it('does not compile without what its job needs', () => {
    // @ts-expect-error no such job
    plan.task('listPage', { kwargs: { site: 'a' } });
    // @ts-expect-error it needs kwargs
    plan.task('listPages');
    // @ts-expect-error site is missing
    plan.task('listPages', {});
    // @ts-expect-error site is a string
    plan.task('listPages', { kwargs: { site: 7 } });
    // @ts-expect-error upstream brings no pages
    plan.task('countWords', { upstream: [plan.task('version')] });
    // @ts-expect-error words is a number
    plan.task('report', { upstream: { words: pages } });
    // @ts-expect-error it may be absent
    plan.task('report', { upstream: { words: { from: plan.task('version'), onError: 'continue' } } });
    // @ts-expect-error supplied twice
    plan.task('countWords', { upstream: [pages], kwargs: { pages: ['a'] } });
    // @ts-expect-error the unit is a string
    new Plan(withArgs).task('repeat', { args: [2, 3], kwargs: { glue: '-' } });
    plan.task('countWords', { upstream: [pages], kwargs: { pages: ['a'] }, onConflict: 'overwrite' });
  });

  it('does not compile with a kwarg that is no JSON, unless the plan clones', () => {
    // @ts-expect-error a Date is no JSON
    plan.task('since', { kwargs: { since: new Date() } });
    const file = new File([], 'a');
    // @ts-expect-error a File is no JSON
    plan.task('file', { kwargs: { file } });
    const uploads = new Plan(jobs, { values: 'clone' });
    uploads.task('file', { kwargs: { file } });
    runPlan(uploads, tasks, { journal: {} as Journal<'clone'> });
    // @ts-expect-error this journal keeps JSON
    runPlan(uploads, tasks, { journal: {} as Journal<'json'> });
    runPlan(plan, tasks, { journal: {} as Journal<'clone'> });
  });

  it('takes policies that are data', () => {
    plan.task('listPages', { kwargs: { site: 'a' }, policies: [withTimeout(5_000), withRetry({ count: 3, delay: 500 }), withExpiry(60_000), { name: 'timeout', ms: 1 }] });
    // @ts-expect-error a delay that is a function is no data
    plan.task('listPages', { kwargs: { site: 'a' }, policies: [withRetry({ delay: () => [1] })] });
    // @ts-expect-error no such policy
    plan.task('listPages', { kwargs: { site: 'a' }, policies: [{ name: 'luck' }] });
  });
});
