import type { SchedulerLike } from 'rxjs';

/** What waits for its slots, or has them: a task, a `queueOn`, an action of a lane. As a key it tells one from another. */
export interface QueuedEntry {
  readonly priority: number;
  /** How many slots it takes. */
  readonly size: number;
  /** Whether it has started before, and takes its slots back. */
  readonly started?: boolean | undefined;
}

/**
 * Decides which entries of a group may start, and which goes first. A group has a list of them, its option
 * `policies`; so have a manager and a `PriorityScheduler`.
 *
 * A policy is a value without state of its own: any number of groups may share it. {@link attach} makes the
 * state for one group. No policy can make a group exceed its `concurrency`.
 *
 * @example
 * ```ts
 * import { type GroupPolicy, TaskManager } from 'sluice';
 *
 * // Nothing starts within `ms` milliseconds of an end.
 * const withRest = (ms: number): GroupPolicy => ({
 *   name: 'rest',
 *   attach({ now, reconsider }) {
 *     let until = -Infinity;
 *     return {
 *       admits() {
 *         if (now() >= until) return true;
 *         reconsider(until);
 *         return false;
 *       },
 *       released() { until = now() + ms; },
 *       obstacle: () => (now() < until ? { reason: 'rests', until } : undefined),
 *     };
 *   },
 * });
 *
 * const tasks = new TaskManager({ groups: { printer: { concurrency: 1, policies: [withRest(100)] } } });
 * tasks.add(() => 'page 1', { group: 'printer' });
 * ```
 */
export interface GroupPolicy {
  /** What messages and tools call it. A group has one policy of a name at most. */
  readonly name: string;
  /** Whether it holds, each time attached anew, in the groups within that have none of its name. */
  readonly inherited?: boolean;
  /**
   * @param replaced - the hooks of the policy of the same name in whose place this one comes, if there was
   * one: what that has counted need not be lost
   */
  attach(port: GroupPort, replaced?: GroupHooks): GroupHooks;
  /** Its configuration as data, if it can be written as JSON. */
  toJSON?(): object;
}

/** What a policy can see and do of the group it is attached to. */
export interface GroupPort {
  /** The name of the group. Undefined for the manager, or the scheduler, itself. */
  readonly group: string | undefined;
  readonly host: SchedulerLike;
  /** The time in milliseconds, by the host's clock. */
  readonly now: () => number;
  /**
   * Has the hooks asked again: now, or at that time. There is one such time, the earliest that was asked for,
   * and none when nothing waits in the group. A timer that fires late makes no difference.
   */
  readonly reconsider: (at?: number) => void;
  /**
   * Attaches a policy to the group around this one, unless it has one of that name already, and returns its
   * hooks: for policies of groups that have to agree. Undefined where there is no group around.
   */
  readonly shared: (<Hooks extends GroupHooks>(policy: GroupPolicy & { attach(port: GroupPort): Hooks }) => Hooks) | undefined;
}

/**
 * What a policy hears of its group, and is asked about it. All hooks are optional, must not throw, and are
 * called synchronously in the middle of decisions: they are to look and count, and start nothing.
 */
export interface GroupHooks {
  /** Whether the entry, which is at the head of the queue, may start by this limit. */
  admits?(entry: QueuedEntry): boolean;
  /** The entry of this very group that goes before all others, whatever the priorities. */
  first?(): QueuedEntry | undefined;
  /** Since when an entry is to go first, in which order those of all groups go. Undefined if it is not. */
  since?(entry: QueuedEntry): number | undefined;
  /**
   * The place of what has this priority within the group, among equals: the lowest goes first. Without this
   * hook they go in the order of queueing.
   *
   * @param within - the name of the group right within this one that it is in; undefined for one that is in none
   */
  rank?(within: string | undefined, priority: number): number;
  /** An entry of this very group waits for its slots, or waited when the policy was attached. */
  queued?(entry: QueuedEntry): void;
  /** An entry of this very group waits no more: it has its slots, or has left. */
  left?(entry: QueuedEntry): void;
  /** An entry, of this group or of one within it, has got its slots. */
  taken?(entry: QueuedEntry, within: string | undefined): void;
  /** An entry that got its slots begins its work: the function of a task is called next. */
  started?(entry: QueuedEntry): void;
  /** An entry has given its slots back. */
  released?(entry: QueuedEntry): void;
  /** Nothing that waits may start, or nothing waits. */
  idle?(): void;
  /** What keeps the entry from starting, for `explain`. */
  obstacle?(entry: QueuedEntry): GroupObstacle | undefined;
  /** The policy is taken from the group, or replaced. */
  detach?(): void;
}

/** What a policy says of an entry that may not start. */
export interface GroupObstacle {
  /** What goes on with the name of the group: `has reached its rate`. */
  readonly reason: string;
  /** When it may start, by the host's clock, if that is known. */
  readonly until?: number;
}
