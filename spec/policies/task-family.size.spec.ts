import { NEVER } from 'rxjs';
import { taskFamily, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { collected, heapLeftBy } from '../support/heap.ts';
import { synchronous } from '../support/synchronous.ts';

/** A manager whose tasks start inside the call, and whose clock is set by hand. */
function timed(): { tasks: TaskManager; clock: { time: number } } {
  const clock = { time: 0 };
  const host = { now: () => clock.time, schedule: synchronous.host.schedule.bind(synchronous.host) };
  return { tasks: new TaskManager({ host, timeSlice: Infinity }), clock };
}

describe('The heap of a manager with a family of tasks', () => {
  const SIZE = 200_000;

  it.each<readonly [what: string, make: () => (number: number) => void]>([
    ['members', () => {
      const { tasks } = timed();
      const family = taskFamily((id: number) => tasks.task(() => id));
      return (number) => { family(number).start(); };
    }],
    ['members whose results were kept for a time', () => {
      const { tasks, clock } = timed();
      const family = taskFamily((id: number) => tasks.task(() => id), { keepFor: 10 });
      return (number) => {
        family(number).start();
        clock.time++;
      };
    }],
    ['members that were cancelled', () => {
      const { tasks } = timed();
      const family = taskFamily((id: number) => tasks.task(() => NEVER, { name: String(id) }), { keepFor: 10 });
      return (number) => { family(number).start().cancel(); };
    }],
    ['runs of a member that is invalidated before its time is over', () => {
      const { tasks } = timed();
      const family = taskFamily(() => tasks.task(() => 1), { keepFor: 1_000_000_000 });
      return () => {
        family().start();
        family.invalidate();
      };
    }],
  ])('is as it was when 200000 %s have come and gone', async (_, make) => {
    expect(await heapLeftBy(SIZE, make())).toBeLessThan(5);
  });

  it('lets go of what has been kept for its time when the family is next called', async () => {
    const { tasks, clock } = timed();
    const values = new Map<string, WeakRef<object>>();
    const make = (keepFor: number): ((id: string) => WeakRef<object>) => {
      const family = taskFamily((id: string) => tasks.task(() => {
        const value = { big: true };
        values.set(id, new WeakRef(value));
        return value;
      }), { keepFor });
      return (id) => new WeakRef(family(id).start());
    };
    const [long, short] = [make(100), make(10)];
    const refs = [long('long'), short('short')];
    const there = (): boolean[] => [...refs, ...values.values()].map((ref) => ref.deref() !== undefined);
    await collected();
    expect(there()).toEqual([true, true, true, true]);
    clock.time = 10;
    short('other');
    await collected();
    expect(there().slice(0, 4)).toEqual([true, false, true, false]);
  });

  it.each<[string, boolean]>([['is invalidated, though its task is held', false], ['was kept without an end, and fails when it is run again', true]])('lets go of a result that %s', async (_, fails) => {
    const { tasks } = timed();
    let result: WeakRef<object> | undefined;
    let calls = 0;
    const family = taskFamily(() => tasks.task((): object => {
      if (++calls > 1) throw new Error('failed');
      const value = { big: true };
      result = new WeakRef(value);
      return value;
    }), { keepFor: Infinity });
    const task = new WeakRef(family().start());
    const held = fails ? undefined : family();
    await collected();
    expect(result?.deref()).toBeDefined();
    task.deref()?.invalidate();
    if (fails) task.deref()?.start();
    await collected();
    expect(result?.deref()).toBeUndefined();
    expect(task.deref() === undefined).toBe(fails);
    expect(held?.status).toBe(fails ? undefined : 'idle');
  });
});
