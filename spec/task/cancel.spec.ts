import { filter, map, NEVER, Observable, of, Subject, take } from 'rxjs';
import { type CancelOptions, type Task, TaskCancelledError, TaskManager, type TaskStatus, withRetry } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

describe('cancel', () => {
  it('settles a running task with an AbortError for every subscriber, and tears it down', () => marbles(({ manager, cold, when, expectObservable, expectSubscriptions }) => {
    const source = cold('              a----b|');
    const task = manager().task(() => source, { name: 'load' });
    when('                             ---c', () => { task.cancel(); });
    const error = new TaskCancelledError('load');
    expectObservable(task).toBe('      a--#', undefined, error);
    expectObservable(task, '--^').toBe('--a#', undefined, error);
    expectSubscriptions(source.subscriptions).toBe('^--!');
  }));

  it('settles a queued task, which then never starts', () => {
    const tasks = syncManager({ concurrency: 1 });
    const running = new Subject<never>();
    tasks.add(() => running);
    const fn = vi.fn();
    const queued = tasks.add(fn); // of the default priority, as stopped tasks that still ran elsewhere
    const { heard } = listen(queued);
    queued.cancel();
    expect(heard).toMatchObject([{ name: 'AbortError' }]);
    running.complete();
    expect(fn).not.toHaveBeenCalled();
    expect(queued.state).toMatchObject({ status: 'cancelled', startedAt: undefined, error: heard[0] });
  });

  it('settles a task that waits for upstream', () => {
    const tasks = syncManager();
    const task = tasks.task(() => 1, { upstream: [NEVER] });
    const { heard } = listen(task);
    task.cancel();
    expect(heard).toMatchObject([{ name: 'AbortError' }]);
  });

  it('aborts the signal with the error that subscribers receive', () => {
    let signal!: AbortSignal;
    const task = syncManager().task((_, context) => {
      ({ signal } = context);
      return NEVER;
    });
    const { heard } = listen(task);
    expect(signal.aborted).toBe(false);
    task.cancel();
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(heard[0]);
  });

  it('leaves the next task alone', () => {
    const tasks = syncManager({ concurrency: 1 });
    const [first, second] = [tasks.add(() => NEVER), tasks.add(() => NEVER)];
    first.cancel();
    expect(second.status).toBe('running');
    first.cancel();
    expect(second.status).toBe('running');
  });

  it('leaves the next run of the same task alone when the cancelled one ends late', async () => {
    const tasks = new TaskManager();
    const ends: ((value: string) => void)[] = [];
    const task = tasks.task(() => new Promise<string>((resolve) => ends.push(resolve)));
    listen(task);
    await Promise.resolve();
    task.cancel();
    const { heard } = listen(task);
    await Promise.resolve();
    ends[0]!('late');
    await Promise.resolve();
    expect(heard).toEqual([]);
    ends[1]!('right');
    await tasks.onIdle();
    expect(heard).toEqual(['right', 'complete']);
  });

  it('frees the slot at once, though the function goes on', async () => {
    const tasks = new TaskManager({ concurrency: 1 });
    const task = tasks.add(() => new Promise(() => {}));
    const next = tasks.add(() => 'next');
    await Promise.resolve();
    expect([task.status, next.status]).toEqual(['running', 'queued']);
    task.cancel();
    await tasks.onIdle();
    expect(next.status).toBe('completed');
  });

  it('does nothing to a task that is idle or has settled', () => {
    const tasks = syncManager();
    const { heard } = listen(tasks.events$);
    const idle = tasks.task(() => 1);
    idle.cancel();
    expect(idle.status).toBe('idle');
    expect(heard).toEqual([]);
  });

  it('reaches every running task, in whatever order others have ended before', () => {
    const tasks = syncManager();
    const gates = Array.from({ length: 4 }, () => new Subject<void>());
    const [a, b, c, d] = gates.map((gate) => tasks.add(() => gate)) as [Task<void>, Task<void>, Task<void>, Task<void>];
    for (const i of [0, 3]) gates[i]?.complete();
    tasks.cancelAll();
    expect([a, b, c, d].map(({ status }) => status)).toEqual(['completed', 'cancelled', 'cancelled', 'completed']);
  });

  it('can be called by the function itself, before it returns', () => {
    const tasks = syncManager({ concurrency: 1 });
    let subscribed = false;
    for (const result of ['value', new Observable(() => { subscribed = true; }), Promise.resolve(1), Promise.reject(new Error('ignored'))]) {
      const signals: boolean[] = [];
      const task = tasks.task((_, context) => {
        task.cancel();
        signals.push(context.signal.aborted);
        return result;
      });
      expect(listen(task).heard).toMatchObject([{ name: 'AbortError' }]);
      expect(signals).toEqual([true]);
    }
    expect(subscribed).toBe(false);
    expect(tasks.add(() => 1).status).toBe('completed');
  });

  it('ends a function that throws after it has cancelled itself just once', () => {
    const tasks = syncManager({ concurrency: 1 });
    const task = tasks.task((): never => {
      task.cancel();
      throw new Error('after');
    });
    expect(listen(task).heard).toMatchObject([{ name: 'AbortError' }]);
    expect(tasks.state.counts).toMatchObject({ running: 0, cancelled: 1, failed: 0 });
  });

  it('can be called by a subscriber while it is told a value', () => {
    const tasks = syncManager();
    const task = tasks.task(() => of(1, 2, 3));
    const seen: unknown[] = [];
    task.subscribe({ next: (value) => { seen.push(value); task.cancel(); }, error: ({ name }: Error) => seen.push(name) });
    expect(seen).toEqual([1, 'AbortError']);
  });
});

