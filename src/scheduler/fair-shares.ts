import type { SlotGroup } from './slot-group.ts';

/** How many priorities are remembered before those that nobody has any more are dropped. */
const LEVELS = 64;

/**
 * Shares the slots of a group among the groups within it, by weight: start-time fair queueing (Goyal,
 * Vin, Cheng, 1996). Each group has a tag, and the lowest goes next; with what it starts, its tag
 * grows by slots / weight. A group that comes back after a rest begins at the tag last served: it has
 * saved nothing up while it wanted nothing.
 *
 * Tags are kept for each priority apart, since only groups that want slots at the same one share.
 */
export class FairShares {
  readonly #levels: Map<number, Level> = new Map();

  /** The tag of a group whose next entry has this priority. What has no group counts under the parent's own name. */
  tag(group: SlotGroup, priority: number): number {
    const level = this.#levels.get(priority);
    return level ? Math.max(level.tags.get(group.name) ?? 0, level.served) : 0;
  }

  /**
   * A group has taken slots at this priority.
   *
   * @param wanted - the priorities at which groups wait
   */
  serve(group: SlotGroup, priority: number, slots: number, wanted: () => Iterable<number>): void {
    const tag = this.tag(group, priority);
    if (!this.#levels.has(priority) && this.#levels.size >= LEVELS) {
      const kept = new Set(wanted());
      for (const each of this.#levels.keys()) if (!kept.has(each)) this.#levels.delete(each);
    }
    const level = this.#levels.get(priority) ?? { served: 0, tags: new Map() };
    this.#levels.set(priority, level);
    level.served = tag;
    level.tags.set(group.name, tag + slots / group.weight);
  }

  /** Nothing waits any more: everyone begins anew. */
  clear(): void {
    this.#levels.clear();
  }
}

interface Level {
  served: number;
  // By name: a group without work is forgotten, and made anew.
  readonly tags: Map<string | undefined, number>;
}
