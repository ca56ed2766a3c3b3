/** How many priorities are remembered before those that nobody has any more are dropped. */
const LEVELS = 64;

/**
 * Shares the slots of a group among the groups within it, by weight: start-time fair queueing (Goyal,
 * Vin, Cheng, 1996). Each group has a tag, and the lowest goes next; with what it starts, its tag
 * grows by slots / weight. A group that comes back after a rest begins at the tag last served: it has
 * saved nothing up while it wanted nothing.
 *
 * Tags are kept for each priority apart, since only groups that want slots at the same one share.
 * Groups go by name, as one without work is forgotten and made anew; what is in none of them goes by
 * `undefined`, and counts as a group of weight 1.
 */
export class FairShares {
  readonly #levels: Map<number, Level> = new Map();

  /** The tag of who has something with this priority next. */
  tag(name: string | undefined, priority: number): number {
    return this.#levels.get(priority)?.tag(name) ?? 0;
  }

  /**
   * A group has taken slots at this priority.
   *
   * @param share - slots / weight
   * @param wanted - the priorities at which groups wait
   */
  serve(name: string | undefined, priority: number, share: number, wanted: () => readonly number[]): void {
    let level = this.#levels.get(priority);
    if (level === undefined) {
      if (this.#levels.size >= LEVELS) {
        const kept = new Set(wanted());
        for (const each of this.#levels.keys()) if (!kept.has(each)) this.#levels.delete(each);
      }
      this.#levels.set(priority, level = new Level());
    }
    level.serve(name, share);
  }

  /** No one wants slots any more: everyone begins anew. */
  clear(): void {
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
