import { InvalidInputError, type NoConflict, type OnUpstreamError, type ResultOf } from '../index.ts';
import { checkPlanData } from './check-plan-data.ts';
import { checkTaskOptions } from './check-task-options.ts';
import { checkValue, copyValue } from './check-value.ts';
import { findJob, type Jobs } from './define-jobs.ts';
import type { PlanData, PlanTaskData, PlanUpstreamData } from './plan-data.ts';
import { toPolicyData } from './plan-policy.ts';
import type { AsUpstream, Fits, PlanTask, PlanTaskOptions, PlanUpstream, PlanUpstreamWithPolicy, Supplied } from './plan-task.ts';
import type { ValueKind } from './value-kind.ts';

type NoKwargs = {};

/** Options of a {@link Plan}. */
export interface PlanOptions<V extends ValueKind = ValueKind> {
  /** What kwargs and results may be. `'clone'` is for plans that stay in a browser. Default `'json'`. */
  readonly values?: V | undefined;
}

/** The names of the jobs that need no kwargs. */
type Alone<J extends Jobs> = { [Name in keyof J & string]: {} extends Fits<J[Name], Name, [], NoKwargs> ? Name : never }[keyof J & string];

/**
 * A graph of named jobs as data. `runPlan` runs it in this process, and goes on with it in the next one if there is a
 * journal; a cluster runs it on many machines. Making a plan runs nothing.
 *
 * @example
 * ```ts
 * import { withRetry } from 'sluice';
 * import { defineJobs, Plan } from 'sluice/plans';
 *
 * const jobs = defineJobs({
 *   listPages: async ({ site }: { site: string }) => ({ pages: [`${site}/a`, `${site}/b`] }),
 *   countPages: ({ pages }: { pages: string[] }) => ({ count: pages.length }),
 * });
 *
 * const plan = new Plan(jobs);
 * const pages = plan.task('listPages', { kwargs: { site: 'a.example' }, group: 'crawl', priority: 2 });
 * plan.task('countPages', { upstream: [pages], policies: [withRetry(3)] });
 * ```
 */
export class Plan<J extends Jobs = Jobs, V extends ValueKind = 'json'> {
  /** The functions that its tasks name. */
  readonly jobs: J;
  /** What its kwargs and results may be. */
  readonly values: V;
  readonly #tasks: PlanTaskData[] = [];
  readonly #handles: PlanTask<unknown>[] = [];
  readonly #ids: Map<object, string> = new Map();

  /** @throws InvalidInputError for jobs that are no functions */
  constructor(jobs: J, options: PlanOptions<V> = {}) {
    const { values = 'json' as V } = options;
    if (typeof jobs !== 'object' || (jobs as unknown) === null) throw new InvalidInputError('Plan: jobs', 'an object of functions', jobs, 'Make one with defineJobs().');
    for (const name of Object.keys(jobs)) {
      if (findJob(jobs, name) === undefined) throw new InvalidInputError(`Plan: jobs.${name}`, 'a function', jobs[name]);
    }
    if (!['json', 'clone'].includes(values)) throw new InvalidInputError('Plan: values', '"json" or "clone"', values);
    this.jobs = jobs;
    this.values = values;
  }

