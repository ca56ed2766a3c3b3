import { concat, finalize, from, lastValueFrom, map, NEVER, Observable, range, Subject, take, toArray } from 'rxjs';
import { callback, NotCloneableError, workerPool, type WorkerPoolOptions } from 'sluice/workers';
import { afterEach, describe, expect, it } from 'vitest';

import { type fixture, OrderRefused } from './support/fixture.ts';
import { makeWorker } from './support/make-worker.ts';

/*
 * On real threads: Node's, and a page's in Chromium.
 */
let close = async (): Promise<void> => {};
afterEach(() => close());

function open(options: WorkerPoolOptions = {}) {
  const pool = workerPool<typeof fixture>(() => makeWorker(), { size: 1, ...options });
  close = () => pool.close();
  return pool;
}

const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()));
const errorOf = (source: Observable<unknown>): Promise<unknown> => lastValueFrom(source).then(() => { throw new Error('It has not failed'); }, (error: unknown) => error);
const isolated = typeof SharedArrayBuffer !== 'undefined';

describe('the values of a function', () => {
  it('come all, in order, though there are many more than the window has room for', async () => {
    const pool = open({ window: 16 });
    const numbers = Array.from({ length: 5_000 }, (_, n) => n);
    expect(await all(pool.generate({ to: 5_000 }).pipe(map((n) => n - 1)))).toEqual(numbers);
    expect((await all(pool.same({ of: 5_000 }))).map(({ n }) => n)).toEqual(numbers);
  });

  it.runIf(isolated).each(['flood', 'pulled'] as const)('are not made ahead of who takes them, but for a window or two: %s', async (name) => {
    const pool = open({ window: 16 });
    const memory = new SharedArrayBuffer(8);
    const made = (): number => Atomics.load(new Int32Array(memory), 0);
    let taken = 0;
    let most = 0;
    await pool[name]({ memory, of: 20_000 }).forEach(() => {
      taken++;
      most = Math.max(most, made() - taken);
    });
    expect([taken, made()]).toEqual([20_000, 20_000]);
    // On the way, as many again that wait in the worker of an Observable, and a value at hand.
    expect(most).toBeLessThanOrEqual(2 * 16 + 1);
  });

  it.runIf(isolated).each(['flood', 'pulled'] as const)('end where their subscriber leaves, also of a source that gives way to nothing: %s', async (name) => {
    const pool = open({ window: 16, graceMs: 60_000 });
    const memory = new SharedArrayBuffer(8);
    expect(await all(pool[name]({ memory, of: 1_000_000_000 }).pipe(take(20)))).toHaveLength(20);
    // On the very same thread.
    expect(await lastValueFrom(pool.count())).toBe(1);
    if (name === 'pulled') expect(Atomics.load(new Int32Array(memory), 1)).toBe(1);
  });
});

describe('a stream among the kwargs', () => {
  it('arrives as one: an Observable as an Observable, which is subscribed to in the worker, each time anew', async () => {
    const pool = open({ window: 16 });
    let subscriptions = 0;
    const numbers = new Observable<number>((subscriber) => {
      subscriptions++;
      return range(0, 1_000).subscribe(subscriber);
    });
    const sum = pool.sum({ numbers });
    expect(subscriptions).toBe(0);
    expect(await lastValueFrom(sum)).toBe(499_500);
    expect(await all(pool.twice({ numbers }))).toHaveLength(2_000);
    expect(subscriptions).toBe(3);
  });

  it('is left when the worker leaves it, when the call ends and when its subscriber leaves', async () => {
    const pool = open({ graceMs: 60_000 });
    let left = 0;
    const endless = () => concat(range(0, 10), NEVER).pipe(finalize(() => { left++; }));
    expect(await all(pool.first({ numbers: endless(), count: 3 }))).toEqual([0, 1, 2]);
    expect(left).toBe(1);
    const heard = new Subject<void>();
    const subscription = pool.first({ numbers: endless(), count: 100 }).subscribe(() => { heard.next(); });
    await lastValueFrom(heard.pipe(take(1)));
    subscription.unsubscribe();
    await lastValueFrom(pool.count());
    expect(left).toBe(2);
  });

  it('that is an async iterable arrives as one, is asked for no more than the window has room for, and is closed', async () => {
    const pool = open({ window: 16 });
    let made = 0;
    const log: string[] = [];
    async function* numbers() {
      try {
        for (; made < 5_000; made++) yield made;
      } finally {
        log.push('closed');
      }
    }
    expect(await lastValueFrom(pool.sumOf({ numbers: numbers() }))).toBe(12_497_500);
    made = 0;
    expect(await lastValueFrom(pool.sumOf({ numbers: numbers(), most: 10 }))).toBe(45);
    expect(made).toBeLessThanOrEqual(10 + 2 * 16);
    await lastValueFrom(pool.count());
    expect(log).toEqual(['closed', 'closed']);
  });

  it('fails in the worker as it fails here, and with a value that cannot be sent', async () => {
    const pool = open();
    expect(await errorOf(pool.sum({ numbers: new Observable((subscriber) => { subscriber.error(new OrderRefused(7)); }) }))).toSatisfy((error) => error instanceof OrderRefused && error.order === 7);
    expect(await errorOf(pool.sum({ numbers: from<number[]>([1, (() => {}) as never]) }))).toMatchObject({ name: 'DataCloneError' });
  });

  it('is a stream alone at the top: deeper in the kwargs it cannot be cloned', async () => {
    expect(await errorOf(open().echo({ value: { deep: from([1]) } }))).toBeInstanceOf(NotCloneableError);
  });
});

describe('callback()', () => {
  it('lets the worker call a function of this thread, and wait for what it returns', async () => {
    const pool = open();
    const asked: number[] = [];
    const answers = pool.ask({ question: callback((n: number) => { asked.push(n); return n * n; }), times: 4 });
    expect(await lastValueFrom(answers)).toEqual([0, 1, 4, 9]);
    expect(asked).toEqual([0, 1, 2, 3]);
  });

  it('rejects in the worker with what the function throws, or when it cannot send what it returns', async () => {
    const pool = open();
    expect(await errorOf(pool.ask({ question: callback(async (): Promise<number> => { throw new OrderRefused(3); }), times: 1 }))).toSatisfy((error) => error instanceof OrderRefused && error.order === 3);
    expect(await errorOf(pool.ask({ question: callback(() => (() => {}) as never), times: 1 }))).toMatchObject({ name: 'DataCloneError' });
  });

  it('is released with its call', async () => {
    const pool = open();
    let asked = 0;
    await lastValueFrom(pool.keep({ question: callback(() => ++asked) }));
    expect(String(await errorOf(pool.askLater()))).toContain('question() was called after the end of the call to which it belongs.');
    expect(asked).toBe(0);
  });

  it('is needed: a function that was not given to it cannot be cloned', async () => {
    expect(await errorOf(open().ask({ question: async (n) => n, times: 1 }))).toMatchObject({ name: 'NotCloneableError', path: 'kwargs.question', message: expect.stringContaining('callback()') as string });
  });
});

describe('an error of a class that both sides have registered', () => {
  it('is an instance of it on the other side', async () => {
    const error = await errorOf(open().refuse());
    expect(error).toBeInstanceOf(OrderRefused);
    expect(error).toMatchObject({ order: 9, message: 'Order 9 is refused.' });
  });
});
