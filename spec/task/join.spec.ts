import { EMPTY, NEVER, of, Subject } from 'rxjs';
import { TaskManager } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

describe('joining upstream', () => {
  it('runs once, after all upstream has completed, with last values', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const tasks = manager();
    const [a, b] = [cold('                                            -a-b|'), cold('c-----d--|')];
    const upstream = { a: tasks.task(() => a), b: tasks.task(() => b) };
    const fn = vi.fn((kwargs: { a: string; b: string }) => kwargs.a + kwargs.b);
    expectObservable(tasks.task(fn, { upstream }), '^----------').toBe('---------(r|)', { r: 'bd' });
    expectSubscriptions(a.subscriptions).toBe('                      ^---!');
    expectSubscriptions(b.subscriptions).toBe('                      ^--------!');
  }));

  it('takes a task, an Observable, a promise, an iterable, an async iterable or a stream', async () => {
    const tasks = new TaskManager();
    async function* numbers(): AsyncGenerator<number> {
      yield 4;
      yield 5;
    }
    const task = tasks.task((kwargs) => Object.values(kwargs), {
      upstream: {
        task: tasks.task(() => 1),
        observable: of(2),
        promise: Promise.resolve(3),
        generator: numbers(),
        iterable: new Set([6, 7]),
        stream: new ReadableStream<number>({ start(controller) { controller.enqueue(8); controller.close(); } }),
      },
    });
    const { heard } = listen(task);
    await tasks.onIdle();
    expect(heard).toEqual([[1, 2, 3, 5, 7, 8], 'complete']);
  });

  it('takes a task of another manager as an Observable like any other', () => {
    const [here, there] = [syncManager(), syncManager()];
    const source = new Subject<object>();
    const foreign = there.task(() => source);
    const task = here.task((kwargs) => kwargs, { upstream: [foreign] });
    const { heard, subscription } = listen(task);
    expect([foreign.status, task.status]).toEqual(['running', 'waiting']);
    subscription.unsubscribe();
    expect([foreign.status, task.status]).toEqual(['cancelled', 'cancelled']);
    listen(task);
    const again = listen(task);
    source.next({ a: 1 });
    source.complete();
    expect(again.heard).toEqual([{ a: 1 }, 'complete']);
    expect(heard).toEqual([]);
  });

  it('shares one run of an upstream between the tasks downstream of it', () => {
    const tasks = syncManager();
    const fn = vi.fn(() => ({ a: 1 }));
    const top = tasks.task(fn);
    const left = tasks.task(({ a }) => ({ left: a }), { upstream: [top] });
    const right = tasks.task(({ a }) => ({ right: a }), { upstream: [top] });
    const { heard } = listen(tasks.task((kwargs) => kwargs, { upstream: [left, right] }));
    expect(heard).toEqual([{ left: 1, right: 1 }, 'complete']);
    expect(fn).toHaveBeenCalledOnce();
  });

  it('takes the same task twice', () => {
    const tasks = syncManager();
    const twice = tasks.task(() => ({ a: 1 }));
    expect(listen(tasks.task((kwargs) => kwargs, { upstream: { x: twice, y: twice } })).heard).toEqual([{ x: { a: 1 }, y: { a: 1 } }, 'complete']);
    expect(listen(tasks.task((kwargs) => kwargs, { upstream: [twice, twice], onConflict: 'overwrite' })).heard).toEqual([{ a: 1 }, 'complete']);
    const source = new Subject<number>();
    const running = tasks.task(() => source);
    const { subscription } = listen(tasks.task((kwargs) => kwargs, { upstream: { x: running, y: running } }));
    subscription.unsubscribe();
    expect(running.status).toBe('cancelled');
  });

  it('runs at once when there is no upstream in the list', () => {
    const tasks = syncManager();
    expect(listen(tasks.task((kwargs) => kwargs, { upstream: [] })).heard).toEqual([{}, 'complete']);
    expect(listen(tasks.task((kwargs) => kwargs, { upstream: {} })).heard).toEqual([{}, 'complete']);
  });

  it('subscribes to other Observables once a run, when the task is queued, and leaves them with it', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const tasks = manager();
    const source = cold('                        ---a|');
    const task = tasks.task(({ a }) => a, { upstream: { a: source } });
    expectObservable(task, '--^-!').toBe('       ----');
    expectObservable(task, '------^').toBe('     ----------(a|)');
    expectSubscriptions(source.subscriptions).toBe(['--^-!', '------^---!']);
  }));

  it('leaves the other upstream Observables when one has ended the task', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const tasks = manager();
    const [bad, good] = [cold('-#'), cold('----a|')];
    const task = tasks.task(() => 1, { name: 'work', upstream: [good, bad] });
    expectObservable(task).toBe('-#', undefined, expect.objectContaining({ path: ['upstream[1]', 'work'], cause: 'error' }));
    expectSubscriptions(good.subscriptions).toBe('^!');
  }));

  it('asks no further upstream once one has failed at once', () => {
    const tasks = syncManager();
    const next = vi.fn();
    const task = tasks.task(() => 1, { upstream: [(async function* (): AsyncGenerator<never> {})(), { [Symbol.iterator]: (): never => { throw new Error('no'); } }, { [Symbol.asyncIterator]: next }] });
    const { heard } = listen(task);
    expect(heard).toMatchObject([{ name: 'UpstreamFailedError', cause: { message: 'no' } }]);
    expect(next).not.toHaveBeenCalled();
  });

  it('holds no slot while it waits', () => {
    const tasks = syncManager({ concurrency: 1 });
    const waiting = tasks.add(() => 1, { upstream: [NEVER], priority: 9 });
    const other = tasks.add(() => 2);
    expect([waiting.status, other.status]).toEqual(['waiting', 'completed']);
  });

  it('queues upstream first', () => {
    const tasks = syncManager({ concurrency: 1 });
    const names: string[] = [];
    const [a, b] = ['a', 'b'].map((name) => tasks.task(() => void names.push(name)));
    const task = tasks.task(() => void names.push('task'), { upstream: [b!, a!], priority: 5 });
    task.subscribe();
    expect(names).toEqual(['b', 'a', 'task']);
  });

  it('goes on without an upstream that completes without a value', () => {
    const tasks = syncManager();
    const empty = tasks.task(() => EMPTY);
    expect(listen(tasks.task((kwargs) => kwargs, { upstream: [empty, of({ a: 1 })] })).heard).toEqual([{ a: 1 }, 'complete']);
    expect(listen(tasks.task((kwargs) => kwargs, { upstream: { empty, gone: EMPTY, a: of(1) } })).heard).toEqual([{ a: 1 }, 'complete']);
  });

  it('is not disturbed by an upstream that emits or ends after it was left', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const task = tasks.task(() => 'ran', { upstream: [source, of({})] });
    task.subscribe().unsubscribe();
    source.next({});
    source.error(new Error('late'));
    expect(task.status).toBe('cancelled');
  });

  it('has its upstream run again after it has failed', () => {
    const tasks = syncManager();
    const runs = [new Subject<object>(), of({ a: 1 })];
    const upstream = tasks.task((_, { attempt }) => runs[attempt - 1]!);
    const task = tasks.task((kwargs) => kwargs, { upstream: [upstream] });
    const first = listen(task);
    (runs[0] as Subject<object>).error(new Error('once'));
    expect(first.heard).toMatchObject([{ name: 'UpstreamFailedError' }]);
    expect(listen(task).heard).toEqual([{ a: 1 }, 'complete']);
  });
});
