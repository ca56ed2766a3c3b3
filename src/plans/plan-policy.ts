import { InvalidInputError, type TaskPolicy, withExpiry, withRetry, withTimeout } from '../index.ts';

/** A policy of a task as data: what `withRetry`, `withTimeout` and `withExpiry` write as JSON. */
export type PolicyData =
  /** `count` attempts more at most (default: no limit), `delay` milliseconds apart (default 0). */
  | { readonly name: 'retry'; readonly count?: number; readonly delay?: number; readonly resetOnSuccess?: boolean }
  /** It fails after `ms` milliseconds: each attempt if it stands before the retry, else all of them together. */
  | { readonly name: 'timeout'; readonly ms?: number }
  /** The task fails after `ms` milliseconds of waiting for a slot. */
  | { readonly name: 'expiry'; readonly ms?: number };

/**
 * What a task of a plan takes as a policy: `withRetry(3)`, `withTimeout(ms)`, `withExpiry(ms)`, or the same as data. A
 * retry whose delay is a function has no such form.
 */
export type PlanPolicy = PolicyData | { readonly name: string; toJSON(): { readonly name: string } };

const KNOWN: Readonly<Record<PolicyData['name'], readonly string[]>> = { retry: ['count', 'delay', 'resetOnSuccess'], timeout: ['ms'], expiry: ['ms'] };

/** The policies as data. Their numbers are checked by the manager that runs them. */
export function toPolicyData(where: string, policies: readonly PlanPolicy[]): PolicyData[] {
  if (!Array.isArray(policies)) throw new InvalidInputError(`${where}: policies`, 'an array of policies', policies, 'A single one goes into an array.');
  return policies.map((policy: unknown, i) => {
    const data = toData(policy);
    const known = data && Object.hasOwn(KNOWN, data.name) ? KNOWN[data.name] : undefined;
    const ok = known && Object.keys(data as object).every((key) => key === 'name' || known.includes(key));
    if (!ok) throw new InvalidInputError(`${where}: policies[${i}]`, 'a policy that can be written as data: retry, timeout or expiry', policy, 'A delay that is a function cannot: give milliseconds.');
    return data as PolicyData;
  });
}

function toData(policy: unknown): PolicyData | undefined {
  if (typeof policy !== 'object' || policy === null) return undefined;
  const own = policy as { readonly toJSON?: unknown; readonly attach?: unknown };
  if (typeof own.toJSON === 'function') return (own.toJSON as () => PolicyData)();
  return own.attach === undefined ? { ...(policy as PolicyData) } : undefined;
}

/** The same policies for a task manager. */
export function toPolicies(policies: readonly PolicyData[]): TaskPolicy[] {
  return policies.map((policy) => {
    if (policy.name === 'retry') {
      const { name: _, ...config } = policy;
      return withRetry(config);
    }
    return policy.name === 'timeout' ? withTimeout(policy.ms ?? Infinity) : withExpiry(policy.ms ?? Infinity);
  });
}
