import type { JobContext } from './job-context.ts';

/** The functions of a plan by name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what each takes is its own; plans check it by name
export type Jobs = Readonly<Record<string, (...inputs: any[]) => unknown>>;

/**
 * Names the functions that the tasks of a plan run. Every process that takes part imports them: a plan itself has
 * names alone.
 *
 * A job is called with its kwargs and a {@link JobContext}. (Jobs with positional arguments, which come first, stand in
 * a plain object: this function does nothing but lend the context its type.) It returns a value, or a promise, an Observable or an async iterable, of which
 * the last value counts. It runs **at least once**: a job that was under way when its process died runs again.
 *
 * @example
 * ```ts
 * import { defineJobs } from 'sluice/plans';
 *
 * export const jobs = defineJobs({
 *   listPages: async ({ site }: { site: string }, { signal }) => {
 *     const response = await fetch(`https://${site}/pages.json`, { signal });
 *     return { pages: await response.json() as string[] };
 *   },
 *   countPages: ({ pages }: { pages: string[] }) => ({ count: pages.length }),
 * });
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each job annotates its kwargs
export function defineJobs<J extends Readonly<Record<string, (kwargs: any, context: JobContext) => unknown>>>(jobs: J): J {
  return jobs;
}

/** The job of that name, if it is one of these: not what every object has. */
export function findJob(jobs: Jobs, name: string): Jobs[string] | undefined {
  const job: unknown = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  return typeof job === 'function' ? (job as Jobs[string]) : undefined;
}
