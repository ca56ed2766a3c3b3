import { isDeepStrictEqual } from 'node:util';

import type { Final, Observation, TraceEvent } from './scenario.ts';

/** One thing that came out otherwise than expected. */
export interface Difference {
  /** The index of the operation, or undefined for what was left at the end. */
  readonly operation: number | undefined;
  readonly what: 'starts' | 'signals' | keyof Final;
  readonly expected: readonly unknown[];
  readonly actual: readonly unknown[];
}

/**
 * Compares operation by operation: the starts, with their arguments, as one sequence, and the signals
 * as another; and then what is left.
 */
export function compare(expected: Observation, actual: Observation): readonly Difference[] {
  const differences: Difference[] = [];
  const check = (operation: number | undefined, what: Difference['what'], expected: readonly unknown[], actual: readonly unknown[]): void => {
    if (!isDeepStrictEqual(expected, actual)) differences.push({ operation, what, expected, actual });
  };
  const length = Math.max(expected.trace.length, actual.trace.length);
  for (let i = 0; i < length; i++) {
    const wanted = expected.trace[i] ?? [];
    const seen = actual.trace[i] ?? [];
    check(i, 'starts', wanted.filter(isStart), seen.filter(isStart));
    check(i, 'signals', wanted.filter((event) => !isStart(event)), seen.filter((event) => !isStart(event)));
  }
  check(undefined, 'pending', expected.final.pending, actual.final.pending);
  // Only what is queued has an order.
  check(undefined, 'running', ascending(expected.final.running), ascending(actual.final.running));
  check(undefined, 'detached', ascending(expected.final.detached), ascending(actual.final.detached));
  return differences;
}

function isStart([kind]: TraceEvent): boolean {
  return kind === 'start';
}

function ascending(uids: readonly number[]): readonly number[] {
  return [...uids].sort((a, b) => a - b);
}
