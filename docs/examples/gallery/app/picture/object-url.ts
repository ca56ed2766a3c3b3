import { effect, type Signal, signal } from '@angular/core';

/** An address for what a signal holds, withdrawn when it holds something else. Needs an injection context. */
export function objectUrl(blob: () => Blob | undefined): Signal<string | undefined> {
  const url = signal<string | undefined>(undefined);
  effect((onCleanup) => {
    const held = blob();
    const made = held && URL.createObjectURL(held);
    url.set(made);
    if (made !== undefined) onCleanup(() => { URL.revokeObjectURL(made); });
  });
  return url.asReadonly();
}
