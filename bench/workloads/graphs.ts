import type { Graph } from './graph-load.ts';

const ROOT: readonly number[] = [0];
const NONE: readonly number[] = [];

/** Task 0 feeds all others, and the last one waits for them all. */
export function rootLeavesSink(leaves: number): Graph {
  const sink = leaves + 1;
  const all = Array.from({ length: leaves }, (_, index) => index + 1);
  return {
    n: leaves + 2,
    merged: false,
    upstream: (task) => (task === 0 ? NONE : task === sink ? all : ROOT),
    key: (task) => (task === sink ? undefined : 'root'),
    value: (task, values) => (task === 0 ? 7 : task === sink ? sum(values, leaves) : values[0]! + task),
    valueOf: (task, { root }, values) => (task === 0 ? 7 : task === sink ? sum(values, leaves) : root! + task),
    result: (_, value) => value,
  };
}

/** Each task needs the one before it. */
export function chain(n: number): Graph {
  return {
    n,
    merged: false,
    upstream: (task) => (task === 0 ? NONE : [task - 1]),
    key: () => 'previous',
    value: (task, values) => (task === 0 ? 1 : values[task - 1]! + 1),
    valueOf: (task, { previous }) => (task === 0 ? 1 : previous! + 1),
    result: (_, value) => value,
  };
}

const WIDTH = 100;
// Four, so that three neighbours never have the same, not even round the corner.
const KEYS = ['a', 'b', 'c', 'd'] as const;
const RESULTS = [
  (value: number): unknown => ({ a: value }),
  (value: number): unknown => ({ b: value }),
  (value: number): unknown => ({ c: value }),
  (value: number): unknown => ({ d: value }),
] as const;
const MODULUS = 65_521;

/** Layers of 100: each task needs three neighbours of the layer above, whose results are objects. */
export function layers(n: number): Graph {
  const neighbour = (task: number, offset: number): number => task - WIDTH - (task % WIDTH) + ((task + offset) % WIDTH);
  return {
    n: Math.ceil(n / WIDTH) * WIDTH,
    merged: true,
    upstream: (task) => (task < WIDTH ? NONE : [neighbour(task, 0), neighbour(task, 1), neighbour(task, 2)]),
    key: (_, upstream) => KEYS[upstream % 4],
    value: (task, values) =>
      task < WIDTH
        ? task + 1
        : (values[neighbour(task, 0)]! + values[neighbour(task, 1)]! + values[neighbour(task, 2)]!) % MODULUS + 1,
    valueOf: (task, { a = 0, b = 0, c = 0, d = 0 }) => (task < WIDTH ? task + 1 : (a + b + c + d) % MODULUS + 1),
    result: (task, value) => RESULTS[task % 4]!(value),
  };
}

function sum(values: Float64Array, leaves: number): number {
  let total = 0;
  for (let task = 1; task <= leaves; task++) total += values[task]!;
  return total;
}
