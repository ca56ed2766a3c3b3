/** Lets what has been asked for in microtasks happen: starts, and signals that are to be written. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}
