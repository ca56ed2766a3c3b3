import { EMPTY, type ObservableInput, of, type RetryConfig, throwError, timer } from 'rxjs';
import {
  type CancelOptions, type GroupPolicy, type MapTasksOptions, type OnUpstreamError, type Rate, type TaskGroupOptions, type TaskManagerOptions,
  type TaskOptions, type TaskPolicy, type Upstream, type UpstreamInput, withExpiry, withMaxWait, withRate, withRetry, withTimeout, withWeight,
} from 'sluice';

import { IntendedError } from './expected-errors.ts';
import type { Random } from './random.ts';

/**
 * The options of random programs, all in this file: whatever the library calls them, they are spelled
 * here alone.
 */
export function managerOptions(random: Random, names: readonly string[]): TaskManagerOptions {
  return {
    concurrency: random.pick([1, 1, 2, 3, 5, Infinity]),
    timeSlice: random.pick([undefined, undefined, 1, Infinity]),
    releaseSlot: releaseSlot(random),
    freeze: random.maybe(0.1, () => false),
    inheritPriority: random.maybe(0.1, () => false),
    policies: groupPolicies(random, { rate: 0.05, maxWait: 0.25, weight: 0 }),
    groups: Object.fromEntries(names.filter(() => random.chance(0.5)).map((name) => [name, groupOptions(random)])),
  };
}

export function groupOptions(random: Random): TaskGroupOptions {
  return {
    concurrency: random.maybe(0.6, () => concurrency(random)),
    policies: groupPolicies(random, { rate: 0.1, maxWait: 0.2, weight: 0.2 }),
    releaseSlot: releaseSlot(random),
  };
}

/** What the options of a task need of the program that they are in. */
export interface Surroundings {
  readonly name: string;
  readonly names: readonly string[];
  /** What may be upstream, and is not downstream of the task. */
  readonly inputs: readonly UpstreamInput[];
  /** Ends, in whatever way, when everything is to end. */
  readonly end: () => ObservableInput<unknown>;
  /** Does something, anything, at once. */
  readonly act: () => void;
  /** A signal that may be aborted at any time. */
  readonly signal: AbortSignal;
}

export function taskOptions(random: Random, { name, names, inputs, end, act, signal }: Surroundings): TaskOptions {
  const live = inputs.length > 0 && random.chance(0.25);
  return {
    name,
    group: random.maybe(0.7, () => random.pickFrom(names)),
    priority: random.maybe(0.4, () => random.between(-2, 5)),
    slots: random.maybe(0.15, () => random.between(1, 3)),
    releaseSlot: random.maybe(0.15, () => releaseSlot(random)),
    kwargs: random.maybe(0.2, () => ({ own: 1 })),
    args: random.maybe(0.1, () => [1, 'two']),
    onConflict: random.pick(['overwrite', 'overwrite', 'error', ({ values }) => values[0]]),
    freeze: random.maybe(0.1, () => false),
    policies: random.maybe(0.3, () => policies(random, end, act)),
    signal: random.maybe(0.1, () => signal),
    upstream: inputs.length > 0 ? upstream(random, inputs) : undefined,
    onUpstreamError: random.maybe(0.3, () => onUpstreamError(random)),
    join: live ? 'combineLatest' : undefined,
    flatten: live ? random.pick(['switch', 'concat', 'exhaust', undefined]) : undefined,
  };
}

/** How long each family of a program keeps results. */
export const KEPT: readonly (number | undefined)[] = [undefined, 0, 3, Infinity];

export function cancelOptions(random: Random): CancelOptions {
  return {
    downstream: random.maybe(0.4, () => random.chance(0.5)),
    upstream: random.maybe(0.5, () => random.pick(['all', 'unneeded', 'none'] as const)),
  };
}

export function concurrency(random: Random): number {
  return random.pick([1, 1, 2, 3, 4, Infinity]);
}

/** Policies, each with this chance. */
export function groupPolicies(random: Random, chance: { readonly rate: number; readonly maxWait: number; readonly weight: number }): GroupPolicy[] {
  return [
    random.maybe(chance.rate, () => withRate(rate(random))),
    random.maybe(chance.maxWait, () => withMaxWait(maxWait(random))),
    random.maybe(chance.weight, () => withWeight(random.between(1, 4))),
  ].filter((policy) => policy !== undefined);
}

function rate(random: Random): Rate {
  return { limit: random.between(1, 3), per: random.between(1, 10) };
}

function maxWait(random: Random): number {
  return random.pick([1, 2, 5, 20]);
}

function releaseSlot(random: Random): 'on-cancel' | 'on-settle' | undefined {
  return random.pick([undefined, undefined, 'on-cancel', 'on-settle'] as const);
}

/** Some of them, in any order. */
function policies(random: Random, end: () => ObservableInput<unknown>, act: () => void): readonly TaskPolicy[] {
  const all: TaskPolicy[] = [];
  const insert = (policy: TaskPolicy): void => { all.splice(random.between(0, all.length), 0, policy); };
  if (random.chance(0.7)) insert(withRetry(retry(random, end)));
  if (random.chance(0.3)) insert(withTimeout(random.between(1, 5)));
  if (random.chance(0.3)) insert(withExpiry(random.between(1, 8)));
  if (random.chance(0.3)) insert(acting(random, act));
  return all;
}

/** Does something whenever it is told something, and throws at times. */
function acting(random: Random, act: () => void): TaskPolicy {
  const hook = (): undefined => {
    if (random.chance(0.15)) act();
    if (random.chance(0.05)) throw new IntendedError('policy');
  };
  return {
    name: 'acting',
    attach: () => {
      hook();
      return { queued: hook, started: hook, emitted: hook, failed: hook, settled: hook };
    },
  };
}

/** How many items are taken ahead, and what becomes of those that come too fast. */
export function mapOptions(random: Random): Pick<MapTasksOptions, 'ahead' | 'ordered' | 'onOverflow'> {
  return {
    ahead: random.maybe(0.5, () => random.between(1, 3)),
    ordered: random.maybe(0.5, () => random.chance(0.5)),
    onOverflow: random.pick([undefined, 'error', 'drop', 'wait']),
  };
}

function retry(random: Random, end: () => ObservableInput<unknown>): number | RetryConfig {
  if (random.chance(0.4)) return random.between(0, 3);
  const notifiers: readonly (() => ObservableInput<unknown>)[] = [
    () => of(1), () => timer(1), () => EMPTY, end, () => Promise.resolve(1),
    () => throwError(() => new IntendedError('notifier')),
    () => { throw new IntendedError('delay'); },
  ];
  return {
    count: random.between(1, 3),
    delay: random.pick([0, 1, 3, random.pick(notifiers)]),
    resetOnSuccess: random.chance(0.2),
  };
}

function upstream(random: Random, inputs: readonly UpstreamInput[]): Upstream {
  if (random.chance(0.5)) return inputs;
  return Object.fromEntries(inputs.map((from, i) => [`u${i}`, random.chance(0.3) ? { from, onError: onUpstreamError(random) } : from]));
}

function onUpstreamError(random: Random): OnUpstreamError {
  return random.pick(['fail', 'skip', 'continue', { fallback: 0 }]);
}
