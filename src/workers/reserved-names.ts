import type { WorkerPoolControls } from './worker-pool.ts';

/** A name that no function of a pool can have. */
export type ReservedName = keyof WorkerPoolControls & string | Elsewhere;

/** By these others take an object for something that a pool is not: an Observable, or one that is written as JSON. */
type Elsewhere = 'lift' | '@@observable' | 'toJSON';

export const RESERVED: readonly string[] = [
  'close', 'events$', 'limits', 'ready', 'state', 'state$', 'then', 'lift', '@@observable', 'toJSON',
] satisfies ReservedName[];
