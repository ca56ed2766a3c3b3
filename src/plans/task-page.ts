import { InvalidInputError } from '../index.ts';
import type { PlanTaskData } from './plan-data.ts';
import type { PlanTaskPage, PlanTaskQuery, PlanTaskState } from './plan-run.ts';

/** A page of the tasks of a plan, in its order. */
export function taskPage(tasks: readonly PlanTaskData[], stateOf: (index: number) => PlanTaskState, query: PlanTaskQuery): PlanTaskPage {
  const { status, after, limit = 100 } = query;
  if (!(Number.isSafeInteger(limit) && limit > 0)) throw new InvalidInputError('tasks(): limit', 'a positive integer', limit);
  const start = after === undefined ? 0 : tasks.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) throw new InvalidInputError('tasks(): after', 'the id of a task', after);
  const page: PlanTaskState[] = [];
  for (let i = start; i < tasks.length; i++) {
    const task = stateOf(i);
    if (status !== undefined && task.status !== status) continue;
    if (page.length === limit) return { tasks: page, next: page.at(-1)?.id };
    page.push(task);
  }
  return { tasks: page, next: undefined };
}
