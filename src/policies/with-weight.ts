import type { GroupHooks, GroupPolicy, QueuedEntry } from '../scheduler/group-policy.ts';
import { check } from '../scheduler/validate.ts';

/**
 * Gives a group its share. As soon as one group has a weight, it and the groups beside it get slots in
 * proportion to their weights, while they want them at equal priority. The weight of a group without this
 * policy is 1, and so is that of what is in the group around them itself.
 *
 * @param weight - any positive number
 * @throws InvalidInputError for anything else, and for a manager's own policies, as nothing is beside it
 *
 * @example
 * ```ts
 * import { TaskManager, withWeight } from 'sluice';
 *
 * const tasks = new TaskManager({ concurrency: 4, groups: { paid: { policies: [withWeight(3)] }, free: {} } });
 * ```
 */
export function withWeight(weight: number): GroupPolicy {
  check(Number.isFinite(weight) && weight > 0, 'withWeight()', 'weight', 'a positive number', weight, 'To start nothing, use pause().');
  return {
    name: 'weight',
    attach({ group, shared }) {
      check(shared !== undefined, 'withWeight()', 'group', 'a group beside others', group);
      const { weights } = shared(fairShares);
      weights.set(group, weight);
      return { detach: () => { weights.delete(group); } };
    },
    toJSON: () => ({ name: 'weight', weight }),
  };
}

const fairShares = {
  name: 'shares',
  attach: (): FairShares => new FairShares(),
};

/** How many priorities are remembered: those last served. */
const LEVELS = 1024;

/**
 * Shares the slots of a group among the groups within it, by weight: start-time fair queueing (Goyal,
 * Vin, Cheng, 1996). Each group has a tag, and the lowest goes next; with what it starts, its tag
 * grows by slots / weight. A group that comes back after a rest begins at the tag last served: it has
 * saved nothing up while it wanted nothing.
 *
 * Tags are kept for each priority apart, since only groups that want slots at the same one share.
 * Groups go by name, as one without work is forgotten and made anew.
 */
class FairShares implements GroupHooks {
  readonly weights: Map<string | undefined, number> = new Map();
  readonly #levels: Map<number, Level> = new Map();

  rank(within: string | undefined, priority: number): number {
    return this.#levels.get(priority)?.tag(within) ?? 0;
  }

  taken({ priority, size }: QueuedEntry, within: string | undefined): void {
    let level = this.#levels.get(priority);
    if (this.#levels.size === LEVELS) {
      // In the order in which they were last served.
      this.#levels.delete(level ? priority : this.#levels.keys().next().value as number);
      if (level) this.#levels.set(priority, level);
    }
    if (level === undefined) this.#levels.set(priority, level = new Level());
    level.serve(within, size / (this.weights.get(within) ?? 1));
  }

  idle(): void {
    this.#levels.clear();
  }
}

/** The tags at one priority. */
class Level {
  #served = 0;
  readonly #tags: Map<string | undefined, number> = new Map();
  /** How many tags there may be before those that say nothing are dropped. */
  #most = 64;

  tag(name: string | undefined): number {
    return Math.max(this.#tags.get(name) ?? 0, this.#served);
  }

  serve(name: string | undefined, share: number): void {
    this.#served = this.tag(name);
    this.#tags.set(name, this.#served + share);
    if (this.#tags.size <= this.#most) return;
    for (const [each, tag] of this.#tags) if (tag <= this.#served) this.#tags.delete(each);
    this.#most = 64 + 2 * this.#tags.size;
  }
}
