import type { Rate } from './rate-limit.ts';
import { checkConcurrency, checkMaxWait, checkRate, checkWeight } from './validate.ts';

/** The limits of a group. */
export interface GroupLimits {
  /** How many of the group run at once: a positive integer or `Infinity`. Default `Infinity`. */
  readonly concurrency?: number | undefined;
  /** How many may start within a sliding window of time. Default: any number. */
  readonly rate?: Rate | undefined;
  /**
   * After how many milliseconds of waiting for a slot something goes next, whatever the priority of
   * others. Default `Infinity`; in a group, what holds around it.
   */
  readonly maxWait?: number | undefined;
}

/** The options of one group of a {@link PriorityScheduler}. */
export interface GroupOptions extends GroupLimits {
  /**
   * Its share. As soon as one group has a weight, it and the groups beside it get slots in proportion
   * to their weights, while they want them at equal priority. Default 1.
   */
  readonly weight?: number | undefined;
}

export const LIMITS: readonly (keyof GroupLimits)[] = ['concurrency', 'rate', 'maxWait'];
export const GROUP_OPTIONS: readonly (keyof GroupOptions)[] = [...LIMITS, 'weight'];

/** Refuses limits with a wrong value, and returns those that are given. */
export function checkLimits(where: string, { concurrency, rate, maxWait, weight }: GroupOptions): GroupOptions {
  if (concurrency !== undefined) checkConcurrency(where, concurrency);
  if (rate !== undefined) checkRate(where, rate);
  if (maxWait !== undefined) checkMaxWait(where, maxWait);
  if (weight !== undefined) checkWeight(where, weight);
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(rate !== undefined && { rate }),
    ...(maxWait !== undefined && { maxWait }),
    ...(weight !== undefined && { weight }),
  };
}
