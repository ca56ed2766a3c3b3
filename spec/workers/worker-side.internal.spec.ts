import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';

import { firstValueFrom, isObservable, lastValueFrom, NEVER, type Observable, of, Subject, toArray } from 'rxjs';
import { InvalidInputError } from 'sluice';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { connect, type WorkerLike } from '../../src/workers/connection.ts';
import { registerErrors } from '../../src/workers/error-classes.ts';
import { expose, exposeInNode, exposeInPage } from '../../src/workers/expose.ts';
import type { FromWorker, ToWorker } from '../../src/workers/protocol.ts';
import { pack, unpack } from '../../src/workers/thrown.ts';
import { uncloneablePath } from '../../src/workers/uncloneable-path.ts';
import { workerPool, type WorkerPoolOptions } from '../../src/workers/worker-pool.ts';
import { microtasks } from '../support/event-loop.ts';
import { fixture } from './support/fixture.ts';

/*
 * The worker's side in this very thread: what happens between its messages is seen from inside, and counted
 * by the coverage.
 */
let close = async (): Promise<void> => {};
afterEach(() => close());

function here(options: WorkerPoolOptions = {}) {
  const pool = workerPool<typeof fixture>((): WorkerLike => {
    const { port1, port2 } = new MessageChannel();
    exposeInNode(fixture, { postMessage: (message, transfer) => { port2.postMessage(message, transfer as never[]); }, on: (event, listener) => port2.on(event, listener) });
    return Object.assign(port1, {
      on: (event: string, listener: (value: any) => void) => port1.addListener(event === 'exit' ? 'close' : event, listener),
      terminate: () => { port1.close(); },
    });
  }, { size: 1, ...options });
  close = () => pool.close();
  return pool;
}

const errorOf = (source: Observable<unknown>): Promise<unknown> => lastValueFrom(source).then(() => undefined, (error: unknown) => error);

describe('the worker’s side', () => {
  it('brings what each kind of function returns', async () => {
    const pool = here();
    const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()));
    expect(await all(pool.three())).toEqual([1, 2, 3]);
    expect(await all(pool.generate({ to: 3 }))).toEqual([1, 2, 3]);
    expect(await all(pool.later({ value: 1 }))).toEqual([1]);
    expect(await all(pool.nothing())).toEqual([undefined]);
    expect(await all(pool.report())).toEqual(['done']);
    expect((await all(pool.make({ size: 3 })))[0]).toEqual(Uint8Array.of(7, 7, 7));
  });

  it('tells what is thrown, and what cannot be sent', async () => {
    const pool = here();
    expect(await errorOf(pool.fail())).toMatchObject({ name: 'OrderError', order: 7, inner: { message: 'inner' } });
    expect(await errorOf(pool.failLater())).toEqual(new RangeError('later'));
    expect(await errorOf(pool.failAfterOne())).toEqual(new Error('after one'));
    expect(await errorOf(pool.returnFunction())).toMatchObject({ name: 'NotCloneableError', path: 'value.list[0].fn' });
    expect(await errorOf(pool.emitFunction())).toMatchObject({ name: 'NotCloneableError', path: 'value.fn' });
    expect(await errorOf((pool as unknown as { nowhere: typeof pool.three }).nowhere())).toBeInstanceOf(InvalidInputError);
  });

  it('aborts the signal, and hears of the end of what it has aborted', async () => {
    const pool = here({ graceMs: 60_000 });
    const started = new Subject<void>();
    const inside = firstValueFrom(started);
    const controller = new AbortController();
    const call = pool.wait({}, { progress: () => { started.next(); }, signal: controller.signal });
    const failed = errorOf(call);
    await inside;
    controller.abort(new RangeError('enough'));
    expect(await failed).toEqual(new RangeError('enough'));
    expect(await lastValueFrom(pool.aborts())).toEqual(['RangeError: enough']);
    await firstValueFrom(pool.watch());
    expect(await lastValueFrom(pool.aborts())).toEqual(['unsubscribed']);
    expect(await firstValueFrom(pool.generate({ to: 1_000 }))).toBe(1);
    expect(await lastValueFrom(pool.later({ value: 2 }))).toBe(2);
  });
});

