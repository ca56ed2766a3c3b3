/** What is done in a thread, by whoever has it done. */
export interface Jobs {
  /** Nothing. */
  noop: () => void;
  /** Computes for some 10 ms, and gives a number that depends on all of it. */
  burn: () => number;
  /** Writes to a buffer and gives it back. */
  bounce: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
}

export function burn(): number {
  let state = 1;
  for (let i = 0; i < 8_000_000; i++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state;
}

export function bounce(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  bytes[0]!++;
  return bytes;
}
