import { firstValueFrom, lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { InvalidInputError, TaskManager, type TaskProgressInput } from 'sluice';
import { NotCloneableError, transfer, WorkerCrashedError, type WorkerLike, workerPool, WorkerPoolClosedError, type WorkerPoolOptions } from 'sluice/workers';
import { afterEach, describe, expect, it } from 'vitest';

import type { fixture } from './support/fixture.ts';
import { makeMissing, makeWorker, type NodeWorker, threads } from './support/make-worker.ts';

/*
 * On real threads: Node's, and a page's in Chromium. Nothing here waits for a clock, but for what the
 * threads tell.
 */
let close = async (): Promise<void> => {};
afterEach(() => close());

function open(options: WorkerPoolOptions = {}, create: () => WorkerLike = makeWorker) {
  const made: WorkerLike[] = [];
  const pool = workerPool<typeof fixture>(() => {
    const worker = create();
    made.push(worker);
    return worker;
  }, { size: 2, ...options });
  close = () => pool.close();
  return { pool, made };
}

const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()));
/** What is looked at of an error. */
interface Failure extends Error {
  readonly path?: string;
  readonly cause: unknown;
}

const errorOf = (source: Observable<unknown>): Promise<Failure> =>
  lastValueFrom(source).then(() => { throw new Error('It has not failed'); }, (error: unknown) => error as Failure);

/** Subscribes to a function that reports when it has been entered. */
async function entered(fn: (kwargs: any, context: { progress: (progress: TaskProgressInput) => void }) => Observable<unknown>) {
  const started = new Subject<void>();
  const inside = firstValueFrom(started);
  const errors: unknown[] = [];
  const subscription = fn({}, { progress: () => { started.next(); } }).subscribe({ error: (error: unknown) => { errors.push(error); } });
  await inside;
  return { subscription, errors };
}

describe('a function of a pool', () => {
  it('gives an Observable that is cold, and a call a subscription', async () => {
    const { pool, made } = open({ size: 1 });
    const count = pool.count();
    expect(made).toHaveLength(0);
    expect([await lastValueFrom(count), await lastValueFrom(count)]).toEqual([1, 2]);
  });

  it('brings values, and their end', async () => {
    const { pool } = open();
    expect(await Promise.all([
      all(pool.nothing()), all(pool.later({ value: 7 })), all(pool.three()), all(pool.empty()), all(pool.generate({ to: 3 })), all(pool.slowly({ count: 3 })),
    ])).toEqual([[undefined], [7], [1, 2, 3], [], [1, 2, 3], [1, 2, 3]]);
  });

  it('brings what structured cloning can bring', async () => {
    const value = { date: new Date(0), map: new Map([[1, new Set(['a'])]]), bytes: new Uint8Array([1, 2]), big: 1n, none: undefined };
    expect(await lastValueFrom(open().pool.echo({ value }))).toEqual(value);
  });

  it('stands as the function of a task, whose progress it reports', async () => {
    const { pool } = open();
    const tasks = new TaskManager({ groups: { threads: pool.limits } });
    const heard: unknown[] = [];
    tasks.events$.subscribe((event) => { if (event.type === 'progress') heard.push(event.progress); });
    const task = tasks.add(pool.report, { group: 'threads' });
    expect(await lastValueFrom(task)).toBe('done');
    expect(heard).toEqual([{ fraction: 0.25 }, { fraction: 0.5, done: 1, total: 2, message: 'half' }]);
    expect(tasks.group('threads').concurrency).toBe(2);
  });

  it('is added to a manager as it is, with its kwargs and a group that has the size of the pool', async () => {
    const { pool } = open({ size: 2 });
    const tasks = new TaskManager({ groups: { images: pool.limits } });
    expect(await lastValueFrom(tasks.add(pool.later, { kwargs: { value: 7 }, group: 'images' }))).toBe(7);
    const limited = Array.from({ length: 4 }, () => tasks.add(pool.wait, { group: 'images' }));
    await Promise.resolve();
    // Who is next is the manager's business: it is not handed to the pool before its turn.
    expect(limited.map(({ status }) => status)).toEqual(['running', 'running', 'queued', 'queued']);
    tasks.cancelAll();
  });

  it('fails, and is torn down, with a progress that is none', async () => {
    const { pool } = open({ size: 1 });
    const task = new TaskManager().task(pool.reportWrong);
    expect(await errorOf(task)).toBeInstanceOf(InvalidInputError);
    expect(await lastValueFrom(pool.count())).toBe(1);
  });

  it('is refused, with those there are, when there is none of that name', async () => {
    const { pool } = open();
    const named = pool as unknown as Record<'nowhere' | 'valueOf', typeof pool.three>;
    const error = await errorOf(named.nowhere());
    expect(error).toMatchObject({ name: 'InvalidInputError', received: 'nowhere' });
    expect(error.message).toContain('echo, nothing');
    expect(await errorOf(named.valueOf())).toBeInstanceOf(InvalidInputError);
  });
});