describe('what a cancel reaches', () => {
  /** `top` and `lone` feed `middle`, which feeds `bottom`; `top` feeds `beside` as well. */
  function graph(): { cancel(options?: CancelOptions): Record<string, TaskStatus>; finish(): Record<string, TaskStatus>; kwargs: unknown[] } {
    const tasks = syncManager();
    const ends = Array.from({ length: 3 }, () => new Subject<object>());
    const kwargs: unknown[] = [];
    const top = tasks.task(() => ends[0]!);
    const lone = tasks.task(() => ends[1]!);
    const middle = tasks.task(() => ({ middle: 1 }), { upstream: [top, lone] });
    const bottom = tasks.add((given) => void kwargs.push(given), { upstream: { middle, other: ends[2]! } });
    const beside = tasks.add(() => 1, { upstream: [top] });
    const statuses = () => ({ top: top.status, lone: lone.status, middle: middle.status, bottom: bottom.status, beside: beside.status });
    return {
      cancel: (options) => { middle.cancel(options); return statuses(); },
      finish: () => { for (const end of ends) { end.next({ a: 1 }); end.complete(); } return statuses(); },
      kwargs,
    };
  }

  it('is what is downstream, and upstream that no one else needs', () => {
    const { cancel, finish } = graph();
    expect(cancel()).toEqual({ top: 'running', lone: 'cancelled', middle: 'cancelled', bottom: 'cancelled', beside: 'waiting' });
    expect(finish()).toMatchObject({ top: 'completed', beside: 'completed' });
  });

  it('is not what is downstream with downstream: false, which goes on without the result', () => {
    const { cancel, finish, kwargs } = graph();
    expect(cancel({ downstream: false })).toMatchObject({ lone: 'cancelled', middle: 'cancelled', bottom: 'waiting' });
    expect(finish()).toMatchObject({ bottom: 'completed' });
    expect(kwargs).toEqual([{ other: { a: 1 } }]);
  });

  it("is nothing upstream with upstream: 'none', where the manager keeps what would be unneeded", () => {
    const { cancel, finish } = graph();
    expect(cancel({ upstream: 'none' })).toEqual({ top: 'running', lone: 'running', middle: 'cancelled', bottom: 'cancelled', beside: 'waiting' });
    expect(finish()).toMatchObject({ top: 'completed', lone: 'completed', beside: 'completed' });
  });

  it("is whatever is connected with upstream: 'all'", () => {
    const { cancel } = graph();
    expect(cancel({ upstream: 'all' })).toEqual({ top: 'cancelled', lone: 'cancelled', middle: 'cancelled', bottom: 'cancelled', beside: 'cancelled' });
  });

  it("is what is upstream, and nothing else, with upstream: 'all', downstream: false", () => {
    const { cancel, finish, kwargs } = graph();
    expect(cancel({ upstream: 'all', downstream: false })).toMatchObject({ top: 'cancelled', lone: 'cancelled', middle: 'cancelled', bottom: 'waiting' });
    expect(finish()).toMatchObject({ bottom: 'completed', beside: 'completed' });
    expect(kwargs).toEqual([{ other: { a: 1 } }]);
  });

  it("is not upstream that has completed: 'all' leaves its result and those beside it", () => {
    const tasks = syncManager();
    const done = tasks.add(() => ({ a: 1 }));
    const beside = tasks.add(() => NEVER, { upstream: [done] });
    const task = tasks.add(() => NEVER, { upstream: [done] });
    task.cancel({ upstream: 'all' });
    expect([done.status, beside.status, task.status]).toEqual(['completed', 'running', 'cancelled']);
  });

  it('is in the order in which the tasks were made, breadth first', () => {
    const tasks = syncManager();
    const events: string[] = [];
    const a = tasks.task(() => NEVER, { name: 'a' });
    const b1 = tasks.task(() => 1, { name: 'b1', upstream: [a] });
    const b2 = tasks.task(() => 1, { name: 'b2', upstream: [a] });
    const c1 = tasks.task(() => 1, { name: 'c1', upstream: [b1] });
    const c2 = tasks.task(() => 1, { name: 'c2', upstream: [b2] });
    for (const task of [c2, c1]) task.start();
    tasks.events$.pipe(mainEvents).subscribe((event) => events.push(describeEvent(event)));
    a.cancel();
    expect(events).toEqual(['a', 'b1', 'b2', 'c1', 'c2'].map((name) => `cancelled ${name}`));
  });

  it.each([[true, 'cancelled'], [false, 'completed']])('is what is queued downstream in the middle of it as well: downstream: %o', (downstream, becomes) => {
    const tasks = syncManager();
    const [first, second] = [tasks.add(() => NEVER), tasks.add(() => NEVER)];
    let late: Task<unknown> | undefined;
    first.subscribe({ error: () => { late = tasks.add(() => 1, { upstream: [second] }); } });
    tasks.cancelAll({ downstream });
    expect([first.status, second.status, late?.status]).toEqual(['cancelled', 'cancelled', becomes]);
  });

  it('is a task that is queued anew in the middle of it, when what it waits for is still to be cancelled', () => {
    const tasks = syncManager();
    const upstream = tasks.add(() => NEVER);
    const task = tasks.add(() => 1, { upstream: [upstream] });
    let again = false;
    task.subscribe({ error: () => {
      if (again) return;
      again = true;
      task.start();
    } });
    task.cancel({ upstream: 'all' });
    expect([upstream.status, task.status]).toEqual(['cancelled', 'cancelled']);
  });

  it('passes over a task that a listener has ended, or queued anew, meanwhile', () => {
    const tasks = syncManager();
    const a = tasks.add(() => NEVER, { name: 'a' });
    const b = tasks.add(() => NEVER, { name: 'b' });
    const c = tasks.add(() => NEVER, { name: 'c' });
    const events: string[] = [];
    a.subscribe({ error: () => { b.cancel(); b.start(); c.cancel(); } });
    tasks.events$.pipe(mainEvents).subscribe((event) => events.push(describeEvent(event)));
    tasks.cancelAll();
    expect([a.status, b.status, c.status]).toEqual(['cancelled', 'running', 'cancelled']);
    expect(events.filter((event) => event.startsWith('cancelled')).sort()).toEqual(['cancelled a', 'cancelled b', 'cancelled c']);
  });
});

