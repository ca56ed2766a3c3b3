import { inspect } from 'node:util';

import { check, type Verdict } from './check.ts';
import type { Scenario } from './scenario.ts';
import { skipRules } from './translation.ts';

/** After the first few, what differs mostly follows from them. */
const SHOWN = 4;

export interface Report {
  /** What to print: each scenario that differs, a count for each rule that skips, and the sum. */
  readonly lines: readonly string[];
  readonly failed: number;
}

/** Checks scenarios one after the other. */
export async function report(scenarios: readonly Scenario[]): Promise<Report> {
  const lines: string[] = [];
  const skipped = new Map(skipRules.map((rule) => [rule, 0]));
  let passed = 0;
  let failed = 0;
  for (const scenario of scenarios) {
    const verdict = await check(scenario);
    if (verdict.kind === 'passed') passed++;
    else if (verdict.kind === 'skipped') skipped.set(verdict.rule, skipped.get(verdict.rule)! + 1);
    else {
      failed++;
      lines.push(...describe(scenario, verdict), '');
    }
  }
  for (const [{ name }, count] of skipped) lines.push(`skipped ${count}: ${name}`);
  lines.push(`${passed} passed, ${failed} failed, ${[...skipped.values()].reduce((a, b) => a + b)} skipped`);
  return { lines, failed };
}

/** A scenario that failed, as lines to read. */
export function describe({ name, script }: Scenario, verdict: Verdict): readonly string[] {
  if (verdict.kind === 'broke') return [`✗ ${name}`, `  ${inspect(verdict.error)}`];
  if (verdict.kind !== 'differs') return [];
  const { differences } = verdict;
  const lines = differences.slice(0, SHOWN).flatMap(({ operation, what, expected, actual }) => [
    operation === undefined ? '  at the end' : `  operation ${operation}: ${JSON.stringify(script[operation])}`,
    ...list(`${what}, expected`, expected),
    ...list(`${what}, actual`, actual),
  ]);
  if (differences.length > SHOWN) lines.push(`  and ${differences.length - SHOWN} more`);
  return [`✗ ${name}`, ...lines];
}

function list(title: string, values: readonly unknown[]): readonly string[] {
  if (values.length === 0) return [`    ${title}: none`];
  return [`    ${title}:`, ...values.map((value) => `      ${JSON.stringify(value)}`)];
}
