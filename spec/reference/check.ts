import { compare, type Difference } from './compare.ts';
import { replay } from './replay.ts';
import type { Scenario } from './scenario.ts';
import { skipRules, type SkipRule, translate } from './translation.ts';

export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly rule: SkipRule }
  | { readonly kind: 'differs'; readonly differences: readonly Difference[] }
  | { readonly kind: 'broke'; readonly error: unknown };

/** Whether Sluice does in a scenario what the reference was observed to do. */
export async function check(scenario: Scenario): Promise<Verdict> {
  try {
    const rule = skipRules.find(({ applies }) => applies(scenario));
    if (rule) return { kind: 'skipped', rule };
    const differences = compare(translate(scenario), await replay(scenario));
    return differences.length > 0 ? { kind: 'differs', differences } : { kind: 'passed' };
  } catch (error) {
    return { kind: 'broke', error };
  }
}
