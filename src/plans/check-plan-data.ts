import { InvalidInputError } from '../index.ts';
import type { PlanData, PlanTaskData } from './plan-data.ts';

/** Refuses data that is no plan: of another version, damaged, or written by hand. */
export function checkPlanData(data: PlanData): void {
  const tasks: unknown = (data as PlanData | undefined)?.tasks;
  if (!Array.isArray(tasks) || !['json', 'clone'].includes(data.values)) throw new InvalidInputError('planFrom(): data', 'what plan.toJSON() gives', data);
  const byId = new Map<string, PlanTaskData>();
  for (const [i, task] of data.tasks.entries()) {
    const ok = typeof task.id === 'string' && /^[\w-]+$/.test(task.id) && typeof task.job === 'string' && typeof task.name === 'string';
    if (!ok) throw new InvalidInputError(`planFrom(): tasks[${i}]`, 'a task with an id of letters and digits, a job and a name', task);
    if (byId.has(task.id)) throw new InvalidInputError(`planFrom(): tasks[${i}].id`, 'an id of its own', task.id);
    byId.set(task.id, task);
  }
  const before = new Set<string>();
  for (const [i, task] of data.tasks.entries()) {
    for (const { from } of task.upstream ?? []) {
      const where = `planFrom(): tasks[${i}] (${task.name}): upstream`;
      if (!byId.has(from)) throw new InvalidInputError(where, 'a task of the plan', from);
      if (before.has(from)) continue;
      const cycle = findCycle(byId, task.id);
      if (cycle) throw new InvalidInputError(where, 'without a cycle', cycle.join(' → '), 'A task cannot wait for itself.');
      throw new InvalidInputError(where, 'a task that stands before it', from, 'Order the tasks so that each stands after its upstream.');
    }
    before.add(task.id);
  }
}

/** A way from a task back to itself. */
function findCycle(byId: ReadonlyMap<string, PlanTaskData>, start: string): string[] | undefined {
  const seen = new Set<string>();
  const open: (readonly string[])[] = [[start]];
  for (let way = open.pop(); way; way = open.pop()) {
    for (const { from } of byId.get(way.at(-1) as string)?.upstream ?? []) {
      if (from === start) return [...way, from];
      if (!seen.has(from)) open.push([...way, from]);
      seen.add(from);
    }
  }
  return undefined;
}
