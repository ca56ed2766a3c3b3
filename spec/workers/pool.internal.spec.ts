import { InvalidInputError, TaskManager } from 'sluice';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { MOST_CALLS } from '../../src/workers/claims.ts';
import type { CallContext } from '../../src/workers/pool-call.ts';
import { transfer } from '../../src/workers/transfer.ts';
import { type PoolFunction, workerPool, type WorkerPoolOptions } from '../../src/workers/worker-pool.ts';
import { listen } from '../support/listen.ts';
import { HandWorker } from './support/hand-worker.ts';

/*
 * The pool's side alone: workers whose every step is done by hand, and timers that stand still.
 */
beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

type Call = PoolFunction<(kwargs: object) => unknown>;

function open(options: WorkerPoolOptions = {}) {
  const workers: HandWorker[] = [];
  const pool = workerPool<Record<string, (kwargs: object) => unknown>>(() => {
    const worker = new HandWorker();
    workers.push(worker);
    return worker;
  }, { size: 1, ...options });
  return {
    workers, pool, close: () => pool.close(),
    /** Subscribes to a function of that name. */
    call: (name: string, kwargs: object = {}, context?: CallContext) => listen((pool[name] as unknown as Call)(kwargs, context)),
    fn: (name: string) => pool[name] as unknown as Call,
  };
}

/** Does short calls in a thread, until as many as there may be are sent ahead to it. */
function warm({ workers, call }: ReturnType<typeof open>, worker = workers.length): void {
  for (let i = 0; i < 6; i++) {
    call('warm');
    if (i === 0) workers[worker]!.load();
    workers[worker]!.do('warm');
  }
}

const names = (count: number, first = 0): string[] => Array.from({ length: count }, (_, i) => `call ${i + first}`);

