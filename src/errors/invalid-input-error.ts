/** What was wrong with an input, in the parts that {@link InvalidInputError}'s message is made of. */
export interface InvalidInput {
  /** The call or option that was given the input, such as `task(): priority`. */
  readonly where: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What was given instead. */
  readonly received: unknown;
  /** How to mend it, as a sentence. */
  readonly hint?: string;
}

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
export class InvalidInputError extends TypeError implements InvalidInput {
  override readonly name: string = 'InvalidInputError';
  readonly code: 'INVALID_INPUT' = 'INVALID_INPUT' as const;
  readonly where: string;
  readonly expected: string;
  readonly received: unknown;
  readonly hint: string;

  constructor({ where, expected, received, hint = '' }: InvalidInput) {
    super(`${where} must be ${expected}, but is ${describe(received)}.${hint && ` ${hint}`}`);
    this.where = where;
    this.expected = expected;
    this.received = received;
    this.hint = hint;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `a function`;
  if (typeof value !== 'object' || value === null) return String(value);
  // Not `constructor.name`: a null prototype has none, and a getter may throw.
  return `an object (${Object.prototype.toString.call(value).slice(8, -1)})`;
}
