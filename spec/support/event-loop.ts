/** Resolves in the next turn of the event loop, after what has been queued for it before. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

/** Resolves when every microtask has had its turn that takes at most a hundred of them, one after the other. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 100; i++) await Promise.resolve();
}
