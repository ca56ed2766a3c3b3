import { type GroupOptions, type Rate, withMaxWait, withRate, withWeight } from 'sluice';

/** The limits of a group as plain data, for specs that reckon with them. */
export interface Limits {
  readonly concurrency?: number | undefined;
  readonly rate?: Rate | undefined;
  readonly maxWait?: number | undefined;
  readonly weight?: number | undefined;
}

/** The options with these limits. */
export function optionsOf({ concurrency, rate, maxWait, weight }: Limits): GroupOptions {
  return {
    concurrency,
    policies: [
      ...(rate === undefined ? [] : [withRate(rate)]),
      ...(maxWait === undefined ? [] : [withMaxWait(maxWait)]),
      ...(weight === undefined ? [] : [withWeight(weight)]),
    ],
  };
}

/** The options of groups with these limits. */
export function groupsOf(groups: Readonly<Record<string, Limits>>): Record<string, GroupOptions> {
  return Object.fromEntries(Object.entries(groups).map(([name, limits]) => [name, optionsOf(limits)]));
}
