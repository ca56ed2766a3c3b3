import { config } from 'rxjs';
import { afterEach, beforeEach } from 'vitest';

/** Collects what RxJS reports as unhandled in each spec of the file, instead of having it end the process. */
export function collectUnhandledErrors(): readonly unknown[] {
  const seen: unknown[] = [];
  const before = config.onUnhandledError;
  beforeEach(() => {
    seen.length = 0;
    config.onUnhandledError = (error: unknown) => { seen.push(error); };
  });
  afterEach(() => { config.onUnhandledError = before; });
  return seen;
}

/** Resolves when all that has been handed to RxJS is reported: it does so in a timer of its own. */
export function reported(): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve); });
}