describe('cancelAll', () => {
  it('ends whatever is waiting, queued or running, in a group or not', () => {
    const tasks = syncManager({ concurrency: 2 });
    const all = [tasks.add(() => NEVER), tasks.add(() => NEVER, { group: 'g' }), tasks.add(() => NEVER), tasks.add(() => 1, { upstream: [NEVER] })];
    expect(all.map(({ status }) => status)).toEqual(['running', 'running', 'queued', 'waiting']);
    const { heard } = listen(all[3]!);
    tasks.cancelAll();
    expect(all.map(({ status }) => status)).toEqual(Array(4).fill('cancelled'));
    expect(heard).toMatchObject([{ cancelled: 'every task' }]);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, cancelled: 4, skipped: 0 });
  });

  it('does nothing when there is nothing, and stops nothing that comes after', () => {
    const tasks = syncManager();
    tasks.cancelAll();
    expect(tasks.add(() => 1).status).toBe('completed');
  });

  it.each([
    ['cancelAll()', (tasks: TaskManager) => { tasks.cancelAll(); }],
    ['close()', (tasks: TaskManager) => { void tasks.close(); }],
    ['cancel() of their group', (tasks: TaskManager) => { tasks.group('g').cancel(); }],
    ['cancelAll() in a listener to a failure', (tasks: TaskManager) => {
      tasks.failed$.pipe(take(1)).subscribe(() => { tasks.cancelAll(); });
      tasks.add(() => { throw new Error('x'); });
    }],
  ])('and %s cancel what depends on a task in ways that they do not see', (_, cancel) => {
    const tasks = syncManager();
    const never = (): Observable<object> => NEVER;
    const a = tasks.add(never, { group: 'g' });
    const piped = a.pipe(map((x) => x));
    const dependent = [
      tasks.add(() => 1, { group: 'g', upstream: { piped } }),
      tasks.add(() => 1, { group: 'g', upstream: { piped }, onUpstreamError: 'skip' }),
      tasks.add(() => 1, { group: 'g', upstream: { piped }, join: 'combineLatest' }),
      tasks.add(() => piped, { group: 'g' }),
      tasks.add(() => piped, { group: 'g', policies: [withRetry(2)] }),
    ];
    const log: string[] = [];
    tasks.events$.pipe(filter(({ type }) => type !== 'groupFinished')).subscribe((event) => log.push(describeEvent(event)));
    cancel(tasks);
    expect(log.slice(-6)).toEqual([a, ...dependent].map(({ name }) => `cancelled ${name}`));
    expect(dependent.map(({ state: { error } }) => (error as Error).name)).toEqual(Array.from(dependent, () => 'AbortError'));
    expect(tasks.scheduler.running).toBe(0);
  });
});
