import fc from 'fast-check';
import { InvalidInputError, TaskManager, type TaskOptions } from 'sluice';
import { describe, expect, it } from 'vitest';

import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';
import { isWaiting, VirtualTime } from '../support/virtual-time.ts';

describe('A task of several slots', () => {
  it('takes them all, within every limit, and is overtaken by nothing of lower rank', () => {
    const add = fc.record({ at: fc.nat(40), priority: fc.nat(2), slots: fc.integer({ min: 1, max: 4 }), length: fc.integer({ min: 1, max: 10 }), leaves: fc.option(fc.nat(30), { nil: undefined }) });
    fc.assert(fc.property(fc.integer({ min: 4, max: 7 }), fc.array(add, { minLength: 1, maxLength: 40 }), (concurrency, adds) => {
      const time = new VirtualTime({ concurrency });
      const taken = (): number => time.starts.filter(({ left }) => left === undefined).reduce((sum, { slots }) => sum + slots, 0);
      time.onStart = (started) => {
        expect(taken() + started.slots).toBeLessThanOrEqual(concurrency);
        const first = time.added.filter(isWaiting).sort((a, b) => b.task.priority - a.task.priority || a.task.id - b.task.id)[0];
        expect(first).toBe(started);
      };
      for (const { at, length, leaves, ...options } of adds) {
        time.at(at, () => {
          const { task } = time.add(options, length);
          if (leaves !== undefined) time.at(time.now + leaves, () => { task.cancel(); });
        });
      }
      for (let t = 0; t < 1000 && (t < 80 || time.timers > 0); t++) {
        time.run(t);
        // The first that waits does so because it does not fit.
        const first = time.added.filter(isWaiting).sort((a, b) => b.task.priority - a.task.priority || a.task.id - b.task.id)[0];
        if (first) expect(taken() + first.slots).toBeGreaterThan(concurrency);
      }
      expect(time.added.filter(isWaiting)).toEqual([]);
      expect([time.tasks.scheduler.running, taken()]).toEqual([0, 0]);
    }), propertyRuns(200));
  });

  it('goes as soon as enough slots are free, however many small ones come', () => {
    const time = new VirtualTime({ concurrency: 3 });
    for (let t = 0; t < 50; t++) time.at(t, () => { time.add({}, 2); });
    let big = time.added[0];
    time.at(10, () => { big = time.add({ slots: 3 }, 2); });
    time.run();
    expect(big!.started).toBe(12);
  });

  it('lets others go that it stood in the way of, when it leaves or falls back', () => {
    const tasks = syncManager({ concurrency: 3 });
    const never = (): Promise<never> => new Promise(() => {});
    tasks.add(never);
    const [big, small, other] = [tasks.add(never, { slots: 3 }), tasks.add(never), tasks.add(never)];
    expect([big, small, other].map(({ status }) => status)).toEqual(['queued', 'queued', 'queued']);
    big.setPriority(-1);
    expect([big, small, other].map(({ status }) => status)).toEqual(['queued', 'running', 'running']);
    other.cancel();
    const next = tasks.add(never, { slots: 2 });
    const last = tasks.add(never);
    expect([next.status, last.status]).toEqual(['queued', 'queued']);
    next.cancel();
    expect(last.status).toBe('running');
  });

  it('is refused at the call when it needs more than a limit it is under', () => {
    const tasks = new TaskManager({ concurrency: 4, groups: { a: { concurrency: 2 }, 'a/b': { concurrency: 3 } } });
    const refused = (options: TaskOptions<readonly [], object, readonly []>): unknown => {
      try {
        tasks.task(() => 1, options as object);
      } catch (error) {
        return error instanceof InvalidInputError ? error.message : error;
      }
      return undefined;
    };
    expect(refused({ slots: 4 })).toBeUndefined();
    expect(refused({ slots: 5 })).toBe('task(): slots must be at most 4, the concurrency of the manager, but is 5.');
    expect(refused({ slots: 3, group: 'a' })).toBe('task(): slots must be at most 2, the concurrency of group "a", but is 3.');
    expect(refused({ slots: 4, group: 'a/b' })).toBe('task(): slots must be at most 3, the concurrency of group "a/b", but is 4.');
    expect(refused({ slots: 3, group: 'a/b/c' })).toBe('task(): slots must be at most 2, the concurrency of group "a", but is 3.');
    expect(refused({ slots: 2, group: 'a/b/c' })).toBeUndefined();
    expect(refused({ slots: 0 })).toMatch('slots must be a positive integer, but is 0');
    expect(tasks.state.counts.queued).toBe(0);
  });

  it('runs alone where the limit has been lowered below what it needs', () => {
    const tasks = syncManager({ concurrency: 3 });
    let ended = (): void => {};
    const hold = (): Promise<void> => new Promise((resolve) => { ended = resolve; });
    const running = tasks.add(hold);
    const big = tasks.add(hold, { slots: 3 });
    const small = tasks.add(hold);
    tasks.concurrency = 2;
    expect([running.status, big.status, small.status]).toEqual(['running', 'queued', 'queued']);
    running.cancel();
    expect([big.status, small.status, tasks.scheduler.running]).toEqual(['running', 'queued', 3]);
    big.cancel();
    expect([small.status, tasks.scheduler.running]).toEqual(['running', 1]);
    ended();
  });

  it('gives them all up while it waits for a task that it has started, and takes them all back', async () => {
    const tasks = syncManager({ concurrency: 3 });
    const held: number[] = [];
    const parent = tasks.add(async (_, { run }) => {
      held.push(tasks.scheduler.running);
      await run(() => { held.push(tasks.scheduler.running); });
      held.push(tasks.scheduler.running);
    }, { slots: 3 });
    await tasks.onIdle();
    expect([parent.status, held, tasks.scheduler.running]).toEqual(['completed', [3, 1, 3], 0]);
  });
});
