import { setImmediate as macrotask } from 'node:timers/promises';

import { EMPTY, finalize, of, Subject, throwError } from 'rxjs';
import { TaskManager } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

describe('a function that returns a plain value', () => {
  const symbol = Symbol('s');
  const fn = (): number => 1;
  it.each([
    ['undefined', undefined], ['null', null], ['false', false], ['0', 0], ['an empty string', ''], ['a string', 'text'], ['an array', [1, 2]], ['a Set', new Set([1])],
    ['a Map', new Map([[1, 2]])], ['a generator', (function* () { yield 1; })()], ['a function', fn], ['a symbol', symbol], ['a bigint', 1n],
    ['an object that subscribes but is no Observable', { subscribe: () => {} }], ['an object without a prototype', Object.create(null)],
  ])('makes a task of that one value: %s', (_, value: unknown) => {
    const { heard } = listen(syncManager().task(() => value));
    expect(heard).toHaveLength(2);
    expect(heard[0]).toBe(value);
    expect(heard[1]).toBe('complete');
  });

  it('fails with what the function throws', () => {
    const error = new Error('x');
    expect(listen(syncManager().task(() => { throw error; })).heard).toEqual([error]);
  });
});

describe('a function that returns a promise', () => {
  it('makes a task of the value it resolves with', async () => {
    const tasks = new TaskManager();
    const [value, list, nothing] = [async () => 1, async () => [1, 2], async () => {}].map((fn: () => Promise<unknown>) => listen(tasks.task(fn)).heard);
    await tasks.onIdle();
    expect([value, list, nothing]).toEqual([[1, 'complete'], [[1, 2], 'complete'], [undefined, 'complete']]);
  });

  it('fails with what it rejects with', async () => {
    const tasks = new TaskManager();
    const { heard } = listen(tasks.task(() => Promise.reject(new Error('no'))));
    await tasks.onIdle();
    expect(heard).toMatchObject([{ message: 'no' }]);
  });

  it('takes any thenable, and its first word', () => {
    const tasks = syncManager();
    const thenable = (then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void): PromiseLike<unknown> => ({ then }) as PromiseLike<unknown>;
    const results = [
      thenable((resolve) => { resolve(1); }),
      thenable((resolve, reject) => { resolve(1); reject(new Error('too late')); }),
      thenable((_, reject) => { reject(new Error('no')); }),
      thenable(() => { throw new Error('no'); }),
    ].map((result) => listen(tasks.task(() => result)).heard);
    expect(results).toMatchObject([[1, 'complete'], [1, 'complete'], [{ message: 'no' }], [{ message: 'no' }]]);
    const twice = new Subject<unknown>();
    const task = tasks.task((_, { attempt }) => (attempt === 1 ? thenable((resolve, reject) => { reject('first'); resolve('second'); }) : twice));
    expect(listen(task).heard).toEqual(['first']);
    expect(task.status).toBe('failed');
  });
});

describe('a function that returns an Observable', () => {
  it('makes a task of its values', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                           -a-b-c|');
    expectObservable(manager().task(() => source)).toBe('-a-b-c|');
    expectSubscriptions(source.subscriptions).toBe('^-----!');
  }));

  it('fails as it does, after its values', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                           -a-#');
    expectObservable(manager().task(() => source)).toBe('-a-#');
    expectSubscriptions(source.subscriptions).toBe('^--!');
  }));

  it('takes those that emit, end or fail at once', () => {
    const tasks = syncManager();
    const heard = [of(1, 2), EMPTY, throwError(() => 'no'), of()].map((source) => listen(tasks.task(() => source)).heard);
    expect(heard).toEqual([[1, 2, 'complete'], ['complete'], ['no'], ['complete']]);
  });

  it('takes a task, which waits for a turn of its own', () => {
    const tasks = syncManager();
    const inner = tasks.task(() => 'inner');
    expect(listen(tasks.task(() => inner)).heard).toEqual(['inner', 'complete']);
    expect(inner.status).toBe('completed');
  });

  it('takes anything with Symbol.observable', () => {
    const tasks = syncManager();
    const key = (Symbol as { observable?: symbol }).observable ?? '@@observable';
    const unsubscribe = vi.fn();
    const interop = { [key]: () => ({ subscribe: (observer: { next(value: number): void }) => { observer.next(1); return { unsubscribe }; } }) };
    const { heard, subscription } = listen(tasks.task(() => interop));
    expect(heard).toEqual([1]);
    subscription.unsubscribe();
    expect(unsubscribe).toHaveBeenCalledOnce();
  });

  it('is unsubscribed from once, before the next one starts', () => {
    const log: string[] = [];
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<never>();
    const first = tasks.add(() => source.pipe(finalize(() => log.push('torn down'))));
    tasks.add(() => void log.push('next'));
    first.cancel();
    source.complete();
    expect(log).toEqual(['torn down', 'next']);
  });
});

