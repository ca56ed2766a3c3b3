/**
 * What a call fails with when something in its kwargs, or in a value of its function, cannot be sent to
 * another thread: a function, a symbol, a promise, a DOM node. Nothing has been sent then.
 *
 * @example
 * ```ts
 * import { NotCloneableError, workerPool } from 'sluice/workers';
 *
 * declare const createWorker: () => Worker;
 * const pool = workerPool<{ draw: (kwargs: { onDone: () => void }) => void }>(createWorker);
 * pool.draw({ onDone: () => {} }).subscribe({
 *   error: (error: unknown) => { if (error instanceof NotCloneableError) console.log(error.path); }, // kwargs.onDone
 * });
 * ```
 */
export class NotCloneableError extends Error {
  override readonly name: string = 'NotCloneableError';
  readonly code: 'NOT_CLONEABLE' = 'NOT_CLONEABLE' as const;
  /** Where it is: `kwargs` or `value`, then the way inside, such as `kwargs.items[2].onDone`. */
  readonly path: string;

  /**
   * @param path - where it is
   * @param called - the function that was called
   * @param reason - a sentence on what is wrong with it, and how to mend it
   */
  constructor(path: string, called: string, options?: ErrorOptions, reason = 'Send data alone, pass what can move by transfer(), and a function, as a property of the kwargs, by callback().') {
    super(`${called}(): ${path} cannot be sent to another thread. ${reason}`, options);
    this.path = path;
  }
}
