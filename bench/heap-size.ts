/** Needs --expose-gc. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('Started without --expose-gc');
  globalThis.gc();
}

/** Bytes in use, without garbage. */
export function heapSize(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
