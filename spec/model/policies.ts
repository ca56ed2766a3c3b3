import fc, { type Arbitrary } from 'fast-check';
import type { OnUpstreamError } from 'sluice';

import type { Limits } from '../support/limits.ts';

/** What the tasks of a model ask for beyond priority. */
export interface Policies {
  readonly slots?: number;
  readonly retry?: { readonly count: number; readonly delay?: number | 'outside' };
  readonly timeout?: number;
  readonly expires?: number;
  readonly onUpstreamError?: OnUpstreamError;
  readonly flatten?: 'switch' | 'concat' | 'exhaust';
  readonly key?: string;
  readonly keepFor?: number;
  /** The tasks that its function runs: one after the other, or all at once. */
  readonly children?: readonly number[];
  readonly together?: boolean;
}

/** What the groups of a model ask for. */
export interface GroupPolicies {
  readonly groups: Readonly<Record<string, Limits>>;
  readonly maxWait: number | undefined;
  readonly inheritPriority: boolean;
}

export const KEYS = ['a/1', 'a/2', 'b/1'] as const;

/** Groups within groups, some with weights. */
export const NESTED = ['limited', 'limited/in', 'shared', 'shared/a', 'shared/b', 'rated'] as const;

const few = fc.constantFrom(1, 2, 3);

export const policies: Arbitrary<Policies> = fc.record(
  {
    slots: few,
    retry: fc.record({ count: few, delay: fc.constantFrom(0, 10, 'outside' as const) }, { requiredKeys: ['count'] }),
    timeout: fc.constantFrom(15, 40),
    expires: fc.constantFrom(15, 40),
    onUpstreamError: fc.constantFrom<OnUpstreamError[]>('skip', 'continue', { fallback: { instead: true } }),
    flatten: fc.constantFrom('switch' as const, 'concat' as const, 'exhaust' as const),
    key: fc.constantFrom(...KEYS),
    keepFor: fc.constantFrom(20, 60),
    children: fc.array(fc.nat(60), { minLength: 1, maxLength: 2 }),
    together: fc.boolean(),
  },
  { requiredKeys: [] },
);

const limit = { concurrency: fc.constantFrom(1, 2, 3, Infinity) };
const rate = { rate: fc.record({ limit: fc.constantFrom(1, 2, 3), per: fc.constantFrom(10, 25) }) };
const maxWait = fc.constantFrom(undefined, 10, 30);

/** Options of the groups, the outer ones with those within them. */
export const groupPolicies: Arbitrary<GroupPolicies> = fc.record({
  groups: fc.record({
    limited: fc.record({ ...limit, maxWait }),
    'limited/in': fc.record({ ...limit, ...rate, maxWait }, { requiredKeys: ['concurrency'] }),
    shared: fc.record({ ...limit, ...rate }, { requiredKeys: ['concurrency'] }),
    'shared/a': fc.record({ ...limit, weight: fc.constantFrom(1, 3) }),
    'shared/b': fc.record({ weight: fc.constantFrom(1, 2) }),
    rated: fc.record({ ...limit, ...rate }),
  }),
  maxWait,
  inheritPriority: fc.boolean(),
});
