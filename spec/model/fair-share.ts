/**
 * Whether groups that want slots at the same priority get them by their weights: of two of them, what each
 * has got, divided by its weight, never differs by more than one task of each (Goyal, Vin, Cheng, 1996).
 */
export class FairShare {
  readonly #weightOf: (group: string | undefined) => number;
  /** By parent and priority: what each has got since all that are in it have wanted slots without a break. */
  readonly #pairs: Map<string, { ahead: number }> = new Map();
  /** The most slots that a task of each group has taken. */
  readonly #largest: Map<string, number> = new Map();

  constructor(weightOf: (group: string | undefined) => number) {
    this.#weightOf = weightOf;
  }

  /**
   * Slots were taken by `group`.
   *
   * @param others - those that could have had them at this priority
   * @param rest - those that could not
   * @returns what is wrong with it
   */
  served(group: string, priority: number, slots: number, others: readonly string[], rest: readonly string[]): string | undefined {
    this.#largest.set(group, Math.max(this.#largest.get(group) ?? 1, slots));
    for (const other of rest) this.#pairs.delete(this.#key(group, other, priority));
    for (const key of this.#pairs.keys()) if (!key.endsWith(` ${priority}`) && key.includes(`[${group}]`)) this.#pairs.delete(key);
    for (const other of others) {
      const key = this.#key(group, other, priority);
      const pair = this.#pairs.get(key) ?? { ahead: 0 };
      this.#pairs.set(key, pair);
      pair.ahead += (group < other ? 1 : -1) * slots / this.#weightOf(group);
      const bound = [group, other].reduce((sum, each) => sum + (this.#largest.get(each) ?? 1) / this.#weightOf(each), 0);
      if (Math.abs(pair.ahead) > bound + 1e-9) return `${group} is ${Math.abs(pair.ahead)} from ${other}, more than ${bound}`;
    }
    return undefined;
  }

  /** Something may have left the queue: everyone may begin anew. */
  begin(): void {
    this.#pairs.clear();
  }

  #key(a: string, b: string, priority: number): string {
    return a < b ? `[${a}][${b}] ${priority}` : `[${b}][${a}] ${priority}`;
  }
}
