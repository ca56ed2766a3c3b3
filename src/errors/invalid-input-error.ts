/**
 * Thrown by the call that was given something it cannot use: a function that is not callable, a NaN
 * priority, an option that does not exist. Nothing else is disturbed by it.
 *
 * @example
 * ```ts
 * import { InvalidInputError, TaskManager } from 'sluice';
 *
 * try {
 *   new TaskManager({ concurrency: 0 });
 * } catch (error) {
 *   if (error instanceof InvalidInputError) console.log(error.where, error.expected, error.received);
 * }
 * ```
 */
export class InvalidInputError extends TypeError {
  override readonly name: string = 'InvalidInputError';
  readonly code: 'INVALID_INPUT' = 'INVALID_INPUT' as const;
  /** The call or option that was given the input, such as `task(): priority`. */
  readonly where: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What was given instead. */
  readonly received: unknown;
  /** How to mend it, as a sentence; empty when that is plain. */
  readonly hint: string;

  constructor(where: string, expected: string, received: unknown, hint = '') {
    super(`${where} must be ${expected}, but is ${describe(received)}.${hint && ` ${hint}`}`);
    this.where = where;
    this.expected = expected;
    this.received = received;
    this.hint = hint;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return Array.isArray(value) ? 'an array' : 'an object';
  } catch {
    return 'a revoked proxy';
  }
}
