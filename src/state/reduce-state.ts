import { freeze } from 'immer';

/**
 * The step from one picture to the next: `after`, copied and frozen, with each part of `before` in its place that
 * has got the same values again, down to the whole.
 *
 * This is what immer's `produce` brings about, without a proxy for each part that is looked at: those
 * cost more than the tasks whose changes they show.
 */
export function reduceState<T extends object>(before: T, after: T): T {
  const next = Object.assign(Object.create(Object.getPrototypeOf(before) as object | null) as T, after);
  const keys = Object.keys(next) as (keyof T)[];
  let same = keys.length === Object.keys(before).length;
  for (const key of keys) {
    const old = before[key];
    const value = next[key];
    if (isPart(value)) next[key] = isPart(old) ? reduceState(old, value) : freeze(value, true);
    if (next[key] !== old) same = false;
  }
  return same ? before : Object.freeze(next);
}

function isPart(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
