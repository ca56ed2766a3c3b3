import { describe, expect, it } from 'vitest';

import { Freshness } from '../../src/task/freshness.ts';
import type { TaskNode } from '../../src/task/task-node.ts';

describe('To find out of what result a task is made', () => {
  it('takes a step for each task, though many are given one that is out of date, with much upstream', () => {
    const SIZE = 1_000;
    const freshness = new Freshness();
    let order = 0;
    let looks = 0;
    const make = (...tasks: TaskNode[]): TaskNode => ({
      order: order++,
      get definition() {
        looks++;
        return { upstream: tasks.map((task) => ({ task })) };
      },
    }) as unknown as TaskNode;

    const first = make();
    let last = first;
    for (let i = 0; i < SIZE; i++) last = make(last);
    const fan = Array.from({ length: SIZE }, () => make(last));
    freshness.forget([first], order++);
    for (const task of fan) {
      expect(freshness.isOutdated(last)).toBe(true);
      freshness.spoil(task, order++);
      expect(freshness.isOutdated(task)).toBe(true);
    }
    expect(looks).toBeLessThan(10 * SIZE);
    expect(freshness.isOutdated(make(last))).toBe(false);
  });
});
