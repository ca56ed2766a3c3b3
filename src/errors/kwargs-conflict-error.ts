/**
 * What a task fails with when two of its inputs supply the same named argument, and `onConflict`
 * does not say which of them is meant.
 *
 * @example
 * ```ts
 * import { KwargsConflictError } from 'sluice';
 *
 * const error = new KwargsConflictError('user', ['kwargs', 'load profile']);
 * console.log(error.key, error.sources); // user ['kwargs', 'load profile']
 * ```
 */
export class KwargsConflictError extends Error {
  override readonly name: string = 'KwargsConflictError';
  readonly code: 'KWARGS_CONFLICT' = 'KWARGS_CONFLICT' as const;
  /** The argument that was supplied twice. */
  readonly key: string;
  /** Who supplied it: `kwargs`, or the name of an upstream. */
  readonly sources: readonly [string, string];

  constructor(key: string, sources: readonly [string, string]) {
    super(
      `The kwarg "${key}" is supplied by ${sources[0]} and by ${sources[1]}. ` +
        `Give upstream as { key: task }, or set onConflict.`,
    );
    this.key = key;
    this.sources = sources;
  }
}
