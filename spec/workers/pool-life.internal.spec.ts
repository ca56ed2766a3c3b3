import { AsyncLocalStorage } from 'node:async_hooks';

import { TaskManager } from 'sluice';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CallContext } from '../../src/workers/pool-call.ts';
import { type PoolFunction, workerPool, type WorkerPoolOptions } from '../../src/workers/worker-pool.ts';
import { listen } from '../support/listen.ts';
import { HandWorker } from './support/hand-worker.ts';

/*
 * The pool's side alone: workers whose every step is done by hand, and timers that stand still.
 */
beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

/** Timers stand still; this is a turn of the event loop all the same. */
const turn = (): Promise<void> => new Promise((resolve) => { immediately(resolve); });
const immediately = setImmediate;

type Call = PoolFunction<(kwargs: object) => unknown>;

function open(options: WorkerPoolOptions = {}) {
  const workers: HandWorker[] = [];
  const pool = workerPool<Record<string, (kwargs: object) => unknown>>(() => {
    const worker = new HandWorker();
    workers.push(worker);
    return worker;
  }, { size: 1, ...options });
  return {
    workers, pool,
    call: (name: string, context?: CallContext) => listen((pool[name] as unknown as Call)({}, context)),
    fn: (name: string) => pool[name] as unknown as Call,
  };
}

/** What becomes of a promise, as soon as it is known. */
function watch(promise: Promise<unknown>): unknown[] {
  const heard: unknown[] = [];
  promise.then(() => { heard.push('resolved'); }, (error: unknown) => { heard.push(error); });
  return heard;
}

const microtasks = async (): Promise<void> => { for (let i = 0; i < 9; i++) await Promise.resolve(); };
const closed = expect.objectContaining({ code: 'WORKER_POOL_CLOSED' }) as Error;

describe('close({ drain: true })', () => {
  it('lets all that runs and waits end, refuses what comes, and resolves when the last thread has ended', async () => {
    const { workers, pool, call } = open();
    const [a, b] = [call('a'), call('b')];
    workers[0]!.load();
    workers[0]!.start('a');
    const heard = watch(pool.close({ drain: true }));
    expect(call('c').heard).toEqual([closed]);
    workers[0]!.end('a', 1);
    workers[0]!.do('b', 2);
    expect([a.heard, b.heard]).toEqual([[1, 'complete'], [2, 'complete']]);
    expect(workers[0]!.terminated).toBe(true);
    await microtasks();
    expect(heard).toEqual([]);
    workers[0]!.tell('exit', 1);
    await microtasks();
    expect(heard).toEqual(['resolved']);
  });

  it('ends threads that are idle at once, and starts others for what waits when one crashes', async () => {
    const { workers, pool, call } = open({ size: 2 });
    const [a, b] = [call('a'), call('b')];
    for (const worker of workers) worker.load();
    workers[1]!.do('b');
    const c = call('c');
    workers[1]!.start('c');
    const d = call('d');
    const heard = watch(pool.close({ drain: true }));
    workers[1]!.tell('exit', 9);
    expect(c.heard).toEqual([expect.objectContaining({ code: 'WORKER_CRASHED' })]);
    workers[2]!.load();
    workers[2]!.do('d', 4);
    expect(workers[2]!.terminated).toBe(true);
    workers[0]!.do('a', 1);
    expect([a, b, d].map((one) => one.heard.at(-1))).toEqual(['complete', 'complete', 'complete']);
    for (const worker of [workers[0]!, workers[2]!]) worker.tell('exit', 1);
    await microtasks();
    expect(heard).toEqual(['resolved']);
  });

  it('can be followed by close(), which waits no longer', async () => {
    const { workers, pool, call } = open();
    const [a, b] = [call('a'), call('b')];
    workers[0]!.load();
    workers[0]!.start('a');
    const draining = pool.close({ drain: true });
    expect(pool.close()).toBe(draining);
    expect([a.heard, b.heard]).toEqual([[closed], [closed]]);
    vi.advanceTimersByTime(200);
    workers[0]!.tell('exit', 1);
    await microtasks();
    expect(watch(draining)).toEqual([]);
    await draining;
  });

  it('resolves at once when no thread was ever started', async () => {
    await open().pool.close({ drain: true });
  });
});

