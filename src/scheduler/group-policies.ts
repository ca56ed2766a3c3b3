import { Alarm, type Alarms } from './alarm.ts';
import type { GroupHooks, GroupObstacle, GroupPolicy, GroupPort, QueuedEntry } from './group-policy.ts';

export const NO_POLICIES: readonly GroupPolicy[] = [];

/** What policies need of the group that they are attached to, and of its scheduler. */
export interface PolicyHost extends Pick<GroupPort, 'group' | 'host' | 'now' | 'shared'> {
  readonly alarms: Alarms;
  /** What waits in this very group, in the order in which it goes. */
  waiting(): readonly QueuedEntry[];
  /** The order of the groups within may have changed. */
  ranked(): void;
  /** Something may start that could not before. */
  reconsidered(): void;
}

interface Attached {
  readonly policy: GroupPolicy;
  readonly hooks: GroupHooks;
  readonly alarm: Alarm;
}

/** The policies of one group: its own, those of the group around it that hold in it, and those shared by groups within. */
export class GroupPolicies {
  readonly #host: PolicyHost;
  #attached: readonly Attached[] = [];
  readonly #shared: GroupPolicy[] = [];

  constructor(host: PolicyHost) {
    this.#host = host;
  }

  /** Those that hold in the groups within as well. */
  get inherited(): readonly GroupPolicy[] {
    return this.#attached.map(({ policy }) => policy).filter((policy) => policy.inherited === true);
  }

  /** Attaches these in place of those before, but for what groups within share. */
  set(policies: readonly GroupPolicy[]): void {
    const before = this.#attached;
    const wanted = [...policies, ...this.#shared];
    for (const { policy, hooks, alarm } of before) {
      if (wanted.includes(policy)) continue;
      alarm.stop();
      hooks.detach?.();
    }
    this.#attached = wanted.map((policy) => {
      const same = before.find((each) => each.policy.name === policy.name);
      return same?.policy === policy ? same : this.#attach(policy, same?.hooks);
    });
    this.#host.ranked();
  }

  /** Attaches a policy that groups within share, and returns its hooks. */
  share<Hooks extends GroupHooks>(policy: GroupPolicy): Hooks {
    const same = this.#attached.find((each) => each.policy.name === policy.name);
    if (same) return same.hooks as Hooks;
    this.#shared.push(policy);
    const attached = this.#attach(policy);
    this.#attached = [...this.#attached, attached];
    this.#host.ranked();
    return attached.hooks as Hooks;
  }

  admits(entry: QueuedEntry): boolean {
    for (const { hooks } of this.#attached) if (hooks.admits?.(entry) === false) return false;
    return true;
  }

  get first(): QueuedEntry | undefined {
    for (const { hooks } of this.#attached) {
      const first = hooks.first?.();
      if (first !== undefined) return first;
    }
    return undefined;
  }

  since(entry: QueuedEntry): number | undefined {
    for (const { hooks } of this.#attached) {
      const since = hooks.since?.(entry);
      if (since !== undefined) return since;
    }
    return undefined;
  }

  rank(within: string | undefined, priority: number): number | undefined {
    for (const { hooks } of this.#attached) if (hooks.rank) return hooks.rank(within, priority);
    return undefined;
  }

  obstacles(entry: QueuedEntry): (GroupObstacle & { readonly policy: string })[] {
    return this.#attached.flatMap(({ policy, hooks }) => {
      const obstacle = hooks.obstacle?.(entry);
      return obstacle ? [{ policy: policy.name, ...obstacle }] : [];
    });
  }

  queued(entry: QueuedEntry): void {
    for (const { hooks } of this.#attached) hooks.queued?.(entry);
  }

  left(entry: QueuedEntry): void {
    for (const { hooks } of this.#attached) hooks.left?.(entry);
  }

  taken(entry: QueuedEntry, within: string | undefined): void {
    for (const { hooks } of this.#attached) hooks.taken?.(entry, within);
  }

  started(entry: QueuedEntry): void {
    for (const { hooks } of this.#attached) hooks.started?.(entry);
  }

  released(entry: QueuedEntry): void {
    for (const { hooks } of this.#attached) hooks.released?.(entry);
  }

  idle(): void {
    for (const { hooks } of this.#attached) hooks.idle?.();
  }

  /** Nothing waits any more: nobody is to be asked again. */
  rest(): void {
    for (const { alarm } of this.#attached) alarm.stop();
    this.idle();
  }

  #attach(policy: GroupPolicy, replaced?: GroupHooks): Attached {
    const { group, host, now, shared, alarms } = this.#host;
    const alarm = new Alarm(alarms, () => { reconsider(); });
    const reconsider = (at?: number): void => {
      if (at !== undefined) alarm.set(at);
      else {
        if (hooks.rank) this.#host.ranked();
        this.#host.reconsidered();
      }
    };
    const hooks = policy.attach({ group, host, now, shared, reconsider }, replaced);
    if (hooks.queued) for (const entry of this.#host.waiting()) hooks.queued(entry);
    return { policy, hooks, alarm };
  }
}
