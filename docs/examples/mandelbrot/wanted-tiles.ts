/** What of the plane is seen, in pixels. */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface WantedTile {
  readonly column: number;
  readonly row: number;
  readonly visible: boolean;
  readonly priority: number;
}

/** Above that of any tile that cannot be seen. */
const VISIBLE = 1_000;

/** The tiles that are seen, and those next to them. What is nearer to the middle has the higher priority. */
export function wantedTiles({ left, top, width, height }: View, side: number, count: number): WantedTile[] {
  const tiles: WantedTile[] = [];
  const first = (start: number): number => Math.floor(start / side);
  const last = (start: number, length: number): number => Math.ceil((start + length) / side) - 1;
  for (let row = Math.max(0, first(top) - 1); row <= Math.min(count - 1, last(top, height) + 1); row++) {
    for (let column = Math.max(0, first(left) - 1); column <= Math.min(count - 1, last(left, width) + 1); column++) {
      const visible = row >= first(top) && row <= last(top, height) && column >= first(left) && column <= last(left, width);
      const distance = Math.hypot((column + 0.5) - (left + width / 2) / side, (row + 0.5) - (top + height / 2) / side);
      tiles.push({ column, row, visible, priority: (visible ? VISIBLE : 0) - distance });
    }
  }
  return tiles;
}