describe('what is thrown', () => {
  it.each([
    ['a text', 'text'], ['nothing', undefined], ['a plain object', { a: 1 }], ['a DOMException', new DOMException('quota', 'QuotaExceededError')],
    ['an aggregate', new AggregateError([new TypeError('a'), 1], 'several')],
  ])('is the same when it has crossed: %s', (_, thrown) => {
    expect(unpack(structuredClone(pack(thrown)))).toEqual(thrown);
  });

  it('is one error, wherever it is named in another', () => {
    const inner = new Error('inner');
    const error = Object.assign(new Error('outer', { cause: inner }), { again: inner });
    const crossed = unpack(structuredClone(pack(error))) as Error & { again: unknown };
    expect(crossed.again).toBe(crossed.cause);
  });

  it('of a SuppressedError keeps what it has, and what that has kept back', () => {
    const error = new SuppressedError(new RangeError('of the end'), new TypeError('of the work'), 'both');
    const crossed = unpack(structuredClone(pack(error))) as SuppressedError;
    expect(crossed).toBeInstanceOf(SuppressedError);
    expect([crossed.message, crossed.error, crossed.suppressed]).toEqual(['both', new RangeError('of the end'), new TypeError('of the work')]);
  });

  it('is of the class that both sides have registered, or of the nearest', () => {
    class OrderError extends RangeError {
      readonly order: number;
      constructor(order: number) {
        super(`order ${order}`);
        this.order = order;
      }
      get first(): boolean { return this.order === 1; }
    }
    class LateError extends OrderError {}
    registerErrors({ OrderError });
    const crossed = unpack(structuredClone(pack(new LateError(1)))) as OrderError;
    expect(crossed).toBeInstanceOf(OrderError);
    expect(crossed).not.toBeInstanceOf(LateError);
    expect([crossed.order, crossed.first, crossed.message, crossed.cause]).toEqual([1, true, 'order 1', undefined]);
    registerErrors({ LateError });
    expect(unpack(structuredClone(pack(new LateError(2))))).toBeInstanceOf(LateError);
  });

  it('may be of no class that is no class of errors', () => {
    expect(() => { registerErrors({ Map: Map as never }); }).toThrow('registerErrors(): Map must be a class of errors');
  });

  it('is described when it cannot be cloned, nor made a text', () => {
    expect(unpack(pack(Symbol('s')))).toBe('Symbol(s)');
    expect(unpack(pack({ fn: () => {}, toString: () => { throw new Error('no'); } }))).toBe('object');
  });

  it('leaves out what a getter throws at', () => {
    const error = Object.defineProperty(new Error('e'), 'cause', { get: () => { throw new Error('no'); } });
    expect(unpack(pack(error))).toEqual(new Error('e'));
  });
});

