import { check, checkOptions, isObject } from '../scheduler/validate.ts';

/** What a task uses in place of an upstream result that there is not. */
export interface Fallback<T = unknown> {
  readonly fallback: T;
}

/**
 * What a task does when an upstream fails or is skipped.
 *
 * - `'fail'` (default): it fails with an `UpstreamFailedError`, or is skipped as well.
 * - `'skip'`: it is skipped. It completes without a value, and what is downstream of it is skipped.
 * - `'continue'`: it runs, and the input is absent. A live task keeps the latest value there was.
 * - `{ fallback }`: it runs with this value, which is frozen as a result would be.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager();
 * const user = tasks.task(async () => ({ name: 'Ada' }));
 * const picture = tasks.task(async () => 'ada.png');
 * tasks.task(({ user, picture }) => `${user.name}: ${picture ?? 'no picture'}`, {
 *   upstream: { user, picture: { from: picture, onError: 'continue' } },
 * });
 * ```
 */
export type OnUpstreamError = 'fail' | 'skip' | 'continue' | Fallback;

export function isFallback(policy: OnUpstreamError | undefined): policy is Fallback {
  return typeof policy === 'object';
}

export function checkUpstreamPolicy(where: string, what: string, policy: unknown): void {
  const fallback = isObject(policy) && Object.hasOwn(policy, 'fallback');
  if (fallback) checkOptions(`${where}: ${what}`, policy, ['fallback']);
  const ok = fallback || policy === 'fail' || policy === 'skip' || policy === 'continue';
  check(ok, where, what, '"fail" or "skip" or "continue" or { fallback: value }', policy);
}