describe('ready()', () => {
  it('starts a thread, or minThreads, and resolves when they have loaded', async () => {
    const { workers, pool } = open({ size: 3 });
    const heard = watch(pool.ready());
    expect(workers).toHaveLength(1);
    expect(workers[0]!.held).toBe(true); // who awaits it keeps the process alive
    await microtasks();
    expect(heard).toEqual([]);
    workers[0]!.load();
    await microtasks();
    expect(heard).toEqual(['resolved']);
    expect(workers[0]!.held).toBe(false);
    await pool.ready(); // there it is
    expect(workers).toHaveLength(1);
  });

  it('rejects when a worker cannot be loaded or made, and when the pool is closed', async () => {
    const { workers, pool } = open({ size: 2 });
    const heard = watch(pool.ready());
    workers[0]!.tell('error', new RangeError('why'));
    workers[0]!.tell('exit', 1);
    await microtasks();
    expect(heard).toEqual([expect.objectContaining({ code: 'WORKER_CRASHED', message: 'The worker could not be loaded: why Does it exist, and call expose()?' })]);
    const waits = watch(pool.ready());
    void pool.close();
    await microtasks();
    expect([...waits, ...watch(pool.ready())]).toEqual([closed]);
    await expect(pool.ready()).rejects.toEqual(closed);
    const none = workerPool(() => { throw new Error('no threads here'); });
    await expect(none.ready()).rejects.toThrow('no threads here');
  });
});

describe('minThreads', () => {
  it('are started with the pool, kept though they are idle, and replaced when they crash, but not for ever', () => {
    const { workers, call } = open({ size: 3, minThreads: 2, idleMs: 100, maxCrashes: 3 });
    expect(workers).toHaveLength(2);
    for (const worker of workers) worker.load();
    for (const name of ['a', 'b', 'c']) call(name);
    workers[2]!.load();
    for (const [i, name] of ['a', 'b', 'c'].entries()) workers[i]!.do(name);
    vi.advanceTimersByTime(1_000);
    expect(workers.map(({ terminated }) => terminated).sort()).toEqual([false, false, true]);
    workers.find(({ terminated }) => terminated)!.tell('exit', 1);
    expect(workers).toHaveLength(3);
    for (let crash = 0; crash < 9; crash++) [...workers].reverse().find(({ terminated }) => !terminated)!.tell('exit', 9);
    expect(workers.length).toBeLessThanOrEqual(3 + 3);
  });
});

describe('the state of a pool', () => {
  it('counts threads, calls and crashes, and which part of the time threads had calls', () => {
    const { workers, pool, call } = open({ size: 2 });
    expect(pool.state).toEqual({ threads: 0, busy: 0, running: 0, waiting: 0, done: 0, crashes: 0, utilisation: 0 });
    for (const name of ['a', 'b', 'c']) call(name);
    for (const worker of workers) worker.load();
    expect(pool.state).toMatchObject({ threads: 2, busy: 2, running: 2, waiting: 1, done: 0 });
    vi.advanceTimersByTime(300);
    workers[0]!.do('a');
    expect(pool.state).toMatchObject({ threads: 2, busy: 2, running: 2, waiting: 0, done: 1, utilisation: 1 });
    workers[0]!.do('c');
    vi.advanceTimersByTime(100); // one of two has nothing to do
    expect(pool.state).toMatchObject({ busy: 1, running: 1, done: 2, utilisation: 700 / 800 });
    workers[1]!.start('b');
    workers[1]!.tell('exit', 9);
    expect(pool.state).toMatchObject({ threads: 1, busy: 0, crashes: 1, done: 2 });
  });

  it('is told at once, and after it has changed: once in a turn of the event loop', async () => {
    const { workers, pool, call } = open();
    const seen: number[][] = [];
    const subscription = pool.state$.subscribe(({ waiting, running, done }) => { seen.push([waiting, running, done]); });
    for (const name of ['a', 'b']) call(name);
    workers[0]!.load();
    expect(seen).toEqual([[0, 0, 0]]);
    await turn();
    expect(seen.slice(1)).toEqual([[1, 1, 0]]);
    workers[0]!.do('a');
    workers[0]!.do('b');
    await turn();
    expect(seen.slice(2)).toEqual([[0, 0, 2]]);
    subscription.unsubscribe();
    call('c');
    await turn();
    expect(seen).toHaveLength(3);
  });
});

describe('events$', () => {
  it('tells what happens to threads: also of one that crashes when it has no call', () => {
    const { workers, pool, call } = open({ size: 2, idleMs: 100 });
    const { heard } = listen(pool.events$);
    const told = (): unknown[] => heard.splice(0);
    call('a');
    expect(told()).toEqual([{ type: 'started', thread: 1 }]);
    vi.advanceTimersByTime(30);
    workers[0]!.load();
    expect(told()).toEqual([{ type: 'ready', thread: 1, milliseconds: 30 }]);
    workers[0]!.do('a');
    workers[0]!.tell('error', new RangeError('later'));
    workers[0]!.tell('exit', 1);
    expect(told()).toEqual([{ type: 'crashed', thread: 1, cause: new RangeError('later') }]);
    call('b');
    workers[1]!.load();
    workers[1]!.do('b');
    vi.advanceTimersByTime(100);
    workers[1]!.tell('exit', 1);
    expect(told().at(-1)).toEqual({ type: 'ended', thread: 2, reason: 'idle' });
    expect(pool.state.crashes).toBe(1);
  });
});

