import { type TaskGroupOptions, type TaskManagerOptions, type TaskOptions, withExpiry, withMaxWait, withRate, withRetry, withTimeout, withWeight } from 'sluice';

const HOUR = 3_600_000;

/**
 * Every policy option that a flat queue can use, such that the same tasks run in the same order: limits
 * that are kept track of and never reached, twice the slots for tasks that take two.
 */
export const POLICIES = ['inherit', 'retry', 'timeout', 'expires', 'onUpstreamError', 'rate', 'weight', 'maxWait', 'nested', 'slots'] as const;

export type Policy = (typeof POLICIES)[number];

/** The options of a manager and its tasks in which these policies are in use. */
export class PolicyOptions {
  readonly #names: readonly string[];

  constructor(names: 'all' | readonly string[]) {
    const unknown = names === 'all' ? [] : names.filter((name) => !(POLICIES as readonly string[]).includes(name));
    if (unknown.length > 0) throw new Error(`No policy ${unknown.join(', ')}: there are ${POLICIES.join(', ')}`);
    this.#names = names === 'all' ? POLICIES : names;
  }

  manager(options: TaskManagerOptions): TaskManagerOptions {
    if (this.#names.length === 0) return options;
    const { concurrency = Infinity, groups = {} } = options;
    const nested = Object.fromEntries(Object.entries(groups).map(([name, group]) => [this.group(name), this.#group(group)]));
    return {
      ...options,
      concurrency: concurrency * this.#size,
      inheritPriority: this.#has('inherit'),
      groups: { work: this.#group({}), ...(this.#has('nested') && { 'work/all': this.#group({}) }), ...nested },
    };
  }

  /** The group of a task that has this one without policies, or none. */
  group(name?: string): string {
    return this.#has('nested') ? `work/${name ?? 'all'}` : name ?? 'work';
  }

  task(options: TaskOptions): TaskOptions {
    if (this.#names.length === 0) return options;
    return {
      ...options,
      group: this.group(options.group),
      policies: [
        ...(this.#has('timeout') ? [withTimeout(HOUR)] : []),
        ...(this.#has('retry') ? [withRetry(2)] : []),
        ...(this.#has('expires') ? [withExpiry(HOUR)] : []),
      ],
      ...(this.#has('onUpstreamError') && { onUpstreamError: 'continue' as const }),
      ...(this.#has('slots') && { slots: 2 }),
    };
  }

  get #size(): number {
    return this.#has('slots') ? 2 : 1;
  }

  #has(policy: Policy): boolean {
    return this.#names.includes(policy);
  }

  #group({ concurrency = Infinity }: TaskGroupOptions): TaskGroupOptions {
    return {
      concurrency: concurrency * this.#size,
      policies: [
        ...(this.#has('rate') ? [withRate({ limit: 10_000_000, per: 1 })] : []),
        ...(this.#has('weight') ? [withWeight(2)] : []),
        ...(this.#has('maxWait') ? [withMaxWait(HOUR)] : []),
      ],
    };
  }
}
