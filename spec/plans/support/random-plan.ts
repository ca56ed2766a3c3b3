import { lastValueFrom, type Observable } from 'rxjs';
import { type OnUpstreamError, type Task, TaskManager, UpstreamFailedError, withRetry } from 'sluice';
import { defineJobs, type JobContext, Plan, type PlanRun, type PlanTask } from 'sluice/plans';

/**
 * Random graphs of jobs, of which each can be run as a plan, and by a task manager as any other tasks: what ends
 * in two ways is compared by {@link ending}. All is decided by the seed.
 */
export interface RandomNode {
  readonly name: string;
  readonly id: number;
  /** It fails as long as `attempt` is not greater. */
  readonly failures: number;
  readonly retries: number;
  readonly priority: number;
  readonly group: string | undefined;
  readonly shape: 'list' | 'dictionary';
  readonly upstream: readonly { readonly from: number; readonly onError: OnUpstreamError | undefined }[];
  readonly onUpstreamError: OnUpstreamError | undefined;
}

export interface WorkInput {
  readonly id: number;
  readonly failures: number;
}

/** Adds up what it is given, so that a value which is lost or taken twice shows in all that comes of it. */
export function work(inputs: WorkInput, { attempt }: Pick<JobContext, 'attempt'>): Readonly<Record<string, number>> {
  const { id, failures, ...upstream } = inputs as WorkInput & Record<string, unknown>;
  if (attempt <= failures) throw new RangeError(`${id} fails`);
  const sum = (value: unknown): number => (typeof value === 'number' ? value : Object.values(value as object).reduce((total: number, part) => total + sum(part), 0));
  return { [`n${id}`]: (id + sum(upstream)) % 1_000_003 };
}

export const randomJobs = defineJobs({ work });

/**
 * Where two upstreams fail, the first to do so decides how a task ends, and which that is depends on the clock. So
 * each node here has at most one that does.
 */
export function randomNodes(seed: number, size: number): RandomNode[] {
  const random = mulberry32(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(...choices: readonly T[]): T => choices[below(choices.length)] as T;
  const policy = (): OnUpstreamError | undefined => pick<OnUpstreamError | undefined>(undefined, undefined, undefined, 'continue', 'skip', { fallback: 7 });
  const fails: boolean[] = [];
  return Array.from({ length: size }, (_, id) => {
    const onUpstreamError = policy();
    const shape = pick('list' as const, 'dictionary' as const);
    const from = new Set(id === 0 ? [] : Array.from({ length: pick(0, 1, 1, 2, 3) }, () => below(id)));
    let fatal = 0;
    const upstream = [...from].map((from) => ({ from, onError: shape === 'list' ? undefined : policy() })).filter(({ from, onError = onUpstreamError ?? 'fail' }) =>
      !(fails[from] === true && (onError === 'fail' || onError === 'skip')) || ++fatal === 1);
    const failures = pick(0, 0, 0, 0, 0, 0, 1, 2);
    const retries = pick(0, 0, 1, 2);
    fails.push(fatal > 0 || failures > retries);
    return { name: `work ${id}`, id, failures, retries, priority: below(3), group: pick(undefined, 'crawl', 'crawl/deep', 'count'), shape, upstream, onUpstreamError };
  });
}

export function planOf(nodes: readonly RandomNode[]): { readonly plan: Plan<typeof randomJobs>; readonly handles: readonly PlanTask<Readonly<Record<string, number>>>[] } {
  const plan = new Plan(randomJobs);
  const handles: PlanTask<Readonly<Record<string, number>>>[] = [];
  for (const { name, id, failures, retries, priority, group, upstream, shape, onUpstreamError } of nodes) {
    handles.push(plan.task('work', {
      name, priority, group, onUpstreamError: onUpstreamError ?? 'fail',
      kwargs: { id, failures },
      upstream: shape === 'list' ? upstream.map(({ from }) => handles[from]!) : Object.fromEntries(upstream.map(({ from, onError }) => [`u${from}`, { from: handles[from]!, onError }])),
      policies: retries > 0 ? [withRetry(retries)] : [],
    } as never));
  }
  return { plan, handles };
}

/** How each task ends: by a task manager, without any plan. */
export async function endingByManager(nodes: readonly RandomNode[]): Promise<readonly string[]> {
  await using tasks = new TaskManager({ concurrency: 8 });
  const made: Task<unknown>[] = [];
  for (const { name, id, failures, retries, priority, group, upstream, shape, onUpstreamError } of nodes) {
    made.push(tasks.add(work as never, {
      name, priority, group, onUpstreamError: onUpstreamError ?? 'fail',
      kwargs: { id, failures },
      upstream: shape === 'list' ? upstream.map(({ from }) => made[from]!) : Object.fromEntries(upstream.map(({ from, onError }) => [`u${from}`, { from: made[from]!, ...(onError !== undefined && { onError }) }])),
      ...(retries > 0 && { policies: [withRetry(retries)] }),
    } as never));
  }
  const endings = Promise.all(made.map((task) => ending(task)));
  const ends = await endings;
  await tasks.onIdle();
  return ends;
}

/** How each task of a run ends. */
export function endingOf(run: PlanRun, handles: readonly PlanTask<unknown>[]): Promise<readonly string[]> {
  return Promise.all(handles.map((handle) => ending(run.result(handle))));
}

async function ending(source: Observable<unknown>): Promise<string> {
  try {
    const value = await lastValueFrom(source, { defaultValue: 'skipped' });
    return JSON.stringify(value);
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}${error instanceof UpstreamFailedError ? ` ${error.path.join(' > ')}` : ''}`;
  }
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
