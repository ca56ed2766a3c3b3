import fc from 'fast-check';
import { concatMap, EMPTY, firstValueFrom, from, lastValueFrom, map, mergeMap, NEVER, type Observable, of, Subject, throwError, timer } from 'rxjs';
import { BufferOverflowError, InvalidInputError, mapTasks, type MapTasksOptions, TaskManager, TaskManagerClosedError, withRetry } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

/** Numbers from 0 on, with how many have been taken and whether it was told to end. */
function numbers(count: number): { items: Generator<number>; taken: () => number; ended: () => boolean } {
  let taken = 0;
  let ended = false;
  const items = (function* () {
    try {
      for (let n = 0; n < count; n++) {
        taken++;
        yield n;
      }
    } finally {
      ended = true;
    }
  })();
  return { items, taken: () => taken, ended: () => ended };
}

describe('mapTasks()', () => {
  const durations = fc.array(fc.record({ takes: fc.nat({ max: 5 }), values: fc.nat({ max: 3 }) }), { maxLength: 12 });

  it("emits what RxJS's mergeMap emits, with as many at once as the limits let run", () => {
    fc.assert(fc.property(durations, fc.integer({ min: 1, max: 4 }), (items, concurrency) => {
      const work = ({ takes, values }: { takes: number; values: number }): Observable<string> => timer(takes).pipe(concatMap(() => from(Array.from({ length: values }, (_, i) => `${takes}.${i}`))));
      const play = (make: (tasks: TaskManager) => Observable<string>): string[] => {
        const log: string[] = [];
        marbles(({ manager }) => {
          const tasks = manager({ concurrency });
          make(tasks).subscribe({ next: (value) => { log.push(`${tasks.scheduler.now()} ${value}`); }, complete: () => { log.push(`${tasks.scheduler.now()} complete`); } });
        });
        return log;
      };
      expect(play((tasks) => mapTasks(tasks, items, work)).sort()).toEqual(play(() => from(items).pipe(mergeMap(work, concurrency))).sort());
      // In order the results are those of concatMap, whatever runs at once.
      expect(play((tasks) => mapTasks(tasks, items, work, { ordered: true })).map((entry) => entry.replace(/^\d+ /, ''))).toEqual(
        play(() => from(items).pipe(concatMap(work))).map((entry) => entry.replace(/^\d+ /, '')),
      );
    }), propertyRuns(100));
  });

  it('takes no more items than are done with, and `ahead` more', () => {
    const tasks = syncManager({ concurrency: 2 });
    const { items, taken } = numbers(100);
    const gates: Subject<never>[] = [];
    mapTasks(tasks, items, () => gates[gates.push(new Subject()) - 1]!, { ahead: 5 }).subscribe();
    expect([taken(), gates.length]).toEqual([5, 2]);
    gates[0]!.complete();
    expect([taken(), gates.length]).toEqual([6, 3]);
  });

  it('takes by default as many as the limits let run, and four more', () => {
    const tasks = syncManager({ concurrency: 8, groups: { pages: { concurrency: 3 } } });
    const [all, pages, unlimited] = [numbers(100), numbers(100), numbers(100)];
    mapTasks(tasks, all.items, () => NEVER).subscribe();
    mapTasks(tasks, pages.items, () => NEVER, { group: 'pages' }).subscribe();
    mapTasks(syncManager(), unlimited.items, () => NEVER).subscribe();
    expect([all.taken(), pages.taken(), unlimited.taken()]).toEqual([12, 7, 64]);
  });

  it('takes from an async iterable one after the other, as there is room', async () => {
    const tasks = new TaskManager({ concurrency: 2, timeSlice: Infinity });
    let [taken, atMost, running] = [0, 0, 0];
    async function* items(): AsyncGenerator<number> {
      for (let n = 0; n < 20; n++) {
        taken++;
        yield n;
      }
    }
    const results: number[] = [];
    await new Promise<void>((resolve, reject) => {
      mapTasks(tasks, items(), async (n) => {
        atMost = Math.max(atMost, ++running);
        for (let i = 0; i < 10; i++) await Promise.resolve();
        running--;
        expect(taken - results.length).toBeLessThanOrEqual(4);
        return n;
      }, { ahead: 3, ordered: true }).subscribe({ next: (n) => { results.push(n); }, error: reject, complete: resolve });
    });
    expect([results, atMost]).toEqual([Array.from({ length: 20 }, (_, i) => i), 2]);
  });

  it('takes 100,000 items of synchronous work without overflowing the stack', () => {
    let [sum, count] = [0, 0];
    mapTasks(syncManager(), numbers(100_000).items, (n) => n).subscribe((n) => {
      sum += n;
      count++;
    });
    expect([count, sum]).toEqual([100_000, 4_999_950_000]);
  });

  it('withdraws its tasks and ends the source when it is unsubscribed from', () => {
    const tasks = syncManager({ concurrency: 1 });
    const { items, ended } = numbers(10);
    const subscription = mapTasks(tasks, items, () => NEVER).subscribe();
    subscription.unsubscribe();
    expect([tasks.state.counts.cancelled, tasks.scheduler.queued, tasks.scheduler.running, ended()]).toEqual([5, 0, 0, true]);
  });

  it('fails with the first failure, and ends the rest', () => {
    const tasks = syncManager({ concurrency: 2 });
    const { items, ended } = numbers(10);
    const { heard } = listen(mapTasks(tasks, items, (n) => (n === 1 ? throwError(() => 'failed') : NEVER)));
    expect([heard, ended(), tasks.scheduler.running]).toEqual([['failed'], true, 0]);
  });

  it.each([
    ['an Observable', (source: Subject<number>) => source],
    ['an async iterable', async function* (source: Subject<number>) { yield await firstValueFrom(source); }],
  ])('fails when no task can be made for an item of %s, as its manager has been closed or its limits lowered', async (_, toSource) => {
    for (const spoil of [(tasks: TaskManager) => void tasks.close(), (tasks: TaskManager) => { tasks.concurrency = 1; }]) {
      const tasks = syncManager({ concurrency: 2 });
      const source = new Subject<number>();
      const result = lastValueFrom(mapTasks(tasks, toSource(source), () => 1, { slots: 2 }), { defaultValue: undefined });
      spoil(tasks);
      source.next(1);
      await expect(result).rejects.toSatisfy((error) => error instanceof TaskManagerClosedError || error instanceof InvalidInputError);
    }
  });

  it('fails as its source fails', () => {
    const broken = (function* () { yield 1; throw new Error('source'); })();
    expect(listen(mapTasks(syncManager(), broken, (n) => n)).heard).toEqual([1, new Error('source')]);
    expect(listen(mapTasks(syncManager(), throwError(() => 'source'), (n) => n)).heard).toEqual(['source']);
  });

  it('completes without a value when there are no items', () => {
    for (const source of [[], EMPTY]) expect(listen(mapTasks(syncManager(), source as number[], (n) => n)).heard).toEqual(['complete']);
  });

  it('gives each task its options and its own context', () => {
    const tasks = syncManager();
    const names: string[] = [];
    const results = listen(mapTasks(tasks, ['a', 'b'], (item, { name, attempt }) => {
      names.push(name);
      if (attempt === 1) throw new Error('again');
      return `${item}${attempt}`;
    }, { name: 'page', group: 'pages', policies: [withRetry(1)] }));
    expect([results.heard, new Set(names)]).toEqual([['a2', 'b2', 'complete'], new Set(['page'])]);
  });

  it.each<[MapTasksOptions['onOverflow'], unknown[]]>([
    ['error', [new BufferOverflowError(2)]],
    ['drop', [1, 2, 'complete']],
    ['wait', [1, 2, 3, 4, 'complete']],
  ])('deals with an Observable that is faster as onOverflow says: %s', (onOverflow, expected) => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.pause();
    const { heard } = listen(mapTasks(tasks, of(1, 2, 3, 4), (n) => n, { ahead: 2, onOverflow }));
    tasks.resume();
    expect(heard).toEqual(expected);
  });

  it('takes an Observable as it comes while it keeps up, and leaves it', () => {
    const tasks = syncManager();
    const source = new Subject<number>();
    const { heard, subscription } = listen(mapTasks(tasks, source.pipe(map((n) => n * 2)), (n) => n));
    for (let n = 0; n < 200; n++) source.next(n);
    expect(heard).toHaveLength(200);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
  });

  it.each<[string, unknown, unknown, object, RegExp]>([
    ['no source', undefined, () => 1, {}, /source must be an iterable/],
    ['a generator function', function* () { yield 1; }, () => 1, {}, /source must be an iterable.*urls\(\), not urls/],
    ['a string', 'abc', () => 1, {}, /source must be/],
    ['no function', [1], 1, {}, /fn must be a function/],
    ['an unknown option', [1], () => 1, { concurrency: 2 }, /the option "concurrency"/],
    ['ahead 0', [1], () => 1, { ahead: 0 }, /ahead must be a positive integer/],
    ['another onOverflow', [1], () => 1, { onOverflow: 'buffer' }, /onOverflow must be/],
    ['a bad option of a task', [1], () => 1, { priority: NaN }, /priority must be a finite number/],
  ])('refuses %s', (_, source, fn, options, message) => {
    expect(() => mapTasks(syncManager(), source as number[], fn as () => number, options)).toThrow(InvalidInputError);
    expect(() => mapTasks(syncManager(), source as number[], fn as () => number, options)).toThrow(message);
  });
});
