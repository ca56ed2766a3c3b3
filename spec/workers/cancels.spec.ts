import type { Subscription } from 'rxjs';
import { workerPool } from 'sluice/workers';
import { expect, it } from 'vitest';

import { macrotask } from '../support/event-loop.ts';
import { type fixture, MOST, RUNNING, STARTS } from './support/fixture.ts';
import { makeWorker, type NodeWorker } from './support/make-worker.ts';

const CALLS = 10_000;

it('10,000 calls that are left at random moments are each started at most once, and those that are not left exactly once', async () => {
  const made: NodeWorker[] = [];
  // Functions heed their signal, and have all the time for it: no thread may be lost.
  const pool = workerPool<typeof fixture>(() => {
    const worker = makeWorker();
    made.push(worker as unknown as NodeWorker);
    return worker;
  }, { size: 2, graceMs: 60_000 });
  const memory = new SharedArrayBuffer((STARTS + CALLS) * Int32Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(memory);
  let seed = 11;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * below);
  };

  const values = new Map<number, unknown[]>();
  const left = new Set<number>();
  const wrong: string[] = [];
  const leave = (call: number, subscription: Subscription): void => {
    if (subscription.closed) return;
    left.add(call);
    subscription.unsubscribe();
  };
  const ends: Promise<void>[] = [];
  for (let call = 0; call < CALLS; call++) {
    const heard: unknown[] = [];
    values.set(call, heard);
    ends.push(new Promise((resolve) => {
      const subscription = pool.counted({ memory, call, turns: random(3) }).subscribe({
        next: (value) => {
          if (left.has(call)) wrong.push(`${call} has heard a value after it was left`);
          heard.push(value);
        },
        error: (error: unknown) => { wrong.push(`${call} has failed: ${String(error)}`); },
        complete: () => {
          if (left.has(call)) wrong.push(`${call} has heard its end after it was left`);
          heard.push('complete');
        },
      });
      subscription.add(resolve);
      const moment = random(5);
      if (moment === 0) leave(call, subscription); // before it can have started
      else if (moment < 4) void turns(random(6)).then(() => { leave(call, subscription); });
    }));
    if (call % 40 === 39) await Promise.all(ends.splice(0));
  }

  expect(wrong).toEqual([]);
  const stayed = [...values.keys()].filter((call) => !left.has(call));
  expect(left.size).toBeGreaterThan(CALLS / 4);
  expect(stayed.length).toBeGreaterThan(CALLS / 5);
  expect(stayed.filter((call) => values.get(call)!.join() !== `${call},complete` || words[STARTS + call] !== 1)).toEqual([]);
  expect([...left].filter((call) => values.get(call)!.length > 0 || words[STARTS + call]! > 1)).toEqual([]);
  // Some were left while they waited, some while they ran.
  const starts = [...left].filter((call) => words[STARTS + call] === 1).length;
  expect(starts).toBeGreaterThan(0);
  expect(starts).toBeLessThan(left.size);

  // No slot is lost: two run at once, and there were never more than two, nor other threads than the first two.
  const last = new SharedArrayBuffer((STARTS + 2) * Int32Array.BYTES_PER_ELEMENT);
  const both = [0, 1].map((call) => pool.counted({ memory: last, call, turns: Infinity }).subscribe());
  while (Atomics.load(new Int32Array(last), RUNNING) < 2) await macrotask();
  for (const subscription of both) subscription.unsubscribe();
  await pool.close();
  expect([words[RUNNING], words[MOST]]).toEqual([0, 2]);
  expect(made).toHaveLength(2);
  expect(made.map(({ threadId }) => threadId)).toEqual([-1, -1]);
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await macrotask();
}
