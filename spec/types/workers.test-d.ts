import { from, type Observable, of } from 'rxjs';
import { type Task, TaskManager } from 'sluice';
import { callback, type CallContext, expose, generic, type PoolFunction, transfer, type WorkerContext, type WorkerLike, workerPool, type WorkerPool } from 'sluice/workers';
import { describe, expectTypeOf, it } from 'vitest';

const images = {
  thumbnail: async ({ bytes, size }: { bytes: Uint8Array; size: number }, { signal, progress }: WorkerContext) => {
    signal.throwIfAborted();
    progress(0.5);
    return { bytes, size };
  },
  histogram: ({ bytes }: { bytes: Uint8Array }) => from(bytes),
  version: () => '1',
  optional: ({ quality = 1 }: { quality?: number }) => quality,
  async* pages({ of }: { of: string }) { yield of; },
  same: generic(<T>({ value }: { value: T }) => value),
  later: generic(async <K extends string>({ keys }: { keys: readonly K[] }, { signal }: WorkerContext) => {
    signal.throwIfAborted();
    return new Map(keys.map((key) => [key, 1]));
  }),
  unmarked: <T>({ value }: { value: T }) => value,
  sum: ({ numbers }: { numbers: Observable<number> }) => numbers,
  ask: async ({ confirm }: { confirm: (line: string) => Promise<boolean> }) => await confirm('a'),
};
declare const createWorker: () => WorkerLike;
declare const pool: WorkerPool<typeof images>;
const tasks = new TaskManager({ groups: { images: pool.limits } });
const bytes = new Uint8Array();

describe('a function of a pool', () => {
  it('returns an Observable of what the worker’s function comes to', () => {
    expectTypeOf(pool.thumbnail({ bytes, size: 1 })).toEqualTypeOf<Observable<{ bytes: Uint8Array; size: number }>>();
    expectTypeOf(pool.histogram({ bytes })).toEqualTypeOf<Observable<number>>();
    expectTypeOf(pool.pages({ of: 'a' })).toEqualTypeOf<Observable<string>>();
    expectTypeOf(pool.version()).toEqualTypeOf<Observable<string>>();
    expectTypeOf(pool.optional()).toEqualTypeOf<Observable<number>>();
  });

  it('takes what the worker’s function takes, and what of a context it needs', () => {
    // @ts-expect-error size is missing
    pool.thumbnail({ bytes });
    // @ts-expect-error it needs kwargs
    pool.thumbnail();
    // @ts-expect-error size is a number
    pool.thumbnail({ bytes, size: 'large' });
    expectTypeOf(pool).not.toHaveProperty('resize');
    pool.thumbnail({ bytes, size: 1 }, { progress: () => {} });
    expectTypeOf<CallContext['signal']>().toEqualTypeOf<AbortSignal | undefined>();
  });

  it('keeps the type parameters of a function that generic() was given', () => {
    expectTypeOf(pool.same({ value: 7 as const })).toEqualTypeOf<Observable<7>>();
    expectTypeOf(pool.same({ value: { a: 'x' } }, { progress: () => {} })).toEqualTypeOf<Observable<{ a: string }>>();
    expectTypeOf(pool.later({ keys: ['a', 'b'] })).toEqualTypeOf<Observable<Map<'a' | 'b', number>>>();
    expectTypeOf(pool.unmarked({ value: 7 })).toEqualTypeOf<Observable<unknown>>();
    // @ts-expect-error value is missing
    pool.same({});
    // @ts-expect-error keys are strings
    pool.later({ keys: [1] });
    expectTypeOf(tasks.add(pool.same<number>, { kwargs: { value: 7 } })).toEqualTypeOf<Task<number>>();
  });

  it('takes streams and callbacks where the worker’s function takes them', () => {
    expectTypeOf(pool.sum({ numbers: of(1) })).toEqualTypeOf<Observable<number>>();
    expectTypeOf(pool.ask({ confirm: callback((line: string) => line === 'a') })).toEqualTypeOf<Observable<boolean>>();
    expectTypeOf(callback(async (n: number) => String(n))).toEqualTypeOf<(n: number) => Promise<string>>();
    // @ts-expect-error a callback returns a promise to the worker
    pool.ask({ confirm: (line: string) => line === 'a' });
    // @ts-expect-error strings are no numbers
    pool.sum({ numbers: of('a') });
  });

  it('stands as the function of a task, whose kwargs are its own and those of upstream', () => {
    const added = tasks.add(pool.thumbnail, { kwargs: { bytes, size: 256 }, group: 'images' });
    expectTypeOf(added).toEqualTypeOf<Task<{ bytes: Uint8Array; size: number }>>();
    const loaded = tasks.task(async () => ({ bytes }));
    expectTypeOf(tasks.task(pool.thumbnail, { kwargs: { size: 256 }, upstream: [loaded] })).toEqualTypeOf<Task<{ bytes: Uint8Array; size: number }>>();
    expectTypeOf(tasks.task(pool.histogram, { upstream: { bytes: of(bytes) } })).toEqualTypeOf<Task<number>>();
    expectTypeOf(tasks.add(pool.version)).toEqualTypeOf<Task<string>>();
    // @ts-expect-error size is missing
    tasks.add(pool.thumbnail, { kwargs: { bytes } });
    // @ts-expect-error upstream brings no bytes
    tasks.task(pool.histogram, { upstream: { size: of(1) } });
  });
});