describe('a function that returns an async iterable', () => {
  /** An iterator that is driven by hand, and writes down what it is asked for. */
  function byHand(): { iterable: AsyncIterable<number>; asked: string[]; step(value: number): void; end(): void; } {
    const asked: string[] = [];
    let answer: (result: IteratorResult<number>) => void;
    return {
      asked,
      iterable: {
        [Symbol.asyncIterator]: () => ({
          next: () => {
            asked.push('next');
            return new Promise<IteratorResult<number>>((resolve) => { answer = resolve; });
          },
          return: async () => {
            asked.push('return');
            return { done: true, value: undefined };
          },
        }),
      },
      step: (value) => { answer({ done: false, value }); },
      end: () => { answer({ done: true, value: undefined }); },
    };
  }

  it('makes a task of what it yields', async () => {
    const tasks = new TaskManager();
    const { heard } = listen(tasks.task(async function* () {
      yield 1;
      yield undefined;
      yield [3];
      return 'not a value';
    }));
    await tasks.onIdle();
    expect(heard).toEqual([1, undefined, [3], 'complete']);
  });

  it('fails with what it throws, after what it has yielded', async () => {
    const tasks = new TaskManager();
    const { heard } = listen(tasks.task(async function* () {
      yield 1;
      throw new Error('broken');
    }));
    await tasks.onIdle();
    expect(heard).toMatchObject([1, { message: 'broken' }]);
  });

  it('fails when it gives no iterator', () => {
    const broken = { [Symbol.asyncIterator]: (): never => { throw new Error('none'); } };
    expect(listen(syncManager().task(() => broken)).heard).toMatchObject([{ message: 'none' }]);
  });

  it('is asked for one at a time, and not to return when it ends by itself', async () => {
    const tasks = syncManager();
    const { iterable, asked, step, end } = byHand();
    const { heard } = listen(tasks.task(() => iterable));
    expect(asked).toEqual(['next']);
    step(1);
    await macrotask();
    expect([asked, heard]).toEqual([['next', 'next'], [1]]);
    end();
    await macrotask();
    expect([asked, heard]).toEqual([['next', 'next'], [1, 'complete']]);
  });

  it('is asked to return when the task is cancelled, and its later values are nobody\'s', async () => {
    const tasks = syncManager();
    const { iterable, asked, step } = byHand();
    const task = tasks.task(() => iterable);
    const { heard } = listen(task);
    task.cancel();
    expect(asked).toEqual(['next', 'return']);
    step(1);
    await macrotask();
    expect(heard).toMatchObject([{ name: 'AbortError' }]);
    expect(asked).toEqual(['next', 'return']);
  });

  it('is asked for nothing more when a subscriber leaves while it is told a value', async () => {
    const tasks = syncManager();
    const { iterable, asked, step } = byHand();
    const subscription = tasks.task(() => iterable).subscribe(() => { subscription.unsubscribe(); });
    step(1);
    await macrotask();
    expect(asked).toEqual(['next', 'return']);
  });

  it('is asked to return at once when its function has cancelled the task', async () => {
    const tasks = syncManager();
    const { iterable, asked } = byHand();
    const task = tasks.task(() => {
      task.cancel();
      return iterable;
    });
    listen(task);
    await macrotask();
    expect(asked).not.toContain('next');
    expect(tasks.scheduler.running).toBe(0);
  });

  it('need not know how to return', async () => {
    const tasks = syncManager();
    const iterable = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const task = tasks.task(() => iterable);
    const { heard } = listen(task);
    task.cancel();
    expect(heard).toMatchObject([{ name: 'AbortError' }]);
  });

  it('runs its finally when it is cancelled', async () => {
    const tasks = new TaskManager();
    const log: string[] = [];
    const task = tasks.task(async function* (_, { signal }) {
      try {
        yield 'started';
        await new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error); }); });
      } finally {
        log.push('cleaned up');
      }
    });
    const { heard } = listen(task);
    await macrotask();
    task.cancel();
    await macrotask();
    expect(log).toEqual(['cleaned up']);
    expect(heard).toMatchObject(['started', { name: 'AbortError' }]);
  });
});
