const collect = globalThis.gc as () => void;

/** A weakly held object may be kept until the turn in which it was looked at is over; what is told of its end comes after. */
export async function collected(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => { setImmediate(resolve); });
    collect();
  }
}

/**
 * How many bytes of the heap each of so many leaves behind. Less than 5 is less than one reference for
 * each: three quarters of them are counted, those after the first quarter.
 */
export async function heapLeftBy(size: number, each: (number: number) => void): Promise<number> {
  const BATCHES = 20;
  let number = 0;
  let early = 0;
  for (let batch = 1; batch <= BATCHES; batch++) {
    for (let i = 0; i < size / BATCHES; i++) each(number++);
    if (batch !== BATCHES / 4) continue;
    await collected();
    early = process.memoryUsage().heapUsed;
  }
  await collected();
  return (process.memoryUsage().heapUsed - early) / size;
}