describe('an error', () => {
  it('crosses with its name, message, stack, cause and fields', async () => {
    const error = await errorOf(open().pool.fail());
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ name: 'OrderError', message: 'out of order', order: 7, inner: { name: 'RangeError', message: 'inner' } });
    expect(error.stack).toContain('fixture');
    expect(error.cause).toBeInstanceOf(AggregateError);
    expect((error.cause as AggregateError).errors).toEqual([new RangeError('one'), 'two']);
    expect(error).not.toHaveProperty('onRetry');
  });

  it('of a promise, or of an Observable after its values, crosses as well', async () => {
    const { pool } = open();
    expect(await errorOf(pool.failLater())).toEqual(new RangeError('later'));
    const values: number[] = [];
    const after = pool.failAfterOne();
    await expect(after.forEach((value) => { values.push(value); })).rejects.toEqual(new Error('after one'));
    expect(values).toEqual([1]);
  });

  it('may be anything', async () => {
    const { pool } = open();
    expect(await errorOf(pool.failWith({ what: 'string' }))).toBe('text');
    expect(await errorOf(pool.failWith({ what: 'function' }))).toContain('function thrown');
    expect(await errorOf(pool.failWith({ what: 'DOMException' }))).toSatisfy((error: Error) => error instanceof DOMException && error.name === 'QuotaExceededError');
    const circle = await errorOf(pool.failWith({ what: 'circle' }));
    expect(circle.cause).toBe(circle);
    expect(await errorOf(pool.failWith({ what: 'getter' }))).toMatchObject({ message: 'getter' });
  });
});

describe('what cannot be cloned', () => {
  class Holder { readonly held = { on: () => {} }; }
  it.each([
    ['kwargs.value', () => {}],
    ['kwargs.value.list[1].fn', { list: [1, { fn: () => {} }] }],
    ['kwargs.value.get("a").symbol', new Map([['a', { symbol: Symbol('s') }]])],
    ['kwargs.value.values(1)', new Set<unknown>([1, Promise.resolve()])],
    ['kwargs.value["not a name"]', { 'not a name': new WeakMap() }],
    ['kwargs.value.held.on', new Holder()],
    ['kwargs.value', new Proxy({}, {})],
  ])('fails the call with its path: %s', async (path, value) => {
    const { pool } = open({ size: 1 });
    const error = await errorOf(pool.echo({ value }));
    expect(error).toBeInstanceOf(NotCloneableError);
    expect(error.path).toBe(path);
  });

  it('has nothing sent, nor moved', async () => {
    const { pool } = open({ size: 1 });
    const bytes = new Uint8Array(8);
    const circle: Record<string, unknown> = { bytes: transfer(bytes, [bytes.buffer]), fn: () => {} };
    circle['self'] = circle;
    expect(await errorOf(pool.take(circle as never))).toMatchObject({ path: 'kwargs.fn' });
    expect(bytes.byteLength).toBe(8);
    expect(await lastValueFrom(pool.count())).toBe(1);
  });

  it('is told of a result and of a value too, and ends the function', async () => {
    const { pool } = open({ size: 1 });
    expect(await errorOf(pool.returnFunction())).toSatisfy((error) => error instanceof NotCloneableError && error.path === 'value.list[0].fn');
    expect(await errorOf(pool.emitFunction())).toMatchObject({ path: 'value.fn' });
    expect(await lastValueFrom(pool.count())).toBe(1);
  });
});