describe('perThread', () => {
  const three = () => {
    const opened = open({ size: 1, perThread: 3, graceMs: 50 });
    const calls = ['a', 'b', 'c'].map((name) => opened.call(name));
    opened.workers[0]!.load();
    return { ...opened, calls, worker: opened.workers[0]! };
  };

  it('is how many calls run in a thread at a time: no more is sent, and pool.limits follows', () => {
    const { worker, call, pool } = three();
    call('d');
    expect(worker.posted[0]).toEqual(['setup', undefined, 3, 1024]);
    expect(worker.calls).toEqual(['a', 'b', 'c']);
    expect(pool.limits.concurrency).toBe(3);
    worker.end('b');
    expect(worker.calls).toEqual(['a', 'b', 'c', 'd']);
    expect(pool.state).toMatchObject({ threads: 1, running: 3, waiting: 0, done: 1 });
  });

  it('fills all threads alike', () => {
    const { workers, call } = open({ size: 2, perThread: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) call(name);
    for (const worker of workers) worker.load();
    expect(workers.map(({ calls }) => calls)).toEqual([['a', 'c'], ['b', 'd']]);
  });

  it('lets the others end when a function goes on after it was cancelled, and then ends the thread', () => {
    const { worker, workers, calls, call } = three();
    calls[0]!.subscription.unsubscribe();
    worker.say('aborting', 1);
    vi.advanceTimersByTime(60);
    expect(worker.terminated).toBe(false);
    const later = call('later');
    worker.end('b', 2);
    expect(worker.calls).toEqual(['a', 'b', 'c']); // it gets no more
    worker.end('c', 3);
    expect(calls.slice(1).map(({ heard }) => heard)).toEqual([[2, 'complete'], [3, 'complete']]);
    expect(worker.terminated).toBe(true);
    worker.tell('exit', 1);
    workers[1]!.load();
    workers[1]!.end('later', 7);
    expect(later.heard).toEqual([7, 'complete']);
  });

  it('fails the others when a function holds the thread after it was cancelled', () => {
    const { worker, calls } = three();
    calls[0]!.subscription.unsubscribe();
    vi.advanceTimersByTime(60); // nothing is heard of it
    expect(worker.terminated).toBe(true);
    worker.tell('exit', 1);
    expect(calls.map(({ heard }) => heard)).toEqual([[], ...['b', 'c'].map((name) => [expect.objectContaining({
      code: 'WORKER_CRASHED', message: `The worker of ${name}() has crashed: a() held its thread after it was cancelled.`,
    }) as Error])]);
  });
});

describe('callbacks of a call', () => {
  it('are called in the async context of who has subscribed, whoever wakes the thread', () => {
    const requests = new AsyncLocalStorage<string>();
    const { workers, fn } = open();
    const heard: unknown[] = [];
    for (const name of ['a', 'b']) {
      requests.run(name, () => {
        fn(name)({}, { progress: () => { heard.push(['progress', requests.getStore()]); } }).subscribe({
          next: (value) => { heard.push([value, requests.getStore()]); },
          complete: () => { heard.push(['complete', requests.getStore()]); },
        });
      });
    }
    requests.run('crash', () => { fn('c')({}).subscribe({ error: () => { heard.push(['error', requests.getStore()]); } }); });
    requests.run('another', () => {
      workers[0]!.load();
      workers[0]!.start('a');
      workers[0]!.progress('a');
      workers[0]!.end('a', 1);
      workers[0]!.do('b', 2);
      workers[0]!.start('c');
      workers[0]!.tell('exit', 9);
    });
    expect(heard).toEqual([['progress', 'a'], [1, 'a'], ['complete', 'a'], [2, 'b'], ['complete', 'b'], ['error', 'crash']]);
  });

  it('of a task end in the context of its function', async () => {
    const requests = new AsyncLocalStorage<string>();
    const { workers, fn } = open();
    const heard: unknown[] = [];
    requests.run('a', () => { new TaskManager().add((kwargs, context) => {
      const call = fn('a')(kwargs, context);
      call.subscribe(() => { heard.push(requests.getStore()); });
      return call;
    }); });
    await microtasks();
    workers[0]!.load();
    workers[0]!.do('a');
    expect(heard).toEqual(['a']);
  });
});
