/** A generator of numbers in [0, 1) that gives every process the same ones. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers below n in random order. */
export function shuffled(n: number, random: () => number): number[] {
  const list = Array.from({ length: n }, (_, index) => index);
  for (let end = n - 1; end > 0; end--) {
    const at = Math.floor(random() * (end + 1));
    [list[at], list[end]] = [list[end]!, list[at]!];
  }
  return list;
}
