/**
 * An Observable has emitted more items than `mapTasks` may hold: its tasks do not keep up, and an Observable cannot
 * be asked to wait.
 *
 * @example
 * ```ts
 * import { interval } from 'rxjs';
 * import { BufferOverflowError, mapTasks, TaskManager } from 'sluice';
 *
 * mapTasks(new TaskManager({ concurrency: 1 }), interval(1), () => fetch('/slow'), { ahead: 100 }).subscribe({
 *   error: (error) => { if (error instanceof BufferOverflowError) console.log(`more than ${error.limit} at a time`); },
 * });
 * ```
 */
export class BufferOverflowError extends Error {
  override readonly name: string = 'BufferOverflowError';
  readonly code: 'BUFFER_OVERFLOW' = 'BUFFER_OVERFLOW' as const;
  /** How many items may be held. */
  readonly limit: number;

  constructor(limit: number) {
    super(`The source has emitted an item while ${String(limit)} were not done with. Raise ahead, or set onOverflow to "drop" or "wait".`);
    this.limit = limit;
  }
}
