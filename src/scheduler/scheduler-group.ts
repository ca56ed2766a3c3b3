import { checkLimits, type GroupOptions } from './group-options.ts';
import { NO_POLICIES } from './group-policies.ts';
import type { GroupPolicy } from './group-policy.ts';
import type { SlotGroup } from './slot-group.ts';
import type { SlotScheduler } from './slot-scheduler.ts';

/** The limits of one group of a {@link PriorityScheduler}. Each of them can be changed at any time. */
export interface SchedulerGroup {
  readonly name: string;
  /** How many of the group run at once. Lowered, it lets those that run end. */
  concurrency: number;
  /** While true, nothing of the group starts. */
  paused: boolean;
  /**
   * Further limits, and who goes first. A policy in place of one of the same name takes over what that has
   * counted; one that stays in the list stays as it is.
   */
  policies: readonly GroupPolicy[];
  /** How many slots of the group are in use now. */
  readonly running: number;
}

export function makeGroup(scheduler: SlotScheduler, name: string): SchedulerGroup {
  // By name, not by object: a group without work or limits is forgotten, and made anew.
  const find = (): SlotGroup | undefined => scheduler.groups.get(name);
  const limit = (limits: GroupOptions): void => { scheduler.limit(name, checkLimits(`group "${name}"`, limits)); };
  return {
    name,
    get concurrency() { return find()?.concurrency ?? Infinity; },
    set concurrency(concurrency) { limit({ concurrency }); },
    get paused() { return find()?.paused ?? false; },
    set paused(paused) { limit({ paused }); },
    get policies() { return find()?.policies ?? NO_POLICIES; },
    set policies(policies) { limit({ policies }); },
    get running() { return find()?.running ?? 0; },
  };
}
