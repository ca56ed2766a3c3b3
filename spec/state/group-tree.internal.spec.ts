import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { changeGroups } from '../../src/state/change-groups.ts';
import { groupState, groupStates, NO_GROUPS } from '../../src/state/group-tree.ts';
import type { GroupState, GroupTree, ManagerState } from '../../src/state/manager-state.ts';
import { emptyState } from '../../src/state/snapshot.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** A tree of groups, changed as its model is: a map by name. */
class Grown {
  readonly model: Map<string, GroupState> = new Map();
  tree: GroupTree = NO_GROUPS;

  change(names: readonly string[], concurrency: number | undefined): void {
    const before = new Map(this.model);
    for (const name of names) {
      if (concurrency === undefined) this.model.delete(name);
      else this.model.set(name, { ...emptyState(name), concurrency });
    }
    this.tree = changeGroups(this.tree, names, (name, state) => {
      if (state !== before.get(name)) throw new Error(`${name} is given a state that is not its own`);
      return this.model.get(name);
    });
  }

  find(name: string): GroupState | undefined {
    return groupState({ groups: this.tree } as ManagerState, name);
  }

  get all(): readonly GroupState[] {
    return groupStates({ groups: this.tree });
  }
}

function listsOf(tree: GroupTree): readonly GroupTree[] {
  return [tree, ...(tree as readonly (GroupTree | GroupState)[]).flatMap((each) => (Array.isArray(each) ? listsOf(each as GroupTree) : []))];
}

const many = Array.from({ length: 10_000 }, (_, i) => `group ${i}`);

describe('a tree of groups', () => {
  it('has the groups that a map by name would have, each the same object as long as it does not change', () => {
    const names = fc.constantFrom('__proto__', 'constructor', 'toString', ...many.slice(0, 300));
    const change = fc.record({ names: fc.uniqueArray(names, { maxLength: 200 }), concurrency: fc.option(fc.nat(3), { nil: undefined }) });
    fc.assert(fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const grown = new Grown();
      for (const { names, concurrency } of changes) {
        grown.change(names, concurrency);
        for (const name of [...grown.model.keys(), ...names, 'none']) expect(grown.find(name)).toBe(grown.model.get(name));
        expect(new Set(grown.all)).toEqual(new Set(grown.model.values()));
        expect(grown.all).toHaveLength(grown.model.size);
        expect(listsOf(grown.tree).every((list) => Object.isFrozen(list) && list.length <= 32)).toBe(true);
      }
    }), propertyRuns(100));
  });

  it('is a list in the order in which they came, as long as there are no more than 32', () => {
    const grown = new Grown();
    const names = many.slice(0, 32).reverse();
    for (const name of names) grown.change([name], 1);
    grown.change(names, 2);
    expect((grown.tree as readonly GroupState[]).map(({ name }) => name)).toEqual(names);
  });

  it('is an empty list again when all have gone', () => {
    const grown = new Grown();
    grown.change(many, 1);
    grown.change(many.slice(1), undefined);
    grown.change(many.slice(0, 1), undefined);
    expect(grown.tree).toEqual([]);
  });

  it('has few lists copied for one of 10,000 that changes, comes or goes, and none for one that stays as it is', () => {
    const grown = new Grown();
    grown.change(many, 1);
    expect(grown.all).toHaveLength(10_000);
    for (const [name, concurrency] of [['group 77', 2], ['one more', 1], ['group 99', undefined]] as const) {
      const before = new Set(listsOf(grown.tree));
      grown.change([name], concurrency);
      const copied = listsOf(grown.tree).filter((list) => !before.has(list));
      expect(copied.length).toBeGreaterThan(0);
      expect(copied.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(4 * 32);
    }
    const before = grown.tree;
    grown.tree = changeGroups(before, many, (_, state) => state);
    expect(grown.tree).toBe(before);
  });
});
