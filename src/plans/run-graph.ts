import type { Observable } from 'rxjs';

import { KwargsConflictError, type Task, type TaskContext, type TaskManager, type TaskOptions } from '../index.ts';
import type { PlanData, PlanTaskData } from './plan-data.ts';
import { toPolicies } from './plan-policy.ts';
import { replay } from './run-job.ts';

/** How a task of the plan stands, as far as those downstream need to know. */
export type Settled =
  | { readonly status: 'completed'; readonly value: unknown }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'skipped' };

export interface RunGraphOptions {
  readonly plan: PlanData;
  readonly manager: TaskManager;
  /** Undefined while a task has not settled. */
  readonly settled: (index: number) => Settled | undefined;
  readonly run: (index: number, inputs: readonly unknown[], context: TaskContext) => Observable<unknown>;
}

/**
 * The tasks of a plan as tasks of a manager. What has settled in an earlier process, or before a retry, is replayed
 * to those downstream without being run.
 */
export class RunGraph {
  readonly #options: RunGraphOptions;
  readonly #tasks: (Task<unknown> | undefined)[] = [];
  readonly #indexes: Map<Task<unknown>, number> = new Map();
  readonly #byId: ReadonlyMap<string, number>;
  readonly #replays: Map<number, Task<unknown>> = new Map();

  constructor(options: RunGraphOptions) {
    this.#options = options;
    this.#byId = new Map(options.plan.tasks.map(({ id }, i) => [id, i]));
  }

  indexOf(id: string): number | undefined {
    return this.#byId.get(id);
  }

  /** The place in the plan of the task that runs there now. */
  indexOfTask(task: Task<unknown>): number | undefined {
    return this.#indexes.get(task);
  }

  task(index: number): Task<unknown> | undefined {
    return this.#tasks[index];
  }

  /** Makes tasks for these places, which are in the order of the plan, and starts them. */
  launch(indexes: readonly number[]): void {
    for (const index of indexes) this.#forget(index);
    for (const index of indexes) {
      const task = this.#make(index);
      this.#tasks[index] = task;
      this.#indexes.set(task, index);
    }
    for (const index of indexes) this.#tasks[index]?.start();
  }

  /** The same error as if every upstream had run in this process: one that is replayed has no name of its own. */
  named(index: number, error: unknown): unknown {
    if (!(error instanceof KwargsConflictError)) return error;
    const { upstream = [] } = this.#options.plan.tasks[index] as PlanTaskData;
    const names = error.sources.map((source) => {
      const input = upstream.find(({ from, key }, i) => source === (key ?? `upstream[${i}]`) && this.#tasks[this.#place(from)] === undefined);
      return input ? this.#options.plan.tasks[this.#place(input.from)]?.name ?? source : source;
    });
    return new KwargsConflictError(error.key, names as [string, string]);
  }

  #forget(index: number): void {
    const task = this.#tasks[index];
    if (task) this.#indexes.delete(task);
    this.#tasks[index] = undefined;
    this.#replays.delete(index);
  }

  #make(index: number): Task<unknown> {
    const { manager, run } = this.#options;
    const { name, args, kwargs, upstream = [], group, priority, slots, onUpstreamError, onConflict, policies } = this.#options.plan.tasks[index] as PlanTaskData;
    const isList = upstream.every(({ key }) => key === undefined);
    const sources = upstream.map(({ from, key, onError }) => {
      const input = this.#input(this.#place(from));
      return [key, isList ? input : { from: input, onError }] as const;
    });
    const options = {
      name, args, kwargs, group, priority, slots, onUpstreamError, onConflict, policies: policies && toPolicies(policies),
      upstream: isList ? sources.map(([, source]) => source) : (Object.fromEntries(sources) as Record<string, unknown>),
    };
    // What is undefined is not given.
    const given = Object.fromEntries(Object.entries(options).filter(([, option]) => option !== undefined)) as TaskOptions<readonly unknown[], object, readonly []>;
    return manager.task((...inputs: readonly unknown[]) => run(index, inputs.slice(0, -1), inputs.at(-1) as TaskContext), given);
  }

  #place(id: string): number {
    return this.#byId.get(id) as number;
  }

  #input(index: number): Observable<unknown> {
    const task = this.#tasks[index];
    const settled = this.#options.settled(index);
    if (settled?.status === 'completed') return task ?? replay(settled.value);
    if (settled === undefined) return task as Task<unknown>;
    const known = this.#replays.get(index);
    if (known) return known;
    const again = this.#replay(index, settled);
    this.#replays.set(index, again);
    return again;
  }

  /** A task of the same name that fails, or is skipped, as this one did. */
  #replay(index: number, settled: Settled): Task<unknown> {
    const { manager } = this.#options;
    const { name } = this.#options.plan.tasks[index] as PlanTaskData;
    const fails = manager.task(() => { throw settled.status === 'failed' ? settled.error : new Error('skipped'); }, { name });
    return settled.status === 'failed' ? fails : manager.task(() => undefined, { name, upstream: [fails], onUpstreamError: 'skip' });
  }
}