describe('a call', () => {
  it('makes a thread when it is subscribed to, and is sent when its functions are there', () => {
    const { workers, call } = open({ size: 3 });
    const { heard } = call('a');
    expect(workers.map(({ posted }) => posted)).toEqual([[]]);
    workers[0]!.load();
    expect(workers[0]!.calls).toEqual(['a']);
    workers[0]!.do('a', 7);
    expect(heard).toEqual([7, 'complete']);
    expect(workers).toHaveLength(1);
  });

  it('goes to a thread that has nothing to do, before another one is made', () => {
    const { workers, call } = open({ size: 2 });
    call('a');
    workers[0]!.load();
    workers[0]!.do('a');
    call('b');
    call('c');
    expect(workers.map(({ calls }) => calls)).toEqual([['a', 'b'], []]);
  });

  it('is sent ahead to a thread that is busy, in the order in which it came, up to a limit', () => {
    const opened = open();
    warm(opened);
    const { workers, call } = opened;
    workers[0]!.posted.length = 1; // what it was sent until now is of no interest
    for (const name of names(MOST_CALLS + 2)) call(name);
    expect(workers[0]!.calls).toEqual(names(MOST_CALLS));
    workers[0]!.do('call 0');
    expect(workers[0]!.calls).toEqual(names(MOST_CALLS + 1));
  });

  it('is sent ahead as long as calls are short: one more, then twice as many, with each that has ended, and none after a long one', () => {
    const { workers, call } = open();
    for (const name of names(20)) call(name);
    workers[0]!.load();
    const sent = [];
    for (let i = 0; i < 3; i++) {
      sent.push(workers[0]!.calls.length - i);
      workers[0]!.do(`call ${i}`);
    }
    expect([...sent, workers[0]!.calls.length - 3]).toEqual([1, 2, 4, 8]);
    for (let i = 3; i < 12; i++) {
      workers[0]!.start(`call ${i}`);
      vi.advanceTimersByTime(2);
      workers[0]!.end(`call ${i}`);
    }
    expect(workers[0]!.calls).toEqual(names(13));
  });

  it('does not wait behind a long one, while later calls pass it', () => {
    const opened = open({ size: 2 });
    const { workers, call } = opened;
    warm(opened);
    call('other');
    warm(opened);
    workers[0]!.do('other');
    for (const worker of workers) worker.posted.length = 1;
    const long = call('long');
    const calls = names(200).map((name) => call(name));
    const [a, b] = workers as [HandWorker, HandWorker];
    const [slow, quick] = a.calls.includes('long') ? [a, b] : [b, a];
    expect(slow.start('long')).toBe(true);
    const behind = slow.calls.slice(1);
    expect(behind.length).toBeGreaterThan(10);
    vi.advanceTimersByTime(2);
    // All that ever ends now ends in the other thread, in the order in which it is sent.
    const order: string[] = [];
    for (let i = 0; i < quick.calls.length; i++) {
      const name = quick.calls[i]!;
      if (quick.start(name)) {
        quick.end(name);
        order.push(name);
      }
    }
    expect([long.heard.length, calls.filter(({ heard }) => heard.length !== 2)]).toEqual([0, []]);
    // A call was passed by those alone that had been sent ahead to the other thread before.
    const passedBy = (name: string): number => order.slice(0, order.indexOf(name)).filter((other) => Number(other.slice(5)) > Number(name.slice(5))).length;
    expect(Math.max(...behind.map(passedBy))).toBeLessThan(MOST_CALLS);
  });

  it('that was sent ahead runs elsewhere, once, when a thread has nothing to do', () => {
    const opened = open({ size: 2 });
    const { workers, call } = opened;
    warm(opened);
    workers[0]!.posted.length = 1;
    call('a');
    call('b');
    const { heard } = call('c'); // behind a, as the other thread has yet to load
    expect(workers[0]!.calls).toEqual(['a', 'c']);
    workers[0]!.start('a');
    workers[1]!.load();
    workers[1]!.do('b');
    expect(workers[1]!.calls).toEqual(['b', 'c']);
    expect(workers[0]!.start('c')).toBe(false);
    workers[1]!.do('c', 3);
    expect(heard).toEqual([3, 'complete']);
  });

  it('does not wait behind another when a thread has ended, and so a new one may be made', () => {
    const opened = open({ size: 2, graceMs: 0 });
    const { workers, call } = opened;
    warm(opened);
    call('a');
    const left = call('left');
    workers[1]!.load();
    workers[0]!.start('a');
    workers[1]!.start('left');
    left.subscription.unsubscribe();
    vi.advanceTimersByTime(1);
    expect(workers[1]!.terminated).toBe(true);
    const { heard } = call('b'); // the thread that ends takes none
    expect(workers[0]!.calls.at(-1)).toBe('b');
    workers[1]!.tell('exit', 1);
    workers[2]!.load();
    workers[2]!.do('b', 2);
    expect(heard).toEqual([2, 'complete']);
  });

  it('that a thread is about to start is left to it', () => {
    const { workers, call } = open({ size: 2 });
    call('a');
    call('b');
    for (const worker of workers) worker.load();
    workers[1]!.do('b');
    expect(workers.map(({ calls }) => calls)).toEqual([['a'], ['b']]);
    expect(workers[0]!.start('a')).toBe(true);
  });

  it('is not sent ahead where threads cannot share memory', () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const { workers, call } = open();
    call('a');
    const b = call('b');
    workers[0]!.load();
    expect(workers[0]!.posted).toEqual([['setup', undefined, 1, 1024], ['call', 1, 'a', {}, -1]]);
    workers[0]!.do('a');
    workers[0]!.do('b', 2);
    expect(b.heard).toEqual([2, 'complete']);
  });

  it('whose buffers move keeps them until a thread is free: who leaves before has them still', () => {
    const { workers, call } = open();
    call('a');
    workers[0]!.load();
    const bytes = new Uint8Array(8);
    const { subscription } = call('b', { bytes: transfer(bytes, [bytes.buffer]) });
    expect(bytes.byteLength).toBe(8);
    subscription.unsubscribe();
    expect(bytes.byteLength).toBe(8);
    call('c', { bytes: transfer(bytes, [bytes.buffer]) });
    workers[0]!.do('a');
    expect(workers[0]!.calls).toEqual(['a', 'c']);
    expect(bytes.byteLength).toBe(0);
  });

  it('moves the buffers of a task’s kwargs', () => {
    const { workers, fn } = open();
    const tasks = new TaskManager();
    const bytes = new Uint8Array(8);
    tasks.add(fn('a'), { kwargs: { bytes: transfer(bytes, [bytes.buffer]) } });
    return Promise.resolve().then(() => {
      workers[0]!.load();
      expect(workers[0]!.calls).toEqual(['a']);
      expect(bytes.byteLength).toBe(0);
    });
  });

  it('fails with what a getter in its kwargs throws, and harms no other', () => {
    const { workers, call } = open();
    const value = { get value(): never { throw new RangeError('not now'); } };
    const wrong = [call('a', value), call('a', { value })];
    const b = call('b');
    workers[0]!.load();
    expect(wrong.map(({ heard }) => heard)).toEqual([[new RangeError('not now')], [new RangeError('not now')]]);
    workers[0]!.do('b', 2);
    expect(b.heard).toEqual([2, 'complete']);
  });

  it('fails with the reason of the signal that it is given, whether it waits, runs or has yet to be subscribed to', () => {
    const { workers, call } = open({ graceMs: 50 });
    const controllers = names(3).map(() => new AbortController());
    const [a, b] = names(2).map((name, i) => call(name, {}, { signal: controllers[i]!.signal }));
    workers[0]!.load();
    workers[0]!.start('call 0');
    const c = call('c');
    for (const [i, controller] of controllers.entries()) controller.abort(new RangeError(`enough ${i}`));
    const d = call('d', {}, { signal: controllers[2]!.signal });
    expect([a, b, d].map((one) => one!.heard)).toEqual([0, 1, 2].map((i) => [new RangeError(`enough ${i}`)]));
    expect(workers[0]!.posted.at(-1)).toMatchObject(['abort', 1, { error: { message: 'enough 0' } }]);
    workers[0]!.say('complete', 1);
    workers[0]!.do('c');
    expect(c.heard).toEqual([undefined, 'complete']);
    expect(workers[0]!.calls).toEqual(['call 0', 'c']);
  });

  it('leaves no listener at its signal when it has ended', () => {
    const { workers, call } = open();
    const { signal } = new AbortController();
    const listeners = { added: vi.spyOn(signal, 'addEventListener'), removed: vi.spyOn(signal, 'removeEventListener') };
    call('a', {}, { signal });
    workers[0]!.load();
    workers[0]!.do('a');
    expect(listeners.removed.mock.calls).toEqual(listeners.added.mock.calls);
    expect(listeners.added).toHaveBeenCalledOnce();
  });

  it('is refused by a worker that has no functions', () => {
    const { workers, call } = open();
    const { heard } = call('a');
    workers[0]!.load();
    workers[0]!.say('unknown', 1, []);
    expect(heard).toEqual([expect.any(InvalidInputError)]);
    expect(String(heard[0])).toContain('(none)');
  });

  it('may be made by who hears of the end of another', () => {
    const { workers, fn, call } = open();
    const { heard } = call('a');
    const later: unknown[] = [];
    fn('b')({}).subscribe({ complete: () => { fn('c')({}).subscribe((value) => { later.push(value); }); } });
    workers[0]!.load();
    workers[0]!.do('a');
    workers[0]!.do('b');
    workers[0]!.do('c', 3);
    expect([heard, later]).toEqual([[undefined, 'complete'], [3]]);
  });
});

