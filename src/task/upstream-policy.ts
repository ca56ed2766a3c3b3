import { check, isObject } from '../scheduler/validate.ts';

/** What a task uses in place of an upstream result that there is not. */
export interface Fallback<T = unknown> {
  readonly fallback: T;
}

/**
 * What a task does when an upstream fails or is skipped. `'fail'` (default): it fails with an
 * `UpstreamFailedError`, or is skipped as well. `'skip'`: it is skipped. `'continue'`: it runs, and
 * the input is absent. `{ fallback }`: it runs with this value.
 */
export type OnUpstreamError = 'fail' | 'skip' | 'continue' | Fallback;

export function isFallback(policy: OnUpstreamError): policy is Fallback {
  return typeof policy === 'object';
}

export function checkUpstreamPolicy(where: string, what: string, policy: unknown): void {
  const ok = policy === 'fail' || policy === 'skip' || policy === 'continue' || (isObject(policy) && Object.hasOwn(policy, 'fallback'));
  check(ok, where, what, '"fail" or "skip" or "continue" or { fallback: value }', policy);
}
