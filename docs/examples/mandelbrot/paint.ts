import { transfer, type WorkerContext } from 'sluice/workers';

/** A square of the complex plane, and how closely to look at it. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
  /** In pixels, each way. */
  readonly pixels: number;
  /** After so many steps a point counts as one of the set. */
  readonly detail: number;
}

/** Milliseconds between two looks at the signal. */
const LOOK = 8;
/** Steps after which there may be one within a point. */
const STRETCH = 4_096;

/** Paints a square, as the bytes of its pixels. They move to the page. */
export async function paint({ left, top, side, pixels, detail }: Square, { signal }: WorkerContext): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const bytes = new Uint8ClampedArray(4 * pixels * pixels);
  let looked = performance.now();
  for (let at = 0; at < bytes.length; at += 4) {
    const [re, im] = [left + at / 4 % pixels * side / pixels, top + Math.floor(at / 4 / pixels) * side / pixels];
    let [x, y, steps, end] = [0, 0, 0, 0];
    do {
      if (performance.now() - looked > LOOK) await look();
      end = Math.min(detail, end + STRETCH);
      for (; steps < end && x * x + y * y <= 256; steps++) [x, y] = [x * x - y * y + re, 2 * x * y + im];
    } while (steps === end && end < detail);
    colour(bytes, at, steps < detail ? steps : undefined);
  }
  return transfer(bytes, [bytes.buffer]);

  /** Lets messages in, one of which may be that the tile is not wanted any more. */
  async function look(): Promise<void> {
    await new Promise((resolve) => { setTimeout(resolve); });
    signal.throwIfAborted();
    looked = performance.now();
  }
}

/** Points of the set are black, the others by how fast they leave. */
function colour(bytes: Uint8ClampedArray, at: number, steps: number | undefined): void {
  const phase = steps === undefined ? 0 : Math.sqrt(steps) / 2;
  const shade = (shift: number): number => steps === undefined ? 0 : 140 + 115 * Math.sin(phase + shift);
  bytes[at] = shade(0);
  bytes[at + 1] = shade(-0.9);
  bytes[at + 2] = shade(2.4);
  bytes[at + 3] = 255;
}
