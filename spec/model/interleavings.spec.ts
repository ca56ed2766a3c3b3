import fc from 'fast-check';
import { asapScheduler } from 'rxjs';
import { type Task, TaskManager, UpstreamFailedError } from 'sluice';
import { describe, expect, it } from 'vitest';

import { propertyRuns } from '../support/property-runs.ts';

interface Plan {
  readonly upstream: readonly number[];
  readonly priority: number;
  readonly limited: boolean;
  readonly fails: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  upstream: fc.array(fc.nat(20), { maxLength: 3 }),
  priority: fc.integer({ min: -1, max: 2 }),
  limited: fc.boolean(),
  fails: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** What a task depends on: some of those before it. */
function upstreamOf(plans: readonly Plan[], i: number): number[] {
  return i === 0 ? [] : [...new Set((plans[i] as Plan).upstream.map((each) => each % i))];
}

/** The sum of one and what is upstream, undefined where something fails. */
function expectedResults(plans: readonly Plan[]): (number | undefined)[] {
  const results: (number | undefined)[] = [];
  for (const [i, { fails }] of plans.entries()) {
    const inputs = upstreamOf(plans, i).map((each) => results[each]);
    results.push(fails || inputs.includes(undefined) ? undefined : (inputs as number[]).reduce((a, b) => a + b, 1));
  }
  return results;
}

describe('In whatever order promises resolve', () => {
  it('tasks bring the same results, keep to their limits, and start in their order', async () => {
    await fc.assert(fc.asyncProperty(
      fc.scheduler(), fc.array(plan, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 2 }),
      async (promises, plans, concurrency, limit) => {
        const manager = new TaskManager({ inheritPriority: false, host: asapScheduler, timeSlice: Infinity, concurrency, groups: { limited: { concurrency: limit } } });
        const tasks: Task<number>[] = [];
        const running = new Set<number>();
        const faults: string[] = [];
        const settled: (number | UpstreamFailedError | Error)[] = [];
        for (const [i, { priority, limited, fails }] of plans.entries()) {
          const upstream = Object.fromEntries(upstreamOf(plans, i).map((each) => [`t${each}`, tasks[each] as Task<number>]));
          const task = manager.task(async (kwargs: Record<string, number>) => {
            running.add(i);
            const members = [...running].filter((each) => plans[each]?.limited);
            if (running.size > concurrency) faults.push(`${running.size} run at once`);
            if (members.length > limit) faults.push(`${members.length} of the group run at once`);
            for (const [j, other] of tasks.entries()) {
              const hasSlot = !plans[j]?.limited || members.length - (limited ? 1 : 0) < limit;
              const isBetter = other.priority > priority || (other.priority === priority && j < i);
              if (other.status === 'queued' && isBetter && hasSlot) faults.push(`t${i} starts before t${j}`);
            }
            await promises.schedule(Promise.resolve(), `t${i}`);
            running.delete(i);
            if (fails) throw new Error(`t${i}`);
            return Object.values(kwargs).reduce((a, b) => a + b, 1);
          }, { name: `t${i}`, upstream, priority, group: limited ? 'limited' : undefined });
          tasks.push(task);
          task.start().subscribe({ next: (value) => { settled[i] = value; }, error: (error: Error) => { settled[i] = error; } });
        }
        await promises.waitIdle();
        await manager.onIdle();

        expect(faults).toEqual([]);
        for (const [i, expected] of expectedResults(plans).entries()) {
          const result = settled[i];
          if (expected !== undefined) expect(result).toBe(expected);
          else if (result instanceof UpstreamFailedError) expect(result.path.at(-1)).toBe(`t${i}`);
          else expect(result).toEqual(new Error(`t${i}`));
        }
        expect([manager.scheduler.running, manager.scheduler.queued]).toEqual([0, 0]);
      },
    ), propertyRuns(300));
  });
});