  /**
   * Adds a task that runs the job of that name. It depends on tasks of this plan alone, which have to be there
   * before, so that there can be no cycle.
   *
   * @throws InvalidInputError for a job that does not exist, a task of another plan, and bad options
   * @throws PlanValueError for a kwarg that cannot cross from one process to another, with its path
   */
  task<Name extends Alone<J>>(job: Name): PlanTask<ResultOf<ReturnType<J[Name]>>>;
  task<Name extends keyof J & string, Own extends object = NoKwargs, Up extends PlanUpstream | readonly [] = readonly [], Args extends readonly unknown[] = [], OnError extends OnUpstreamError = 'fail'>(
    job: Name,
    options: PlanTaskOptions<Args, Own, Up, OnError, V> & Fits<J[Name], Name, Args, Supplied<Own, Up, OnError>> & NoConflict<Own, AsUpstream<Up>>,
  ): PlanTask<ResultOf<ReturnType<J[Name]>>>;
  task(job: string, options: PlanTaskOptions = {}): PlanTask<unknown> {
    const where = `task(${JSON.stringify(job)})`;
    if (findJob(this.jobs, job) === undefined) throw new InvalidInputError(`${where}: job`, `one of ${Object.keys(this.jobs).join(', ')}`, job);
    checkTaskOptions(where, options);
    const { name = job, kwargs, args, upstream, policies, onConflict, group, priority, slots, onUpstreamError } = options;
    if (kwargs !== undefined) checkValue(this.values, where, 'kwargs', kwargs);
    if (args !== undefined) checkValue(this.values, where, 'args', args);
    if (typeof onUpstreamError === 'object') checkValue(this.values, where, 'fallback', onUpstreamError.fallback);
    const sources = upstream === undefined ? [] : this.#sources(where, upstream);
    const data: PlanTaskData = {
      id: `t${this.#tasks.length + 1}`,
      job,
      name,
      ...(args !== undefined && args.length > 0 && { args: copyValue(this.values, args) }),
      ...(kwargs !== undefined && Object.keys(kwargs).length > 0 && { kwargs: copyValue(this.values, kwargs) as Record<string, unknown> }),
      ...(sources.length > 0 && { upstream: sources }),
      ...(group !== undefined && { group }),
      ...(priority !== undefined && priority !== 0 && { priority }),
      ...(slots !== undefined && slots !== 1 && { slots }),
      ...(onUpstreamError !== undefined && onUpstreamError !== 'fail' && { onUpstreamError: copyValue(this.values, onUpstreamError) }),
      ...(onConflict === 'overwrite' && { onConflict }),
      ...(policies !== undefined && policies.length > 0 && { policies: toPolicyData(where, policies) }),
    };
    return this.#push(data);
  }

  /** Its tasks, in the order in which they were made. */
  get tasks(): readonly PlanTask<unknown>[] {
    return this.#handles;
  }

  /** The plan as data, without its functions: see {@link planFrom}. */
  toJSON(): PlanData {
    return { values: this.values, tasks: [...this.#tasks] };
  }

  /** @internal */
  static from<J extends Jobs>(jobs: J, data: PlanData): Plan<J, ValueKind> {
    checkPlanData(data);
    const plan = new Plan<J, ValueKind>(jobs, { values: data.values });
    for (const task of data.tasks) plan.#push(task);
    return plan;
  }

  #push(data: PlanTaskData): PlanTask<unknown> {
    const handle: PlanTask<unknown> = Object.freeze({ id: data.id, job: data.job, name: data.name });
    this.#tasks.push(data);
    this.#handles.push(handle);
    this.#ids.set(handle, data.id);
    return handle;
  }

  #sources(where: string, upstream: PlanUpstream): PlanUpstreamData[] {
    const inputs: readonly (readonly [string | undefined, unknown])[] = Array.isArray(upstream)
      ? Array.from(upstream as readonly unknown[], (input) => [undefined, input])
      : Object.entries(upstream);
    return inputs.map(([key, input], i) => {
      const policy = key !== undefined && typeof input === 'object' && input !== null && Object.hasOwn(input, 'from') ? (input as PlanUpstreamWithPolicy) : undefined;
      const from = this.#ids.get((policy ? policy.from : input) as object);
      if (from === undefined) throw new InvalidInputError(`${where}: upstream.${key ?? i}`, 'a task of the same plan', input, 'Give what plan.task() has returned.');
      if (typeof policy?.onError === 'object') checkValue(this.values, where, 'fallback', policy.onError.fallback);
      return { from, ...(key !== undefined && { key }), ...(policy?.onError !== undefined && { onError: copyValue(this.values, policy.onError) }) };
    });
  }
}

/**
 * A plan of data: what `plan.toJSON()` has given, here or in another process.
 *
 * @throws InvalidInputError for data that is no plan: with a cycle, say, or with the same id twice
 *
 * @example
 * ```ts
 * import { defineJobs, Plan, planFrom } from 'sluice/plans';
 *
 * const jobs = defineJobs({ greet: ({ name }: { name: string }) => `Hello ${name}` });
 * const plan = new Plan(jobs);
 * plan.task('greet', { kwargs: { name: 'Ada' } });
 * const same = planFrom(jobs, JSON.parse(JSON.stringify(plan)));
 * console.log(same.tasks.length); // 1
 * ```
 */
export function planFrom<J extends Jobs>(jobs: J, data: PlanData): Plan<J, ValueKind> {
  return Plan.from(jobs, data);
}
