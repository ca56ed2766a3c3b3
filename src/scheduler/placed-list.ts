/** Something that knows where it is in its {@link PlacedList}. */
export interface Placed {
  /** Its index, -1 when it is in none. */
  place: number;
}

/**
 * A list in no order, from which anything is taken out by putting the last one in its place. (In a `Set`
 * of 100,000 that come and go, much of the time goes into making its table anew.)
 */
export class PlacedList<T extends Placed> {
  readonly all: T[] = [];

  /** Adds it, unless it is here. */
  add(item: T): void {
    if (item.place < 0) item.place = this.all.push(item) - 1;
  }

  /** Takes it out, if it is here. */
  delete(item: T): void {
    const { place } = item;
    if (place < 0) return;
    const last = this.all.pop() as T;
    if (last !== item) {
      this.all[place] = last;
      last.place = place;
    }
    item.place = -1;
  }
}
