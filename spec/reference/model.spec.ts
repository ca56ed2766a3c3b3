import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { propertyRuns } from '../support/property-runs.ts';
import { check } from './check.ts';
import { scenarios } from './generator.ts';
import { predict } from './model.ts';
import { describe as describeVerdict } from './report.ts';
import { parseScenarios } from './scenario.ts';

const recorded = parseScenarios(readFileSync(new URL('traces.json', import.meta.url), 'utf8'));

describe('the model of the reference manager', () => {
  it.each(recorded.map((scenario) => [scenario.name, scenario] as const))('does what was recorded in %s', (_, scenario) => {
    const { trace, final } = scenario;
    expect(predict(scenario)).toEqual({ trace, final });
  });

  it('does the same as Sluice in scenarios that were never recorded', async () => {
    const kinds = { passed: 0, skipped: 0 };
    await fc.assert(fc.asyncProperty(scenarios(), async (scenario) => {
      const verdict = await check(scenario);
      expect(describeVerdict(scenario, verdict)).toEqual([]);
      kinds[verdict.kind as 'passed' | 'skipped']++;
    }), propertyRuns(2000));
    // A rule that skipped too much would make the property say nothing.
    expect(kinds.skipped).toBeLessThan(kinds.passed / 20);
  });
});
