/**
 * Work that is pending while other work is under way: the code of others is called in between, and may do
 * anything. Work of one kind stands in one list, which is worked through in order, and grows by what comes up
 * meanwhile. While anything is held, nothing starts.
 *
 * @typeParam Work - the kinds of work, each with what an item of it is
 */
export class Agenda<Work extends object> {
  readonly #starting: { held: number };
  readonly #lists: { [Kind in keyof Work]?: Work[Kind][] | undefined } = {};

  /** @param starting - what starts tasks, unless it is held */
  constructor(starting: { held: number }) {
    this.#starting = starting;
  }

  /** Lets nothing start until {@link release}. */
  hold(): void {
    this.#starting.held++;
  }

  release(): void {
    this.#starting.held--;
  }

  /** Appends an item to the list of its kind that is being worked through. False if there is none. */
  defer<Kind extends keyof Work>(kind: Kind, item: Work[Kind]): boolean {
    const list = this.#lists[kind];
    list?.push(item);
    return list !== undefined;
  }

  /** Opens a list of this kind. Returns the one that was open, for {@link close}. */
  open<Kind extends keyof Work>(kind: Kind, list: Work[Kind][]): Work[Kind][] | undefined {
    const outer = this.#lists[kind];
    this.#lists[kind] = list;
    return outer;
  }

  /** Works through the open list of this kind, and closes it. */
  close<Kind extends keyof Work>(kind: Kind, outer: Work[Kind][] | undefined, handle: (item: Work[Kind]) => void): void {
    // By an iterator, which sees what is appended meanwhile.
    for (const item of this.#lists[kind] as Work[Kind][]) handle(item);
    this.#lists[kind] = outer;
  }
}