describe('a pool', () => {
  it('is made of the functions that a worker exposes', () => {
    expectTypeOf(workerPool<typeof images>(createWorker)).toEqualTypeOf<WorkerPool<typeof images>>();
    workerPool<typeof images>(() => new Worker('image.worker.js'), { size: 4, graceMs: 1, idleMs: Infinity, maxCrashes: 1 });
    // @ts-expect-error there is no such option
    workerPool<typeof images>(createWorker, { threads: 4 });
    // @ts-expect-error a worker exposes functions
    workerPool<{ version: string }>(createWorker);
    // @ts-expect-error it makes no worker
    workerPool<typeof images>(() => 'image.worker.js');
  });

  it('is no promise: who awaits it has the pool', () => {
    expectTypeOf<Awaited<typeof pool>>().toEqualTypeOf<typeof pool>();
    expectTypeOf(pool.then).toEqualTypeOf<undefined>();
    expectTypeOf(pool).not.toExtend<PromiseLike<unknown>>();
    type Unlucky = WorkerPool<{ then: () => string; version: () => string }>;
    expectTypeOf<Unlucky['then']>().toEqualTypeOf<undefined>();
    expectTypeOf<Unlucky['version']>().toEqualTypeOf<PoolFunction<() => string>>();
  });

  it('can be closed, and used with await using', () => {
    expectTypeOf(pool.close()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(pool.close({ drain: true })).toEqualTypeOf<Promise<void>>();
    expectTypeOf(pool.ready()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(pool.state.utilisation).toEqualTypeOf<number>();
    expectTypeOf(pool).toExtend<AsyncDisposable>();
  });
});

describe('expose', () => {
  it('takes functions of one object and a context, by names that a pool leaves free', () => {
    expose(images);
    // @ts-expect-error not a function
    expose({ version: '1' });
    // @ts-expect-error a worker’s function has kwargs and a context, and nothing else
    expose({ add: (a: { n: number }, context: WorkerContext, c: number) => a.n + c });
    // @ts-expect-error a pool has its own
    expose({ close: () => 1 });
    // @ts-expect-error a pool is no promise
    expose({ then: () => 1 });
  });
});

describe('transfer', () => {
  it('leaves the type of a value as it is', () => {
    expectTypeOf(transfer(bytes, [bytes.buffer])).toEqualTypeOf<typeof bytes>();
    // @ts-expect-error a number moves nothing
    transfer(1, []);
    // @ts-expect-error a view does not move, but its buffer
    transfer(bytes, [bytes]);
  });
});