describe('transfer', () => {
  it('moves buffers there, without a copy', async () => {
    const bytes = new Uint8Array(1_000_000);
    const call = open().pool.take({ bytes: transfer(bytes, [bytes.buffer]) });
    expect(await lastValueFrom(call)).toBe(1_000_000);
    expect(bytes.byteLength).toBe(0);
    // So there is nothing to move a second time.
    expect(await errorOf(call)).toBeInstanceOf(NotCloneableError);
  });

  it('moves buffers back: of a result, of a property of it, and of each value', async () => {
    const { pool } = open({ size: 1 });
    expect((await lastValueFrom(pool.make({ size: 1_000_000 }))).byteLength).toBe(1_000_000);
    expect(await lastValueFrom(pool.left())).toBe(0);
    expect((await lastValueFrom(pool.makeInside({ size: 9 }))).bytes).toEqual(new Uint8Array(9).fill(1));
    expect(await lastValueFrom(pool.left())).toBe(0);
    expect(await all(pool.makeEach({ sizes: [1, 2] }))).toEqual([Uint8Array.of(1), Uint8Array.of(2, 2)]);
    expect(await lastValueFrom(pool.left())).toBe(0);
  });

  it('moves there and back, through tasks, and leaves nothing behind on either side', async () => {
    const { pool } = open({ size: 1 });
    const tasks = new TaskManager({ groups: { threads: pool.limits } });
    const bytes = new Uint8Array(1_000_000);
    const there = tasks.task(pool.bounce, { group: 'threads', kwargs: { bytes: transfer(bytes, [bytes.buffer]) } });
    const back = await lastValueFrom(there);
    expect([back.byteLength, back[0], bytes.byteLength]).toEqual([1_000_000, 42, 0]);
    expect(await lastValueFrom(pool.left())).toBe(0);
  });

  it('moves a stream that a function returns', async () => {
    const stream = await lastValueFrom(open().pool.stream() as unknown as Observable<ReadableStream<string>>);
    expect(await stream.getReader().read()).toEqual({ done: false, value: 'in the stream' });
  });

  it('copies what it was not told of', async () => {
    const bytes = new Uint8Array(8);
    expect(await lastValueFrom(open().pool.take({ bytes }))).toBe(8);
    expect(bytes.byteLength).toBe(8);
  });
});

describe('who leaves', () => {
  it('aborts the signal of the function, with the reason of its task', async () => {
    const { pool, made } = open({ size: 1, graceMs: 60_000 });
    const started = new Subject<void>();
    const inside = firstValueFrom(started);
    const task = new TaskManager().add((kwargs, context) => pool.wait(kwargs, { progress: () => { started.next(); }, signal: context.signal }), { name: 'a wait' });
    await inside;
    task.cancel();
    expect(await lastValueFrom(pool.aborts())).toEqual(['AbortError: a wait was cancelled.']);
    expect(made).toHaveLength(1);
  });

  it('unsubscribes from the Observable that it has returned', async () => {
    const { pool } = open({ size: 1, graceMs: 60_000 });
    expect(await firstValueFrom(pool.watch())).toBe('subscribed');
    expect(await lastValueFrom(pool.aborts())).toEqual(['unsubscribed']);
  });

  it.each(['waitForever', 'never', 'spin'] as const)('takes its thread from a function that goes on, and from no other: %s', async (name) => {
    const { pool, made } = open({ size: 2, graceMs: 1 });
    const other = await entered(pool.wait);
    const { subscription, errors } = await entered(pool[name]);
    // This one waits for the thread that is to be replaced, and starts on the new one.
    const next = lastValueFrom(pool.count());
    subscription.unsubscribe();
    expect(await next).toBe(1);
    expect(made).toHaveLength(3);
    expect([...errors, ...other.errors]).toEqual([]);
    expect(other.subscription.closed).toBe(false);
  });

  it('takes a call that waits out of the queue', async () => {
    const { pool } = open({ size: 1 });
    const first = await entered(pool.never);
    const counted = pool.count().subscribe();
    const second = lastValueFrom(pool.count());
    counted.unsubscribe();
    first.subscription.unsubscribe();
    expect(await second).toBe(1);
  });
});

