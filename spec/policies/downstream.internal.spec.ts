import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attach, detach, rank } from '../../src/task/downstream.ts';
import { type Link, NO_LINKS, type TaskNode } from '../../src/task/task-node.ts';
import { propertyRuns } from '../support/property-runs.ts';

interface Ends {
  readonly task: TaskNode;
  readonly link: (priority: number) => Link;
  /** How often the priority of a link has been looked at. */
  readonly reads: () => number;
}

/** A task, and links to it of which no more is there than what they are ordered by. */
function ends(): Ends {
  let reads = 0;
  class Counted {
    readonly target: { priority: number };
    position = -1;
    #priority = 0;

    constructor(priority: number) {
      this.target = { priority };
    }

    get priority(): number {
      reads++;
      return this.#priority;
    }

    set priority(priority: number) {
      this.#priority = priority;
    }
  }
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- no more of it is used
  return { task: { downstream: NO_LINKS } as TaskNode, link: (priority) => new Counted(priority) as unknown as Link, reads: () => reads };
}

function setPriority(task: TaskNode, link: Link, priority: number): void {
  (link.target as { priority: number }).priority = priority;
  rank(task, link);
}

describe('the links to those downstream of a task', () => {
  it('have one of the highest priority first, whatever is attached, detached and moved', () => {
    const step = fc.tuple(fc.constantFrom('attach', 'attach', 'detach', 'rank'), fc.nat(), fc.integer({ min: -3, max: 3 }));
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { task, link } = ends();
      let there: Link[] = [];
      for (const [what, which, priority] of steps) {
        const chosen = there[which % there.length];
        if (what === 'attach') {
          const added = link(priority);
          attach(task, added);
          there.push(added);
        } else if (chosen && what === 'detach') {
          detach(task, chosen);
          there = there.filter((each) => each !== chosen);
          expect(chosen.position).toBe(-1);
        } else if (chosen) setPriority(task, chosen, priority);
        expect(new Set(task.downstream)).toEqual(new Set(there));
        expect(task.downstream.map(({ position }) => position)).toEqual(there.map((_, i) => i));
        if (there.length > 0) expect(task.downstream[0]?.priority).toBe(Math.max(...there.map(({ target }) => target.priority)));
      }
    }), propertyRuns(500));
  });

  it('stay as they came while they are of one priority', () => {
    const { task, link } = ends();
    const links = Array.from({ length: 50 }, () => link(1));
    for (const each of links) attach(task, each);
    expect(task.downstream).toEqual(links);
  });

  it.each([1_000, 10_000])('are looked at about as often for each that leaves or is moved, be they %i', (size) => {
    const { task, link, reads } = ends();
    const links = Array.from({ length: size }, (_, i) => link(i));
    for (const each of links) attach(task, each);
    // The worst that can happen: always the highest, of which all are different.
    for (const each of [...links].reverse()) setPriority(task, each, -1);
    for (const [i, each] of links.entries()) setPriority(task, each, i);
    for (const each of [...links].reverse()) detach(task, each);
    expect(task.downstream).toEqual([]);
    expect(reads() / size).toBeLessThan(30 * Math.log2(size));
  });
});
