// What runs in a thread of piscina.
import { move as moved } from 'piscina';

import { bounce } from '../workers/jobs.ts';

export { burn } from '../workers/jobs.ts';

export function noop(): void {}

export function move(bytes: Uint8Array<ArrayBuffer>): unknown {
  return moved(bounce(bytes));
}

export { bounce as copy };