describe('the messages of a worker', () => {
  it('may be of its own', () => {
    const { workers, call } = open();
    const { heard } = call('a');
    for (const message of [null, 'hello', { type: 'progress' }, ['next', 99, 1], ['else']]) workers[0]!.tell('message', message);
    workers[0]!.load();
    workers[0]!.load(); // said twice
    workers[0]!.do('a', 1);
    expect(heard).toEqual([1, 'complete']);
    expect(workers[0]!.calls).toEqual(['a']);
  });

  it('that come while it is ended change nothing', () => {
    const { workers, call } = open();
    const { subscription } = call('a');
    workers[0]!.load();
    workers[0]!.start('a');
    subscription.unsubscribe();
    vi.advanceTimersByTime(200);
    expect(workers[0]!.terminated).toBe(true);
    const b = call('b');
    workers[0]!.end('a');
    workers[0]!.load();
    expect(workers[0]!.calls).toEqual(['a']);
    workers[0]!.tell('exit', 1);
    workers[1]!.load();
    workers[1]!.do('b', 2);
    expect(b.heard).toEqual([2, 'complete']);
  });

  it('of progress reach nobody who has left', () => {
    const { workers, call } = open();
    const told: unknown[] = [];
    const { subscription } = call('a', {}, { progress: (progress) => { told.push(progress); } });
    workers[0]!.load();
    workers[0]!.start('a');
    workers[0]!.progress('a');
    subscription.unsubscribe();
    workers[0]!.progress('a');
    expect(told).toEqual([0.5]);
  });
});

