import { check } from '../scheduler/validate.ts';
import type { Task } from './task.ts';
import { TaskNode } from './task-node.ts';

/** What a task was made with: see {@link taskFacts}. */
export interface TaskFacts {
  /** Its upstream, in the order in which it was given. */
  readonly upstream: readonly TaskUpstream[];
  /** How many slots it takes. */
  readonly slots: number;
}

/** One upstream of a task. */
export interface TaskUpstream {
  /** The kwarg that it supplies; undefined when its result is merged. */
  readonly key: string | undefined;
  readonly name: string;
  /** Undefined for an Observable that is no task of the same manager. */
  readonly task: Task<unknown> | undefined;
}

/**
 * What a task was made with, for those who show it. It does not change.
 *
 * @throws InvalidInputError for what is no task
 *
 * @example
 * ```ts
 * import { TaskManager, taskFacts } from 'sluice';
 *
 * const tasks = new TaskManager();
 * const user = tasks.task(() => ({ name: 'Ada' }), { name: 'load user' });
 * const page = tasks.task(({ user }) => user.name, { upstream: { user } });
 * for (const { key, name } of taskFacts(page).upstream) console.log(`${name} supplies ${key}`);
 * ```
 */
export function taskFacts(task: Task<unknown>): TaskFacts {
  check(task instanceof TaskNode, 'taskFacts()', 'task', 'a task', task);
  const { definition: { upstream, rules } } = task as TaskNode;
  return {
    upstream: upstream.map(({ key, task: from }, i) => ({ key, name: from?.name ?? key ?? `upstream[${String(i)}]`, task: from })),
    slots: rules.slots,
  };
}