describe('expose', () => {
  it('is refused outside of a worker, and for what is no function', () => {
    expect(() => { expose({}); }).toThrow(InvalidInputError);
    expect(() => { expose({ a: 1 as never }); }).toThrow('expose(): a must be a function, but is 1.');
  });

  it.each(['close', 'events$', 'limits', 'ready', 'state', 'state$', 'then', 'lift', '@@observable', 'toJSON'])('is refused for a function of a name that a pool has itself: %s', (name) => {
    expect(() => { expose({ [name]: () => 1 }); }).toThrow(`expose(): the name of a function must be none of close, events$, limits, ready, state, state$, then, lift, @@observable, toJSON, but is "${name}".`);
  });

  it('is refused a second time in a worker', () => {
    const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ parentPort: { postMessage: vi.fn(), on: vi.fn() } });
    expose({ three: () => 3 });
    expect(() => { expose({ four: () => 4 }); }).toThrow('expose() must be called once in a worker');
    builtin.mockRestore();
  });

  it('says that a version of Node is too old, on both sides', () => {
    vi.stubGlobal('process', { versions: { node: '20.15.0' } });
    vi.stubGlobal('navigator', undefined);
    try {
      const message = 'the version of Node must be 20.16 or later, of 22 at least 22.3, but is "20.15.0".';
      expect(() => { expose({ three: () => 3 }); }).toThrow(message);
      expect(() => workerPool(() => ({}) as WorkerLike, { size: 2 })).toThrow(message);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('finds the port of a thread of Node', () => {
    const parentPort = { postMessage: vi.fn(), on: vi.fn() };
    const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ parentPort });
    expose({ three: () => 3 });
    builtin.mockRestore();
    expect(parentPort.postMessage).toHaveBeenCalledWith(['ready', undefined, process.argv[1]], []);
    (parentPort.on.mock.calls[0]![1] as (message: ToWorker) => void)(['call', 1, 'three', {}, -1]);
    expect(parentPort.postMessage).toHaveBeenLastCalledWith(['last', 1, 3], []);
  });

  it('finds the scope of a page’s worker', () => {
    const post = vi.fn();
    const listen = vi.fn();
    const stubs = { process: undefined, WorkerGlobalScope: Object, navigator: {}, postMessage: post, addEventListener: listen };
    for (const [name, stub] of Object.entries(stubs)) vi.stubGlobal(name, stub);
    try {
      expose({ three: () => 3 });
    } finally {
      vi.unstubAllGlobals();
    }
    expect(post).toHaveBeenCalledWith(['ready', undefined, undefined], []);
    expect(listen).toHaveBeenCalledWith('message', expect.any(Function));
  });

  it('tells the page what was thrown outside of a call, or never caught, and not what the worker has dealt with', () => {
    vi.stubGlobal('navigator', {});
    const sent: FromWorker[] = [];
    const listeners = new Map<string, (event: object) => void>();
    try {
      exposeInPage({}, { postMessage: (message) => { sent.push(message as FromWorker); }, addEventListener: (type, listener) => { listeners.set(type, listener); } });
    } finally {
      vi.unstubAllGlobals();
    }
    listeners.get('error')!({ error: new RangeError('outside') });
    listeners.get('error')!({ error: undefined, message: 'Script error.' });
    listeners.get('unhandledrejection')!({ reason: new TypeError('never caught') });
    listeners.get('error')!({ error: new Error('known'), defaultPrevented: true });
    listeners.get('unhandledrejection')!({ reason: new Error('known'), defaultPrevented: true });
    expect(sent.slice(1).map((message) => unpack((message as ['crash', never])[1]))).toEqual([new RangeError('outside'), new Error('Script error.'), new TypeError('never caught')]);
  });

  it.each([true, false])('serves the worker of a page, with a lock where there are locks: %s', async (locks) => {
    const held: string[] = [];
    vi.stubGlobal('navigator', locks ? { locks: { request: (name: string, callback: () => unknown) => { held.push(name); callback(); return NEVER; } } } : {});
    try {
      const sent: FromWorker[] = [];
      let take: (event: { data: ToWorker }) => void = () => {};
      exposeInPage({ three: () => of(3) }, { postMessage: (message) => { sent.push(message as FromWorker); }, addEventListener: (type, listener) => { if (type === 'message') take = listener; } });
      take({ data: ['call', 1, 'three', {}, -1] });
      expect(sent).toEqual([['ready', held[0], undefined], ['values', 1, [3], 1], ['complete', 1]]);
      expect(held).toHaveLength(locks ? 1 : 0);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('the worker of a page', () => {
  it.each([
    ['error', { message: 'wrong', filename: 'a.js', lineno: 3 }, 'wrong (a.js:3)'],
    ['error', {}, 'It could not be loaded.'],
    ['messageerror', {}, 'A message of it could not be read.'],
  ])('is gone with an event %s: %o', async (type, event, message) => {
    const listeners = new Map<string, (event: object) => void>();
    const worker = { postMessage: vi.fn(), terminate: vi.fn(), addEventListener: (name: string, listener: (event: object) => void) => { listeners.set(name, listener); } };
    const gone: unknown[] = [];
    const heard: unknown[] = [];
    const connection = connect(worker, { message: (one) => { heard.push(one); }, gone: (cause) => { gone.push(cause); }, patient: () => false });
    connection.post(['abort', 1, { value: 1 }], []);
    connection.hold(true);
    listeners.get('message')!({ data: ['complete', 1] });
    listeners.get(type)!(event);
    connection.terminate();
    await microtasks();
    listeners.get('message')!({ data: ['complete', 2] });
    expect(gone).toEqual([new Error(message)]);
    expect([heard, worker.postMessage.mock.calls.length]).toEqual([[['complete', 1]], 1]);
    expect(worker.terminate).toHaveBeenCalled();
  });

  it('is ended with what it says was thrown', async () => {
    const listeners = new Map<string, (event: object) => void>();
    const worker = { postMessage: vi.fn(), terminate: vi.fn(), addEventListener: (name: string, listener: (event: object) => void) => { listeners.set(name, listener); } };
    const gone: unknown[] = [];
    connect(worker, { message: () => {}, gone: (cause) => { gone.push(cause); }, patient: () => false });
    listeners.get('message')!({ data: ['ready', undefined, undefined] });
    listeners.get('error')!({ message: 'it tells more of this itself' });
    listeners.get('message')!({ data: ['crash', pack(new RangeError('why'))] });
    await microtasks();
    expect(gone).toEqual([new RangeError('why')]);
    expect(worker.terminate).toHaveBeenCalledOnce();
  });

  it.each([false, true])('that is terminated and goes on is given up 100 ms later, though its lock is held, unless its pool closes: %s', (closing) => {
    vi.useFakeTimers();
    vi.stubGlobal('navigator', { locks: { request: () => new Promise(() => {}) } });
    try {
      let say: (event: object) => void = () => {};
      const worker = { postMessage: vi.fn(), terminate: vi.fn(), addEventListener: (name: string, listener: (event: object) => void) => { if (name === 'message') say = listener; } };
      const gone: unknown[] = [];
      const connection = connect(worker, { message: () => {}, gone: (cause) => { gone.push(cause); }, patient: () => closing });
      say({ data: ['ready', 'lock', undefined] });
      connection.terminate();
      vi.advanceTimersByTime(99);
      expect(gone).toHaveLength(0);
      vi.advanceTimersByTime(10_000);
      expect(gone).toHaveLength(closing ? 0 : 1);
    } finally {
      vi.useRealTimers();
      vi.unstubAllGlobals();
    }
  });

  it.each([
    ['terminated', true, 'It was closed or terminated.'],
    ['closed by itself', false, 'It was closed or terminated.'],
  ])('that has a lock is gone when that is free, and not before: %s', async (_, terminate, message) => {
    let free = (): void => {};
    const request = vi.fn((_: string, callback: () => unknown) => new Promise<void>((resolve) => { free = resolve; }).then(callback));
    vi.stubGlobal('navigator', { locks: { request } });
    try {
      let say: (event: object) => void = () => {};
      const worker = { postMessage: vi.fn(), terminate: vi.fn(), addEventListener: (name: string, listener: (event: object) => void) => { if (name === 'message') say = listener; } };
      const gone: unknown[] = [];
      const heard: unknown[] = [];
      const connection = connect(worker, { message: (one) => { heard.push(one); }, gone: (cause) => { gone.push(cause); }, patient: () => false });
      for (const data of ['a text', null, ['ready', 'lock']]) say({ data });
      expect([heard, request.mock.calls[0]![0]]).toEqual([[['ready', 'lock']], 'lock']);
      if (terminate) connection.terminate();
      await microtasks();
      expect(gone).toEqual([]);
      free();
      await microtasks();
      expect(gone).toEqual([new Error(message)]);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('the path of what cannot be cloned', () => {
  const fn = (): void => {};
  it.each([
    ['v.get(2)', new Map([[1, 'a'], [2, fn]] as [number, unknown][])],
    ['v.keys(…)', new Map([[fn, 1]])],
    ['v.get(…)', new Map([[null, fn]])],
    ['v.b.fn', { a: [1], b: { fn } }],
    ['v.b', { a: transferred(), b: Promise.resolve() }],
  ])('is %s', (path, value) => {
    expect(uncloneablePath(value, 'v', value instanceof Map ? [] : [buffer])).toBe(path);
  });

  it('passes each object once, and ends where it cannot look', () => {
    const shared = { list: [1] };
    expect(uncloneablePath({ a: shared, b: shared, c: fn }, 'v')).toBe('v.c');
    let deep: object = { fn };
    for (let depth = 0; depth < 100_000; depth++) deep = { deep };
    expect(uncloneablePath(deep, 'v')).toBe(`v${'.deep'.repeat(10)}…${'.deep'.repeat(9)}.fn`);
    expect(uncloneablePath({ a: { get b(): never { throw new Error('no'); } } }, 'v')).toBe('v');
  });

  it('is found in a long list whose rows know the list, and clones none of them', () => {
    const rows: object[] = [];
    for (let id = 0; id < 2_000; id++) rows.push({ id, rows, next: rows.at(-1) });
    rows.push({ fn });
    const clone = vi.spyOn(globalThis, 'structuredClone');
    expect(uncloneablePath({ rows }, 'v')).toBe('v.rows[2000].fn');
    expect(clone).not.toHaveBeenCalled();
    clone.mockRestore();
  });

  it('of a proxy is found where nothing else is the reason, in a graph with circles too, or is the root', () => {
    const rows: object[] = Array.from({ length: 100 }, (_, id) => ({ id }));
    rows.push({ proxy: new Proxy({}, {}) });
    expect(uncloneablePath({ rows }, 'v')).toBe('v.rows[100].proxy');
    const clone = vi.spyOn(globalThis, 'structuredClone');
    const circle: object[] = [];
    for (let id = 0; id < 2_000; id++) circle.push({ circle });
    circle.push(new Proxy({}, {}));
    expect(uncloneablePath(circle, 'v')).toMatch(/^v(\[2000\])?$/);
    expect(clone.mock.calls.length).toBeLessThan(2_010);
    clone.mockRestore();
  });

  it('does not look at the bytes of a view, one by one', () => {
    const bytes = new Uint8Array(4);
    expect(uncloneablePath({ bytes, fn }, 'v', [bytes.buffer])).toBe('v.fn');
    expect(uncloneablePath(bytes, 'v', [bytes.buffer])).toBe('v');
  });
});

const buffer = new ArrayBuffer(8);
function transferred(): Uint8Array {
  return new Uint8Array(buffer);
}

describe('workerPool', () => {
  it.each([
    [{ size: 0 }, 'size'], [{ size: 1.5 }, 'size'], [{ maxCrashes: 0 }, 'maxCrashes'], [{ graceMs: -1 }, 'graceMs'], [{ graceMs: Infinity }, 'graceMs'],
    [{ idleMs: NaN }, 'idleMs'], [{ loadMs: Infinity }, 'loadMs'], [{ minThreads: 3, size: 2 }, 'minThreads'], [{ perThread: 0 }, 'perThread'], [{ window: 0 }, 'window'], [{ threads: 2 }, 'the option "threads"'], [null, 'options'],
  ])('refuses %j', (options, what) => {
    expect(() => workerPool(() => ({}) as WorkerLike, options as WorkerPoolOptions)).toThrow(`workerPool(): ${what}`);
  });

  it('refuses what makes no worker', () => {
    expect(() => workerPool('worker.js' as never)).toThrow('Write () => new Worker(…).');
  });

  const none = (): never => { throw new Error('none'); };

  it.each([[8, 7], [2, 1], [1, 1], [undefined, Math.max(1, availableParallelism() - 1)]])('leaves one of the machine’s cores to the rest: of %s it takes %s', (hardwareConcurrency, size) => {
    vi.stubGlobal('navigator', { hardwareConcurrency });
    try {
      expect(workerPool(none).limits).toEqual({ concurrency: size, releaseSlot: 'on-settle' });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('is no promise: whoever awaits it by mistake gets the pool', async () => {
    const pool = workerPool<typeof fixture>(none);
    expect(pool.then).toBeUndefined();
    expect(await Promise.resolve(pool)).toBe(pool);
    const from = async (): Promise<typeof pool> => pool;
    expect(await from()).toBe(pool);
  });

  it('is no Observable, and can be written as JSON', () => {
    const pool = workerPool<typeof fixture>(none);
    expect(isObservable(pool)).toBe(false);
    expect(() => JSON.stringify(pool)).not.toThrow();
  });

  it('has each function once, by its name', () => {
    const pool = workerPool<typeof fixture>(none);
    expect(pool.count).toBe(pool.count);
    expect(pool.count.name).toBe('count');
  });
});
