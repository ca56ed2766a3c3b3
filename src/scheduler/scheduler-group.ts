import type { PriorityScheduler } from './priority-scheduler.ts';
import type { Rate } from './rate-limit.ts';
import type { Limits, SlotGroup } from './slot-group.ts';
import { checkConcurrency, checkMaxWait, checkRate, checkWeight } from './validate.ts';

/** The limits of one group of a {@link PriorityScheduler}. Each of them can be changed at any time. */
export interface SchedulerGroup {
  readonly name: string;
  /** How many of the group run at once. Lowered, it lets those that run end. */
  concurrency: number;
  /** While true, nothing of the group starts. */
  paused: boolean;
  /** How many may start within a sliding window of time; undefined: any number. What has started before counts. */
  rate: Rate | undefined;
  /**
   * After how many milliseconds of waiting for a slot something goes next, whatever the priority of
   * others; undefined: what holds around the group.
   */
  maxWait: number | undefined;
  /** Its share beside other groups. Default 1. */
  weight: number;
  /** How many slots of the group are in use now. */
  readonly running: number;
}

export function makeGroup(scheduler: PriorityScheduler, name: string): SchedulerGroup {
  const where = `group "${name}"`;
  // By name, not by object: a group without work or limits is forgotten, and made anew.
  const find = (): SlotGroup | undefined => scheduler.groups.get(name);
  const limit = (limits: Limits): void => { scheduler.limit(name, limits); };
  return {
    name,
    get concurrency() { return find()?.concurrency ?? Infinity; },
    set concurrency(concurrency) {
      checkConcurrency(where, concurrency);
      limit({ concurrency });
    },
    get paused() { return find()?.paused ?? false; },
    set paused(paused) { limit({ paused }); },
    get rate() { return find()?.rate?.rate; },
    set rate(rate) {
      if (rate !== undefined) checkRate(where, rate);
      limit({ rate });
    },
    get maxWait() { return find()?.ownMaxWait; },
    set maxWait(maxWait) {
      if (maxWait !== undefined) checkMaxWait(where, maxWait);
      limit({ maxWait });
    },
    get weight() { return find()?.weight ?? 1; },
    set weight(weight) {
      checkWeight(where, weight);
      limit({ weight });
    },
    get running() { return find()?.running ?? 0; },
  };
}