describe('a function that does not stop', () => {
  const running = (options: WorkerPoolOptions) => {
    const opened = open(options);
    const left = opened.call('a');
    opened.workers[0]!.load();
    opened.workers[0]!.start('a');
    const waits = opened.call('b');
    return { ...opened, left, waits };
  };

  it('loses its thread after graceMs, 100 by default, and what waits in it starts on another', () => {
    const { workers, left, waits } = running({});
    left.subscription.unsubscribe();
    expect(workers[0]!.posted.at(-1)).toEqual(['abort', 1, { value: undefined }]);
    vi.advanceTimersByTime(99);
    expect(workers[0]!.terminated).toBe(false);
    vi.advanceTimersByTime(2);
    expect(workers[0]!.terminated).toBe(true);
    workers[0]!.tell('exit', 1);
    workers[1]!.load();
    workers[1]!.do('b', 2);
    expect(waits.heard).toEqual([2, 'complete']);
    expect(left.heard).toEqual([]);
  });

  it('keeps it when it ends within graceMs, even if that is seen late', () => {
    const { workers, left, waits } = running({ graceMs: 50 });
    left.subscription.unsubscribe();
    // This thread was busy itself: the message comes right after the timer.
    setTimeout(() => { workers[0]!.say('complete', 1); }, 50);
    vi.advanceTimersByTime(60);
    workers[0]!.do('b', 2);
    expect(waits.heard).toEqual([2, 'complete']);
    expect([workers.length, workers[0]!.terminated]).toEqual([1, false]);
  });

  it('costs no other call its thread', () => {
    const { workers, call } = open({ size: 2 });
    const a = call('a');
    const b = call('b');
    for (const worker of workers) worker.load();
    workers[0]!.start('a');
    workers[1]!.start('b');
    a.subscription.unsubscribe();
    vi.advanceTimersByTime(1_000);
    workers[0]!.tell('exit', 1);
    workers[1]!.end('b', 2);
    expect(b.heard).toEqual([2, 'complete']);
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
  });
});

describe('a thread without work', () => {
  it('does not keep the process alive, though it lives on, until idleMs are over', () => {
    const { workers, call } = open({ idleMs: 1_000 });
    call('a');
    workers[0]!.load();
    expect(workers[0]!.held).toBe(true);
    workers[0]!.do('a');
    expect(workers[0]!.held).toBe(false);
    vi.advanceTimersByTime(999);
    call('b');
    expect(workers[0]!.held).toBe(true);
    workers[0]!.do('b');
    vi.advanceTimersByTime(999);
    expect(workers[0]!.terminated).toBe(false);
    vi.advanceTimersByTime(1);
    expect([workers[0]!.terminated, workers[0]!.held]).toEqual([true, true]); // until it is seen to have ended
  });

  it('lives on with idleMs: Infinity', () => {
    const { workers, call } = open({ idleMs: Infinity });
    call('a');
    workers[0]!.load();
    workers[0]!.do('a');
    expect(vi.getTimerCount()).toBe(0);
    expect([workers[0]!.terminated, workers[0]!.held]).toEqual([false, false]);
  });

  it('is also one that loads, when its call was cancelled, or runs elsewhere', () => {
    const { workers, call } = open({ size: 2 });
    call('a').subscription.unsubscribe();
    expect(workers[0]!.held).toBe(false);
    call('b');
    call('c');
    workers[0]!.load();
    workers[0]!.do('b');
    expect(workers[0]!.calls).toEqual(['b', 'c']);
    expect(workers[1]!.held).toBe(false);
    workers[1]!.load();
    vi.advanceTimersByTime(10_000);
    expect(workers[1]!.terminated).toBe(true);
  });
});