describe('a worker that crashes', () => {
  it.each([
    ['exits', (pool: ReturnType<typeof open>['pool']) => pool.exit()],
    ['exits later', (pool: ReturnType<typeof open>['pool']) => pool.exitLater()],
    ['throws outside of a call', (pool: ReturnType<typeof open>['pool']) => pool.throwOutside()],
    ['has a rejection that is never caught', (pool: ReturnType<typeof open>['pool']) => pool.rejectOutside()],
  ])('fails its call, is replaced, and the rest goes on: %s', async (_, call) => {
    const { pool, made } = open({ size: 2 });
    const other = await entered(pool.wait);
    const crash = errorOf(call(pool));
    const next = lastValueFrom(pool.count()); // behind it
    const error = await crash;
    expect(error).toBeInstanceOf(WorkerCrashedError);
    expect(error.cause).toBeInstanceOf(Error);
    expect(await next).toBe(1);
    expect(made).toHaveLength(3);
    expect(other.errors).toEqual([]);
  });

  it('tells what was thrown, and which file has thrown it', async () => {
    const error = await errorOf(open().pool.throwOutside());
    expect(error.cause).toEqual(new RangeError('outside'));
    expect(error.message).toMatch(/fixture\.worker.*outside/);
    expect((await errorOf(open().pool.rejectOutside())).cause).toEqual(new RangeError('never caught'));
  });

  it('may have been terminated from outside', async () => {
    const { pool, made } = open({ size: 1 });
    const { errors } = await entered(pool.wait);
    const next = lastValueFrom(pool.count());
    void made[0]!.terminate();
    expect(await next).toBe(1);
    expect(errors).toEqual([expect.any(WorkerCrashedError)]);
  });

  it('may be one that cannot be loaded, or made', async () => {
    const missing = await errorOf(open({ size: 1 }, makeMissing).pool.count());
    expect(missing).toBeInstanceOf(WorkerCrashedError);
    if (threads) expect(missing.message).toContain('missing.ts');
    const { pool } = open({}, () => { throw new Error('no more threads'); });
    expect(await errorOf(pool.count())).toMatchObject({ name: 'WorkerCrashedError', cause: new Error('no more threads') });
  });

  it('is not replaced for ever: what waits fails as well', async () => {
    let broken = true;
    const { pool, made } = open({ size: 2, maxCrashes: 3 }, () => broken ? makeMissing() : makeWorker());
    const errors = await Promise.all(Array.from({ length: 20 }, () => errorOf(pool.count())));
    expect(errors.every((error) => error instanceof WorkerCrashedError)).toBe(true);
    expect(made.length).toBeLessThanOrEqual(4);
    // One is tried for who comes later, and when it works all is as before.
    broken = false;
    expect(await lastValueFrom(pool.count())).toBe(1);
  });
});

