import { EMPTY } from 'rxjs';

import { InvalidInputError, TaskManager, type TaskOptions } from '../index.ts';
import { toPolicyData, toPolicies } from './plan-policy.ts';
import type { PlanTaskOptions } from './plan-task.ts';

const NAMES = ['name', 'group', 'priority', 'slots', 'onUpstreamError', 'onConflict', 'policies', 'args', 'kwargs', 'upstream'];

/** Refuses options that the task manager would refuse when the plan runs. The same checks: those of a task that is never queued. */
export function checkTaskOptions(where: string, options: PlanTaskOptions): void {
  if (typeof options !== 'object' || (options as unknown) === null || Array.isArray(options)) throw new InvalidInputError(`${where}: options`, 'an object', options);
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw new InvalidInputError(`${where}: the option "${name}"`, `one of ${NAMES.join(', ')}`, name);
  }
  const { upstream, policies, args, kwargs, onConflict, ...same } = options;
  if (typeof onConflict === 'function') throw new InvalidInputError(`${where}: onConflict`, '"error" or "overwrite"', onConflict, 'A function is no data.');
  const shape: unknown = Array.isArray(upstream) ? upstream.map(() => EMPTY) : upstream && keysOf(where, upstream);
  const known = { ...same, args, kwargs, onConflict, upstream: shape, ...(policies && { policies: toPolicies(toPolicyData(where, policies)) }) };
  new TaskManager().task(() => undefined, known as TaskOptions<[], object>);
}

function keysOf(where: string, upstream: object): unknown {
  if (typeof upstream !== 'object') throw new InvalidInputError(`${where}: upstream`, 'an array or a dictionary of tasks', upstream);
  return Object.fromEntries(Object.entries(upstream).map(([key, input]: [string, unknown]) => {
    const onError = typeof input === 'object' && input !== null && 'onError' in input ? input.onError : undefined;
    return [key, { from: EMPTY, onError }];
  }));
}
