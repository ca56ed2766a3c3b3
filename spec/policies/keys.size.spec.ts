import { NEVER } from 'rxjs';
import { type Task, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { collected, heapLeftBy } from '../support/heap.ts';
import { synchronous } from '../support/synchronous.ts';

describe('The heap of a manager with keys', () => {
  const SIZE = 200_000;
  const run = (): number => 1;

  it.each<readonly [size: number, what: string, each: (tasks: TaskManager, number: number, pass: () => void) => void]>([
    [SIZE, 'keys', (tasks, number) => { tasks.add(run, { key: `key ${number}` }); }],
    [SIZE, 'keys whose results were kept for a time', (tasks, number, pass) => {
      tasks.add(run, { key: `key ${number}`, keepFor: 1 + number % 100 });
      pass();
    }],
    [SIZE, 'keys of tasks that were cancelled', (tasks, number) => { tasks.add(() => NEVER, { key: `key ${number}` }).cancel(); }],
    [SIZE, 'runs of a key that is invalidated before its time is over', (tasks) => {
      tasks.add(run, { key: 'key', keepFor: 1_000_000_000 });
      tasks.invalidate('key');
    }],
  ])('is as it was when %i %s have come and gone', async (size, _, each) => {
    let time = 0;
    const host = { now: () => time, schedule: synchronous.host.schedule.bind(synchronous.host) };
    const tasks = new TaskManager({ host, timeSlice: Infinity });
    expect(await heapLeftBy(size, (number) => { each(tasks, number, () => { time++; }); })).toBeLessThan(5);
  });

  it('frees what has been kept for its time when it is next asked for a key', async () => {
    let time = 0;
    const host = { now: () => time, schedule: synchronous.host.schedule.bind(synchronous.host) };
    const tasks = new TaskManager({ host, timeSlice: Infinity });
    const keep = (key: string, keepFor: number): [WeakRef<object>, WeakRef<object>] => {
      const value = { big: true };
      return [new WeakRef(tasks.add(() => value, { key, keepFor })), new WeakRef(value)];
    };
    const long = keep('long', 100);
    const short = keep('short', 10);
    const held = tasks.add(() => ({ big: true }), { key: 'held', keepFor: 10 });
    const heldResult = ((): WeakRef<object> => {
      let result: object | undefined;
      held.subscribe((value) => { result = value; });
      return new WeakRef(result!);
    })();
    const there = (refs: WeakRef<object>[]): boolean[] => refs.map((ref) => ref.deref() !== undefined);
    await collected();
    expect(there([...long, ...short, heldResult])).toEqual([true, true, true, true, true]);
    time = 10;
    tasks.task(run, { key: 'other' });
    await collected();
    expect(there([...long, ...short, heldResult])).toEqual([true, true, false, false, false]);
    expect(held.status).toBe('idle');
  });

  it('leaves a key to the task that has it when one that had it before is freed', async () => {
    const tasks = new TaskManager(synchronous);
    const fail = (): number => { throw new Error('failed'); };
    const dropped = (() => {
      const first = tasks.add(fail, { key: 'key' });
      const second = tasks.add(fail, { key: 'key' });
      first.start(); // which has it again, until it fails
      return [first, second].map((task) => new WeakRef(task));
    })();
    const third = tasks.add(run, { key: 'key' });
    await collected();
    expect(dropped.map((task) => task.deref())).toEqual([undefined, undefined]);
    expect(tasks.task(run, { key: 'key' })).toBe(third);
  });

  it('frees a key with the last of the tasks that have had it', async () => {
    const tasks = new TaskManager(synchronous);
    const fail = (): number => { throw new Error('failed'); };
    for (let i = 0; i < 3; i++) {
      (() => {
        const first = tasks.add(fail, { key: 'key' });
        tasks.add(fail, { key: 'key' });
        first.start();
      })();
      await collected();
    }
    expect(tasks.add(run, { key: 'key' }).status).toBe('completed');
  });

  it('frees a task that was kept without an end, and has failed when it was run again', async () => {
    const tasks = new TaskManager(synchronous);
    let calls = 0;
    const dropped = (() => {
      const task = tasks.add(() => { if (++calls > 1) throw new Error('failed'); return 1; }, { key: 'key', keepFor: Infinity });
      task.invalidate();
      task.start();
      expect(task.status).toBe('failed');
      return new WeakRef(task);
    })();
    tasks.add(run, { key: 'key' });
    await collected();
    expect(dropped.deref()).toBeUndefined();
  });

  it('frees a result that is invalidated, though its task is held', async () => {
    const tasks = new TaskManager(synchronous);
    let result: WeakRef<object> | undefined;
    const task: Task<object> = tasks.add(() => {
      const value = { big: true };
      result = new WeakRef(value);
      return value;
    }, { key: 'key', keepFor: Infinity });
    await collected();
    expect(result?.deref()).toBeDefined();
    tasks.invalidate('key');
    await collected();
    expect(result?.deref()).toBeUndefined();
    expect(task.status).toBe('idle');
  });
});
