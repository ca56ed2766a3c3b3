import { describe, expect, it } from 'vitest';

import { mergeKwargs, type MergeSource } from '../../src/task/merge-kwargs.ts';

describe('merging with a function for conflicts', () => {
  it('looks at each upstream about as often, however many there are', () => {
    const looks = (size: number): number => {
      let reads = 0;
      const upstream = Array.from({ length: size }, (_, i): MergeSource => ({ name: `task ${i}`, key: undefined, value: { id: 1 } }));
      const counted = new Proxy(upstream, {
        get: (target, key) => {
          reads++;
          return Reflect.get(target, key) as unknown;
        },
      });
      const sum = mergeKwargs({}, counted, ({ values: [a, b] }) => (a as number) + (b as number));
      expect(sum).toEqual({ id: size });
      return reads / size;
    };
    expect(looks(2_000)).toBeLessThan(looks(200) * 1.5);
  });
});
