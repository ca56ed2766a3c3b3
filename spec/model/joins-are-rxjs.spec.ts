import fc from 'fast-check';
import { combineLatest, defaultIfEmpty, forkJoin, map, type Observable, switchMap } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { compare, merged, runs, sourcesOf } from '../support/compare-joins.ts';
import { propertyRuns } from '../support/property-runs.ts';

const NOTHING = {};

describe('Joining upstream', () => {
  it("is RxJS's forkJoin, but that an upstream without a value adds nothing", () => {
    fc.assert(fc.property(sourcesOf(['completes', 'completes', 'completes', 'fails', 'goes on']), fc.boolean(), (sources, dictionary) => {
      const named = (inputs: Observable<unknown>[]): Record<string, Observable<unknown>> => Object.fromEntries(inputs.map((input, i) => [`u${i}`, input]));
      const [actual, expected] = compare(
        sources,
        (inputs, tasks) => tasks.task((kwargs: object) => kwargs, { upstream: dictionary ? named(inputs) : inputs }),
        (inputs) => {
          const filled = inputs.map((input) => input.pipe(defaultIfEmpty(NOTHING)));
          if (!dictionary) return forkJoin(filled).pipe(map(merged));
          return forkJoin(named(filled)).pipe(map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== NOTHING))));
        },
      );
      expect(actual).toEqual(expected);
    }), propertyRuns(1000));
  });

  it.each(Object.entries(runs))("is RxJS's combineLatest and switchMap when it is live, with runs that %s", (_, run) => {
    // Every source has a value: what one without a value adds is Sluice's own.
    const sources = sourcesOf(['completes', 'fails', 'goes on']).map((all) => all.map((source) => ({ ...source, gaps: [1, ...source.gaps].slice(0, 4) })));
    // One that fails before its first value fails the whole in both.
    fc.assert(fc.property(sources, (all) => {
      const [actual, expected] = compare(
        all,
        (inputs, tasks) => tasks.task((kwargs: object) => run(kwargs), { upstream: inputs, join: 'combineLatest' }),
        (inputs) => combineLatest(inputs).pipe(switchMap((values) => run(merged(values)))),
      );
      expect(actual).toEqual(expected);
    }), propertyRuns(300));
  });
});