describe('a worker that crashes', () => {
  it('fails what it runs alone: what waits in it starts elsewhere, before what came later', () => {
    const opened = open();
    const { workers, call } = opened;
    warm(opened);
    const a = call('a');
    workers[0]!.start('a');
    call('b');
    call('c');
    workers[0]!.tell('error', new RangeError('why'));
    expect(workers[0]!.terminated).toBe(true);
    workers[0]!.tell('exit', 1);
    expect(a.heard).toEqual([expect.objectContaining({ name: 'WorkerCrashedError', cause: new RangeError('why'), message: 'The worker of a() has crashed: why' })]);
    call('d');
    workers[1]!.load();
    workers[1]!.do('b');
    workers[1]!.do('c');
    expect(workers[1]!.calls).toEqual(['b', 'c', 'd']);
  });

  it('fails no more calls than it ran, maxCrashes times in a row; then all that waits, and one at a time is tried', () => {
    const { workers, call } = open({ size: 2, maxCrashes: 3 });
    const calls = names(5).map((name) => call(name));
    workers[0]!.tell('exit', 9);
    workers[1]!.tell('exit', 9);
    expect(calls.map(({ heard }) => heard.length)).toEqual([1, 1, 0, 0, 0]);
    workers[2]!.tell('exit', 9);
    expect(calls.map(({ heard }) => heard.length)).toEqual([1, 1, 1, 0, 0]); // another one is still loading
    workers[3]!.tell('exit', 9);
    expect(calls.map(({ heard }) => heard.length)).toEqual([1, 1, 1, 1, 1]);
    expect(String(calls[4]!.heard[0])).toContain('4 workers have crashed, one after the other, the last one so: It exited with code 9.');

    const [first] = names(3, 5).map((name) => call(name));
    expect(workers).toHaveLength(5);
    workers[4]!.load();
    workers[4]!.do('call 5', 5);
    expect(first!.heard).toEqual([5, 'complete']);
    call('last');
    expect(workers).toHaveLength(6); // all is as before
  });

  it('does not stall the pool while another thread works on: one at a time is tried', () => {
    const { workers, call } = open({ size: 2, maxCrashes: 3 });
    const endless = call('endless');
    workers[0]!.load();
    workers[0]!.start('endless');
    for (let i = 1; i <= 3; i++) {
      call(`crash ${i}`);
      workers[i]!.tell('exit', 9);
    }
    const next = call('next');
    const after = call('after');
    expect(workers).toHaveLength(5);
    workers[4]!.load();
    workers[4]!.do('next', 7);
    workers[4]!.do('after', 8);
    expect([next.heard, after.heard, endless.heard]).toEqual([[7, 'complete'], [8, 'complete'], []]);
  });

  it('may be one that cannot be made, and says why', () => {
    const pool = workerPool<{ a: () => number }>(() => { throw 'no threads here' as unknown as Error; }, { size: 1 });
    expect(listen(pool.a()).heard).toEqual([expect.objectContaining({ message: 'The worker of a() has crashed: no threads here', cause: 'no threads here' })]);
  });
});

describe('a worker', () => {
  it('whose file cannot be loaded is named in the error, as are those of a thread that has loaded', () => {
    const workers: HandWorker[] = [];
    const make = (): HandWorker => { workers.push(new HandWorker()); return workers.at(-1)!; };
    // The file stands in the function that makes the worker.
    const pool = workerPool<{ a: () => number }>(() => Object.assign(make(), { of: './missing.worker.ts' }), { size: 1 });
    const [first, second] = [listen(pool.a()), listen(pool.a())];
    workers[0]!.tell('exit', 0);
    expect(first.heard).toEqual([expect.objectContaining({ message: 'The worker of a() (./missing.worker.ts) could not be loaded: It exited with code 0. Does it exist, and call expose()?' })]);
    workers[1]!.say('ready', undefined, '/srv/image.worker.js');
    workers[1]!.start('a');
    workers[1]!.tell('exit', 9);
    expect(second.heard).toEqual([expect.objectContaining({ message: 'The worker of a() (/srv/image.worker.js) has crashed: It exited with code 9.' })]);
  });

  it('that does not call expose() fails its call after loadMs, 30,000 by default', () => {
    const { workers, call } = open();
    const { heard } = call('a');
    vi.advanceTimersByTime(29_999);
    expect(workers[0]!.terminated).toBe(false);
    vi.advanceTimersByTime(1);
    expect(workers[0]!.terminated).toBe(true);
    workers[0]!.tell('exit', 1);
    expect(heard).toEqual([expect.objectContaining({ name: 'WorkerCrashedError', message: expect.stringContaining('It has not called expose() within 30000 ms (loadMs).') as string })]);
  });

  it('that loads in time is left alone after loadMs', () => {
    const { workers, call } = open({ loadMs: 50, idleMs: Infinity });
    call('a');
    workers[0]!.load();
    workers[0]!.start('a');
    vi.advanceTimersByTime(1_000);
    expect(workers[0]!.terminated).toBe(false);
  });
});

