/** What the server tells of a photo in the grid: its id, title, and two colours to show until it is there. */
export type Tile = readonly [id: number, title: string, top: string, bottom: string];

export interface Album {
  readonly id: number;
  readonly title: string;
  readonly photos: readonly Tile[];
}

export interface Photo {
  readonly id: number;
  readonly title: string;
  readonly place: string;
  readonly light: string;
  /** The id of the {@link Photographer}. */
  readonly photographer: number;
  /** The highest id of a photo. */
  readonly last: number;
}

export interface Photographer {
  readonly id: number;
  readonly name: string;
  readonly home: string;
  readonly about: string;
  /** How many photos are theirs. */
  readonly photos: number;
}