describe('the threads of a pool', () => {
  it('are no more than its size, and all that waits gets its turn', async () => {
    const { pool, made } = open({ size: 2 });
    const order: number[] = [];
    await Promise.all(Array.from({ length: 200 }, (_, i) => pool.echo({ value: i }).forEach((value) => { order.push(value as number); })));
    expect(made).toHaveLength(2);
    expect(order.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it('start calls in the order in which they came, one after the other, and none twice', async () => {
    const { pool } = open({ size: 1 });
    const numbers = Array.from({ length: 500 }, (_, i) => i);
    await Promise.all(numbers.map((value) => lastValueFrom(pool.note({ value }))));
    expect(await lastValueFrom(pool.notes())).toEqual(numbers);
  });

  it('bring the values of a call in their order, and each to its own', async () => {
    const { pool } = open({ size: 2 });
    const streams = await Promise.all(Array.from({ length: 50 }, (_, i) => all(pool.generate({ to: i }))));
    expect(streams).toEqual(Array.from({ length: 50 }, (_, i) => Array.from({ length: i }, (_, n) => n + 1)));
  });

  it('do not keep a call behind one that takes long, when another thread has nothing to do', async () => {
    const { pool } = open({ size: 2 });
    await Promise.all([lastValueFrom(pool.count()), lastValueFrom(pool.count())]);
    const long = await entered(pool.never);
    // All of these end, though some may have been sent to the thread that is taken.
    await Promise.all(Array.from({ length: 100 }, () => lastValueFrom(pool.count())));
    expect(long.errors).toEqual([]);
  });

  it('end when they are idle, and are made anew', async () => {
    const { pool, made } = open({ size: 1, idleMs: 0 });
    await lastValueFrom(pool.count());
    await ended(made[0]!);
    expect(await lastValueFrom(pool.count())).toBe(1);
    expect(made).toHaveLength(2);
  });

  it('end with close(), which fails what waits and runs, and refuses what comes', async () => {
    const { pool, made } = open({ size: 1, graceMs: 1 });
    const { errors } = await entered(pool.spin);
    const waiting = errorOf(pool.count());
    const closed = pool.close();
    expect(pool.close()).toBe(closed);
    expect(errors).toEqual([expect.any(WorkerPoolClosedError)]);
    expect(await waiting).toBeInstanceOf(WorkerPoolClosedError);
    expect(await errorOf(pool.count())).toBeInstanceOf(WorkerPoolClosedError);
    await closed;
    expect(await threadsLeft(made)).toBe(0);
  });

  it('end with the block of an await using', async () => {
    const { pool, made } = open({ size: 1 });
    {
      await using block = pool;
      await lastValueFrom(block.count());
      expect(await threadsLeft(made)).toBe(1);
    }
    expect(await threadsLeft(made)).toBe(0);
  });
});

describe('a worker that is sent messages by others', () => {
  it('goes on', async () => {
    const { pool, made } = open({ size: 1 });
    expect(await lastValueFrom(pool.count())).toBe(1);
    for (const message of [null, 'hello', { type: 'call' }, ['else']]) made[0]!.postMessage(message, []);
    expect(await lastValueFrom(pool.count())).toBe(2);
  });
});

describe('10,000 calls, cancelled at random moments', () => {
  it('lose nothing: who stays gets its value, no slot is leaked and no thread is left', async () => {
    // Enough for what heeds its signal, on a busy machine too: the few that never stop cost a thread each.
    const { pool, made } = open({ size: 2, graceMs: 500 });
    let seed = 5;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor(seed / 2 ** 32 * below);
    };
    const wrong: unknown[] = [];
    let stayed = 0;
    let came = 0;
    const hop = new MessageChannel();
    const turn = (): Promise<unknown> => new Promise((resolve) => {
      hop.port2.onmessage = resolve;
      hop.port1.postMessage(0);
    });
    const left: Promise<void>[] = [];
    for (let i = 0; i < 10_000; i++) {
      const source: Observable<unknown> = i % 2_000 === 0 ? pool.never({}) : i % 3 === 0 ? pool.slowly({ count: 1 }) : pool.echo({ value: 1 });
      const ending = new Promise<void>((resolve) => {
        const stays = i % 10 === 1;
        let value: unknown;
        const subscription = source.subscribe({
          next: (one) => { value = one; },
          error: (error: unknown) => { wrong.push(error); resolve(); },
          complete: () => { if (value === 1) came++; else wrong.push(value); resolve(); },
        });
        if (stays) stayed++;
        else {
          const turns = random(4);
          void (async () => {
            for (let n = 0; n < turns; n++) await turnOnce();
            subscription.unsubscribe();
            resolve();
          })();
        }
      });
      left.push(ending);
      if (i % 50 === 49) await Promise.all(left.splice(0));
    }
    async function turnOnce(): Promise<void> {
      await (pending ??= turn().then(() => { pending = undefined; }));
    }
    expect(wrong).toEqual([]);
    expect(came).toBeGreaterThanOrEqual(stayed);
    // Both threads take calls: one that waits for ever in each, until it is left.
    const both = [await entered(pool.never), await entered(pool.never)];
    for (const { subscription } of both) subscription.unsubscribe();
    await pool.close();
    hop.port1.close();
    expect(await threadsLeft(made)).toBe(0);
    expect(made.length).toBeGreaterThan(1);
  });
});

let pending: Promise<void> | undefined;

/** Resolves when the worker is no more. */
async function ended(worker: WorkerLike): Promise<void> {
  if ('once' in worker) await new Promise((resolve) => { (worker as unknown as NodeWorker).once('exit', resolve); });
  else while (await threadsLeft([]) > 0) await Promise.resolve();
}

/** How many of these threads live; in a page, how many there are of any pool. */
async function threadsLeft(made: readonly WorkerLike[]): Promise<number> {
  if (threads) return made.filter((worker) => (worker as unknown as NodeWorker).threadId !== -1).length;
  const { held = [] } = await navigator.locks.query();
  return held.filter(({ name }) => name?.startsWith('sluice-worker-')).length;
}