describe('a call whose buffers move', () => {
  const moving = () => {
    const bytes = new Uint8Array(8);
    return { bytes: transfer(bytes, [bytes.buffer]) };
  };

  it('fails with what it had before when it is subscribed to again after a crash', () => {
    const { workers, fn } = open();
    const source = fn('a')(moving());
    const first = listen(source);
    workers[0]!.load();
    workers[0]!.start('a');
    workers[0]!.tell('error', new RangeError('why'));
    workers[0]!.tell('exit', 1);
    const again = listen(source);
    workers[1]!.load();
    expect([first.heard, again.heard]).toEqual([
      [expect.objectContaining({ message: 'The worker of a() has crashed: why', cause: new RangeError('why') })],
      [expect.objectContaining({
        name: 'WorkerCrashedError', cause: new RangeError('why'),
        message: 'The worker of a() has crashed: why It cannot be called again, as what moved with its kwargs is lost.',
      })],
    ]);
  });

  it('fails with the path of what has moved when it is subscribed to again after its end', () => {
    const { workers, fn } = open();
    const source = fn('a')(moving());
    listen(source);
    workers[0]!.load();
    workers[0]!.do('a');
    expect(listen(source).heard).toEqual([expect.objectContaining({ name: 'NotCloneableError', path: 'kwargs.bytes', message: expect.stringContaining('has moved with an earlier call') as string })]);
    expect(workers[0]!.calls).toEqual(['a']);
  });

  it('that its worker cannot read fails alone, whatever was sent before and after it', () => {
    const opened = open();
    warm(opened);
    const { workers, call } = opened;
    const calls = names(3).map((name) => call(name));
    workers[0]!.do('call 0', 0);
    workers[0]!.say('unread', 8); // after six calls that were to warm it
    workers[0]!.do('call 2', 2);
    expect(calls.map(({ heard }) => heard)).toEqual([[0, 'complete'], [expect.objectContaining({ name: 'NotCloneableError', path: 'kwargs' })], [2, 'complete']]);
  });
});

describe('the slot of a task in the group of a pool', () => {
  it('is its thread’s: a task that is cancelled keeps it until its function has ended, and the most urgent one is next', async () => {
    const { workers, fn, pool } = open({ graceMs: 50 });
    const tasks = new TaskManager({ groups: { threads: pool.limits } });
    const left = tasks.add(fn('left'), { group: 'threads' });
    await Promise.resolve();
    workers[0]!.load();
    workers[0]!.start('left');
    const next = tasks.add(fn('next'), { group: 'threads' });
    left.cancel();
    for (let i = 0; i < 5; i++) await Promise.resolve();
    expect([left.status, next.status]).toEqual(['cancelled', 'queued']);
    const urgent = tasks.add(fn('urgent'), { group: 'threads', priority: 100 });
    workers[0]!.say('complete', 1);
    for (let i = 0; i < 9; i++) await Promise.resolve();
    expect([urgent.status, next.status]).toEqual(['running', 'queued']);
    expect(workers[0]!.calls).toEqual(['left', 'urgent']);
    tasks.cancelAll();
  });

  it('is free when the thread has ended of a function that goes on', async () => {
    const { workers, fn, pool } = open({ graceMs: 50 });
    const tasks = new TaskManager({ groups: { threads: pool.limits } });
    const left = tasks.add(fn('left'), { group: 'threads' });
    await Promise.resolve();
    workers[0]!.load();
    workers[0]!.start('left');
    const next = tasks.add(fn('next'), { group: 'threads' });
    left.cancel();
    vi.advanceTimersByTime(60);
    for (let i = 0; i < 9; i++) await Promise.resolve();
    expect([workers[0]!.terminated, next.status]).toEqual([true, 'queued']);
    workers[0]!.tell('exit', 1);
    for (let i = 0; i < 9; i++) await Promise.resolve();
    expect(next.status).toBe('running');
    tasks.cancelAll();
  });
});

describe('close()', () => {
  it('gives running functions graceMs to heed their signal, and resolves when the last thread has ended', async () => {
    const { workers, call, close } = open({ size: 2, graceMs: 100 });
    const a = call('a');
    const b = call('b');
    workers[0]!.load(); // the other one has yet to
    workers[0]!.start('a');
    let closed = false;
    void close().then(() => { closed = true; });
    expect([a.heard, b.heard]).toEqual([[expect.objectContaining({ code: 'WORKER_POOL_CLOSED' })], [expect.objectContaining({ code: 'WORKER_POOL_CLOSED' })]]);
    expect(workers.map(({ terminated }) => terminated)).toEqual([false, true]);
    workers[0]!.say('complete', 1);
    expect(workers[0]!.terminated).toBe(true);
    workers[1]!.load(); // too late
    workers[1]!.tell('exit', 1);
    await Promise.resolve();
    expect(closed).toBe(false);
    workers[0]!.tell('exit', 1);
    await Promise.resolve();
    expect(closed).toBe(true);
    expect(workers).toHaveLength(2);
  });
});
