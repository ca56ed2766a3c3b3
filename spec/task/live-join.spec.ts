import { combineLatest, EMPTY, map, NEVER, of, Subject, switchMap } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

const join = 'combineLatest';

describe("join: 'combineLatest'", () => {
  it('runs for each combination of upstream values, as switchMap after combineLatest does', () => marbles(({ manager, cold, expectObservable }) => {
    const tasks = manager();
    const a = () => cold('                                       -a---b------|');
    const b = () => cold('                                       --x----y--|  ');
    const run = (text: string) => cold('-r|').pipe(map(() => text));
    const task = tasks.task((kwargs) => run(kwargs.a + kwargs.b), { upstream: { a: tasks.task(a), b: b() }, join });
    const operator = combineLatest({ a: a(), b: b() }).pipe(switchMap((kwargs) => run(kwargs.a + kwargs.b)));
    const values = { p: 'ax', q: 'bx', r: 'by' };
    expectObservable(task).toBe('                                ---p--q-r---|', values);
    expectObservable(operator).toBe('                            ---p--q-r---|', values);
  }));

  it('replaces the run before, with its signal aborted', () => marbles(({ manager, cold, when, expectObservable, expectSubscriptions }) => {
    const tasks = manager();
    const runs = { a: cold('              --1--2--|'), b: cold('    --3|') };
    const signals: AbortSignal[] = [];
    const task = tasks.task(({ key }, { signal }) => {
      signals.push(signal);
      return runs[key as 'a' | 'b'];
    }, { upstream: { key: cold('          -a--b|') }, join });
    expectObservable(task).toBe('         ---1--3|');
    expectSubscriptions(runs.a.subscriptions).toBe('-^--!');
    expectSubscriptions(runs.b.subscriptions).toBe('----^--!');
    when('                                -----x', () => { expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]); });
  }));

  it('completes when all upstream and its last run have completed', () => {
    const tasks = syncManager();
    const [a, run] = [new Subject<number>(), new Subject<string>()];
    const task = tasks.task(() => run, { upstream: { a }, join });
    const { heard } = listen(task);
    a.next(1);
    a.complete();
    expect(task.status).toBe('running');
    run.next('x');
    run.complete();
    expect(heard).toEqual(['x', 'complete']);
  });

  it('waits for upstream between its runs, and holds no slot meanwhile', () => {
    const tasks = syncManager({ concurrency: 1 });
    const a = new Subject<number>();
    const task = tasks.task(({ n }) => n * 2, { upstream: { n: a }, join });
    const { heard } = listen(task);
    a.next(1);
    expect(task.status).toBe('waiting');
    expect(tasks.add(() => 1).status).toBe('completed');
    a.next(2);
    a.complete();
    expect(heard).toEqual([2, 4, 'complete']);
    expect(task.status).toBe('completed');
  });

  it('passes over combinations that it has no slot for', () => {
    const tasks = syncManager({ concurrency: 1 });
    const [a, busy] = [new Subject<number>(), new Subject<never>()];
    const { heard } = listen(tasks.task(({ n }) => n, { upstream: { n: a }, join }));
    tasks.add(() => busy);
    a.next(1);
    a.next(2);
    expect(heard).toEqual([]);
    busy.complete();
    expect(heard).toEqual([2]);
  });

  it('takes the latest value of a task that runs already, and the kept one of a completed one', () => {
    const tasks = syncManager();
    const source = new Subject<number>();
    const [running, completed] = [tasks.add(() => source), tasks.add(() => 'kept')];
    source.next(1);
    const { heard } = listen(tasks.task((kwargs) => kwargs, { upstream: { running, completed }, join }));
    expect(heard).toEqual([{ running: 1, completed: 'kept' }]);
    source.next(2);
    source.complete();
    expect(heard).toEqual([{ running: 1, completed: 'kept' }, { running: 2, completed: 'kept' }, 'complete']);
  });

  it('waits for a first value of each, and takes the latest of those that have several by then', () => {
    const tasks = syncManager();
    const [a, b] = [new Subject<number>(), new Subject<number>()];
    const { heard } = listen(tasks.task((kwargs) => kwargs, { upstream: { a: tasks.task(() => a), b }, join }));
    a.next(1);
    a.next(2);
    expect(heard).toEqual([]);
    b.next(3);
    expect(heard).toEqual([{ a: 2, b: 3 }]);
  });

  it('lets an abort listener of a replaced run end a sibling, which the new value does not reach', () => {
    const tasks = syncManager();
    const a = new Subject<number>();
    const upstream = tasks.task(() => a);
    const ran: number[] = [];
    const one = tasks.task((_, { signal }) => {
      signal.addEventListener('abort', () => { sibling.unsubscribe(); });
      return NEVER;
    }, { upstream: { n: upstream }, join });
    one.subscribe();
    const two = tasks.task(({ n }) => void ran.push(n), { upstream: { n: upstream }, join });
    const sibling = two.subscribe();
    a.next(1);
    a.next(2);
    expect(ran).toEqual([1]);
    expect(two.status).toBe('cancelled');
  });

  it.each<[string, (peek: () => void) => (signal: AbortSignal) => void]>([
    ['the function of a live task', (peek) => peek],
    ['an abort handler of the run it replaces', (peek) => (signal) => { signal.addEventListener('abort', peek); }],
  ])('tells a value once to who subscribes to its upstream in %s', (_, prepare) => {
    const tasks = syncManager();
    const source = new Subject<number>();
    const upstream = tasks.task(() => source);
    const before = listen(upstream);
    let late: unknown[] | undefined;
    const act = prepare(() => { late ??= listen(upstream).heard; });
    const live = tasks.task((_kwargs, { signal }) => {
      act(signal);
      return NEVER;
    }, { upstream: { upstream }, join });
    live.subscribe();
    for (const value of [1, 2, 3]) source.next(value);
    expect(before.heard).toEqual([1, 2, 3]);
    expect(late).toEqual(late?.[0] === 1 ? [1, 2, 3] : [2, 3]);
  });

  it('tells the value of a promise once to who subscribes to it in the function of a live task', async () => {
    const tasks = syncManager();
    const upstream = tasks.task(() => Promise.resolve(7));
    const before = listen(upstream);
    let late: unknown[] | undefined;
    tasks.add(() => { late ??= listen(upstream).heard; }, { upstream: { upstream }, join });
    await tasks.onIdle();
    expect([before.heard, late]).toEqual([[7, 'complete'], [7, 'complete']]);
  });

  it('hands its values on to live tasks downstream, and its last one to others', () => {
    const tasks = syncManager();
    const a = new Subject<number>();
    const middle = tasks.task(({ n }) => ({ n: n * 10 }), { upstream: { n: a }, join });
    const live = listen(tasks.task((kwargs) => kwargs.n, { upstream: [middle], join }));
    const once = listen(tasks.task((kwargs) => kwargs.n, { upstream: [middle] }));
    a.next(1);
    a.next(2);
    a.complete();
    expect(live.heard).toEqual([10, 20, 'complete']);
    expect(once.heard).toEqual([20, 'complete']);
  });

  it('runs without an upstream that completes without a value', () => {
    const tasks = syncManager();
    const empty = tasks.task(() => EMPTY);
    expect(listen(tasks.task((kwargs) => kwargs, { upstream: { empty, gone: EMPTY, a: of(1) }, join })).heard).toEqual([{ a: 1 }, 'complete']);
    const late = new Subject<never>();
    const a = new Subject<number>();
    const { heard } = listen(tasks.task((kwargs) => kwargs, { upstream: { late, a }, join }));
    a.next(1);
    expect(heard).toEqual([]);
    late.complete();
    expect(heard).toEqual([{ a: 1 }]);
    a.complete();
    expect(heard).toEqual([{ a: 1 }, 'complete']);
  });

  it('runs once without upstream', () => {
    expect(listen(syncManager().task(() => 1, { join })).heard).toEqual([1, 'complete']);
  });

  it('fails with its upstream, and with its run', () => {
    const tasks = syncManager();
    const a = new Subject<number>();
    const upstream = tasks.task(() => a);
    const bad = listen(tasks.task(({ n }) => { if (n === 2) throw new Error('two'); return n; }, { upstream: { n: upstream }, join }));
    const good = listen(tasks.task(({ n }) => n, { upstream: { n: upstream }, join }));
    a.next(1);
    a.next(2);
    expect(bad.heard).toMatchObject([1, { message: 'two' }]);
    expect(upstream.status).toBe('running');
    a.error(new Error('over'));
    expect(good.heard).toMatchObject([1, 2, { name: 'UpstreamFailedError', cause: { message: 'over' } }]);
  });

  it('withdraws its upstream when it has failed and no one else wants it', () => {
    const tasks = syncManager();
    const a = new Subject<number>();
    const upstream = tasks.task(() => a);
    const { heard } = listen(tasks.task(() => { throw new Error('bad'); }, { upstream: { n: upstream }, join }));
    a.next(1);
    expect(heard).toMatchObject([{ message: 'bad' }]);
    expect(upstream.status).toBe('cancelled');
    expect(a.observed).toBe(false);
  });

  it('goes on without an upstream that is cancelled alone', () => {
    const tasks = syncManager();
    const [a, b] = [tasks.task(() => of(1)), tasks.task(() => NEVER)];
    const task = tasks.task((kwargs) => kwargs, { upstream: { a, b }, join });
    const { heard } = listen(task);
    b.cancel({ downstream: false });
    expect(heard).toEqual([{ a: 1 }, 'complete']);
  });

  it('completes when the upstream it was waiting for is cancelled alone', () => {
    const tasks = syncManager();
    const a = new Subject<number>();
    const upstream = tasks.task(() => a);
    const { heard } = listen(tasks.task(({ n }) => n, { upstream: { n: upstream }, join }));
    a.next(1);
    upstream.cancel({ downstream: false });
    expect(heard).toEqual([1, 'complete']);
  });

  it('counts each combination as a first attempt once the run before it has completed', () => {
    const tasks = syncManager();
    const a = new Subject<number>();
    const { heard } = listen(tasks.task((_, { attempt }) => attempt, { upstream: { a }, join }));
    a.next(1);
    a.next(2);
    expect(heard).toEqual([1, 1]);
  });

  it('takes back what a replaced run has reported', () => {
    const tasks = syncManager();
    const a = new Subject<number>();
    const task = tasks.add(({ n }, { progress }) => {
      if (n === 1) progress(0.5);
      return NEVER;
    }, { upstream: { n: a }, join });
    a.next(1);
    expect(tasks.state.progress.fraction).toBe(0.5);
    expect(task.state.progress).toEqual({ fraction: 0.5 });
    a.next(2);
    expect(tasks.state.progress.fraction).toBe(0);
    expect(task.state.progress).toBeUndefined();
  });
});
