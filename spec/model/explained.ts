import { explain, type Obstacle } from 'sluice';

import { chain, goesBefore, isLent, isUnsettled, isWithin, type Made, waitsFor } from './made.ts';
import { freeAt, type GroupNow, type TurnOrder } from './turn-order.ts';

/** What is wrong with what a task says of why it does not run. */
export function faultOf(made: Made, all: readonly Made[], now: number, groupOf: (name: string | undefined) => GroupNow, order: TurnOrder): string | undefined {
  const { name, status, obstacles } = explain(made.task);
  if (name !== made.task.name || status !== made.task.status) return `${name} says that it is ${status}`;
  const wrong = status === 'queued' ? faultOfQueued(made, all, now, groupOf, order, obstacles)
    : status === 'waiting' ? faultOfWaiting(made, all, obstacles)
      : obstacles.length > 0 ? 'nothing to say' : undefined;
  return wrong === undefined ? undefined : `${String(explain(made.task))} But there should be ${wrong}: ${JSON.stringify(obstacles)}`;
}

function faultOfWaiting(made: Made, all: readonly Made[], obstacles: readonly Obstacle[]): string | undefined {
  const [obstacle] = obstacles;
  if (obstacle === undefined || obstacles.length > 1) return 'one reason';
  if (isLent(made)) {
    const children = (made.current?.children ?? []).map(({ task }) => task.name);
    return obstacle.type === 'children' && obstacle.names.length > 0 && obstacle.names.every((each) => children.includes(each)) ? undefined : `children ${children.join()}`;
  }
  if (made.retrying !== undefined) return obstacle.type === 'retry' && obstacle.attempt === made.retrying + 1 ? undefined : `attempt ${made.retrying + 1}`;
  if (obstacle.type !== 'upstream' || obstacle.names.length === 0) return 'upstream';
  const needed = all.filter((each) => waitsFor(made, each)).map(({ task }) => task.name);
  const possible = [...made.upstream.filter(isUnsettled).map(({ task }) => task.name), ...(made.outside ? obstacle.names.filter((each) => /^u/.test(each)) : [])];
  return needed.every((each) => obstacle.names.includes(each)) && obstacle.names.every((each) => possible.includes(each)) ? undefined : `upstream ${needed.join()}`;
}

function faultOfQueued(made: Made, all: readonly Made[], now: number, groupOf: (name: string | undefined) => GroupNow, order: TurnOrder, obstacles: readonly Obstacle[]): string | undefined {
  if (obstacles.length === 0) return 'a reason';
  const expected: Obstacle[] = [];
  for (const group of chain(made.group)) {
    const { paused, running, concurrency } = groupOf(group);
    if (paused) expected.push({ type: 'paused', group });
    if (running > 0 && running + made.size > concurrency) {
      const by = all.filter(({ task }) => task.status === 'running' && isWithin(task.group, group)).slice(0, 10).map(({ task }) => task.name);
      expected.push({ type: 'full', group, running, concurrency, by });
    }
    const until = freeAt(groupOf(group));
    const { rate } = groupOf(group);
    if (rate && until > now && !isLent(made)) expected.push({ type: 'policy', group, policy: 'rate', reason: `has reached its rate of ${rate.limit} in ${rate.per} ms`, until });
  }
  const around = chain(made.group);
  const isShut = (group: string | undefined): boolean => {
    const { paused, running, concurrency } = groupOf(group);
    return paused || running >= concurrency || freeAt(groupOf(group)) > now;
  };
  const ahead = all.filter((each) => each.task.status === 'queued' && each !== made && first(each, made, order)
    && !chain(each.group).some((group) => !around.includes(group) && isShut(group)));
  // One that nothing else keeps waits for another's share.
  const count = ahead.length || (expected.length === 0 ? 1 : 0);
  if (count > 0) expected.push({ type: 'behind', count });
  return JSON.stringify(obstacles) === JSON.stringify(expected) ? undefined : JSON.stringify(expected);
}

/** What is overdue goes first, in the order in which it is. */
function first(a: Made, b: Made, order: TurnOrder): boolean {
  const [one, other] = [order.due(a), order.due(b)];
  if (one === undefined && other === undefined) return goesBefore(a, b);
  return one === undefined || other === undefined ? other === undefined : one < other || (one === other && goesBefore(a, b));
}
