import fc from 'fast-check';
import { asapScheduler, concatMap, EMPTY, EmptyError, firstValueFrom, from, lastValueFrom, mergeMap, NEVER, Observable, of, queueScheduler, Subject, toArray } from 'rxjs';
import { explain, InvalidInputError, type Task, TaskCancelledError, type TaskContext, TaskManager, withRetry, withTimeout } from 'sluice';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { macrotask, microtasks } from '../support/event-loop.ts';
import { keyed } from '../support/keyed.ts';
import { listen } from '../support/listen.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

const run = <T>(task: Task<T>) => (_: unknown, { run }: TaskContext): Promise<T> => run(task);

describe('context.run', () => {
  it('gives up the slot while it waits for the task, and takes it back before it goes on', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<number>();
    const child = tasks.task(() => source);
    const parent = tasks.add(async (_, { run }) => (await run(child)) * 2);
    expect([parent.status, child.status]).toEqual(['waiting', 'running']);
    const other = tasks.add(() => new Subject(), { priority: 1 });
    source.next(20);
    source.next(21);
    source.complete();
    await microtasks();
    expect([parent.status, other.status]).toEqual(['queued', 'running']);
    other.cancel();
    expect(parent.status).toBe('running');
    expect(await lastValueFrom(parent)).toBe(42);
  });

  it('goes before those that were queued after its task, when it takes its slot back', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject();
    const parent = tasks.add(run(tasks.task(() => source)));
    const later = tasks.add(() => NEVER);
    source.complete();
    expect([parent.status, later.status]).toEqual(['running', 'queued']);
    await microtasks();
    expect([parent.status, later.status]).toEqual(['failed', 'running']);
  });

  it('queues the child before others take the slot', () => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.pause();
    const child = tasks.task(() => NEVER);
    const parent = tasks.add(run(child), { priority: 1 });
    const other = tasks.add(() => NEVER);
    tasks.resume();
    expect([parent, child, other].map(({ status }) => status)).toEqual(['waiting', 'running', 'queued']);
  });

  it('waits for the run that is under way, though who watches the task ends it as its priority rises', async () => {
    const tasks = syncManager();
    const source = new Subject<number>();
    const log: string[] = [];
    tasks.events$.pipe(mainEvents).subscribe((event) => log.push(describeEvent(event)));
    const child = tasks.add(({ source }) => source, { name: 'child', upstream: { source } });
    child.state$.subscribe(({ priority }) => { if (priority === 1) source.error(new Error('x')); });
    const parent = tasks.add(run(child), { name: 'parent', priority: 1 });
    await microtasks();
    expect(log).toEqual(['queued child', 'queued parent', 'started parent', 'failed child', 'failed parent']);
    expect(parent.state.error).toBe(child.state.error);
  });

  it('makes a task of a function and options', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const parent = tasks.add((_, { run }) => run(({ n }, { name }) => `${name} ${n}`, { kwargs: { n: 1 }, name: 'child' }));
    expect(await lastValueFrom(parent)).toBe('child 1');
  });

  it('takes the result of a task that has completed, and keeps its slot', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const child = tasks.add(() => 1);
    const parent = tasks.add(run(child));
    expect(parent.status).toBe('running');
    expect(await lastValueFrom(parent)).toBe(1);
  });

  it('rejects as the task fails, and the function may go on with its slot', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const child = tasks.task(async (): Promise<number> => { throw new Error('child'); });
    const [careful, careless] = [
      tasks.add(async (_, { run }) => { try { return await run(child); } catch (error) { return `${(error as Error).message}, ${tasks.scheduler.running}`; } }),
      tasks.add(run(child)),
    ];
    await tasks.onIdle();
    expect(await lastValueFrom(careful)).toBe('child, 1');
    expect(careless.state.error).toMatchObject({ message: 'child' });
  });

  it("rejects with RxJS's EmptyError when the task has no value, or is skipped", async () => {
    const tasks = syncManager();
    const failing = tasks.task(() => { throw new Error('x'); });
    const children = [tasks.task(() => EMPTY), tasks.task(() => 1, { upstream: [failing], onUpstreamError: 'skip' }), tasks.add(() => EMPTY)];
    const parents = children.map((child) => tasks.add(run(child)));
    await tasks.onIdle();
    for (const { state } of parents) expect(state.error).toBeInstanceOf(EmptyError);
  });

  it('rejects when the task is cancelled, and the one that waits for it goes on', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const child = tasks.task(() => NEVER);
    const parent = tasks.add(async (_, { run }) => run(child).catch((error: unknown) => error));
    child.cancel();
    expect(await lastValueFrom(parent)).toBeInstanceOf(TaskCancelledError);
  });

  it('rejects in a function whose task has ended', async () => {
    const tasks = syncManager();
    const contexts: TaskContext[] = [];
    const child = tasks.task(() => 1);
    const completed = tasks.add((_, context) => void contexts.push(context), { name: 'completed' });
    const cancelled = tasks.add((_, context) => { contexts.push(context); return NEVER; });
    cancelled.cancel();
    await expect(contexts[0]!.run(child)).rejects.toBeInstanceOf(TaskCancelledError);
    await expect(contexts[1]!.run(child)).rejects.toBe(cancelled.state.error);
    expect([completed.status, child.status]).toEqual(['completed', 'idle']);
  });

  it('waits for a task of another manager as for any other', async () => {
    const [tasks, others] = [syncManager({ concurrency: 1 }), syncManager()];
    const source = new Subject<number>();
    const child = others.task(() => source);
    const parent = tasks.add(run(child));
    expect([parent.status, child.status, tasks.scheduler.running]).toEqual(['waiting', 'running', 0]);
    source.next(1);
    source.complete();
    expect(await lastValueFrom(parent)).toBe(1);
  });

  it('says what it waits for, tells of one start, and counts one attempt', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<number>();
    const log: string[] = [];
    tasks.events$.pipe(mainEvents).subscribe((event) => log.push(describeEvent(event)));
    const parent = tasks.add((_, { run }) => run(() => source, { name: 'child' }), { name: 'parent' });
    expect(String(explain(parent))).toContain('child');
    expect(explain(parent).obstacles).toEqual([{ type: 'children', names: ['child'] }]);
    expect(tasks.state.counts).toMatchObject({ waiting: 1, running: 1 });
    source.next(1);
    source.complete();
    await lastValueFrom(parent);
    expect(log).toEqual(['queued parent', 'started parent', 'queued child', 'started child', 'completed child', 'completed parent']);
  });

  it('does not take its slot back while the manager is paused', async () => {
    const tasks = syncManager();
    const source = new Subject<number>();
    const parent = tasks.add(run(tasks.task(() => source)));
    tasks.pause();
    source.next(1);
    source.complete();
    await microtasks();
    expect(parent.status).toBe('queued');
    tasks.resume();
    expect(await lastValueFrom(parent)).toBe(1);
  });
});

describe('a child', () => {
  it('is of the group and priority of its parent, unless it says otherwise', () => {
    const tasks = syncManager();
    const options = { group: 'g', priority: 3 };
    const child = (inner: object = {}): Task<unknown> => {
      let made: Task<unknown> | undefined;
      const subscription = tasks.events$.subscribe(({ type, ...event }) => { if (type === 'started' && 'task' in event) made = event.task; });
      tasks.add((_, { run }) => run(() => NEVER, inner), options);
      subscription.unsubscribe();
      return made!;
    };
    expect(child()).toMatchObject(options);
    expect(child({ group: undefined, priority: undefined })).toMatchObject(options);
    expect(child({ group: 'h', priority: 5 })).toMatchObject({ group: 'h', priority: 5 });
    expect(child({ priority: 0 })).toMatchObject({ group: 'g', priority: 0 });
    expect(child({ priority: -1 })).toMatchObject({ group: 'g', priority: -1 });
    const given = [tasks.task(() => NEVER), tasks.task(() => NEVER, { group: 'h', priority: 1 })];
    for (const each of given) tasks.add(run(each), options);
    expect(given).toMatchObject([options, { group: 'h', priority: 1 }]);
  });

  it('moves with its parent, whose priority is set, or raised by who waits for it', () => {
    const tasks = syncManager();
    const grandchild = tasks.task(() => NEVER);
    const child = tasks.task(run(grandchild));
    const parent = tasks.add(run(child), { priority: -2 });
    const priorities = (): number[] => [parent, child, grandchild].map(({ priority }) => priority);
    expect(priorities()).toEqual([-2, -2, -2]);
    parent.setPriority(3);
    expect(priorities()).toEqual([3, 3, 3]);
    const urgent = tasks.add(() => 1, { upstream: [parent], priority: 8 });
    expect(priorities()).toEqual([8, 8, 8]);
    urgent.cancel({ upstream: 'none' });
    expect(priorities()).toEqual([3, 3, 3]);
    child.setPriority(1);
    parent.setPriority(5);
    expect(priorities()).toEqual([5, 1, 1]);
    parent.cancel();
    expect(priorities()).toEqual([5, 1, 0]);
  });

  it('stays where it is when its parent moves, if it says otherwise or is of another manager', () => {
    const [tasks, others] = [syncManager(), syncManager()];
    const children = [tasks.task(() => NEVER, { priority: 2 }), others.task(() => NEVER)];
    const parent = tasks.add((_, { run }) => Promise.all(children.map((child) => run(child))));
    const above = tasks.add(run(parent), { priority: 4 });
    expect([above, parent, ...children].map(({ status, priority }) => [status, priority])).toEqual([['waiting', 4], ['waiting', 4], ['running', 2], ['running', 0]]);
  });

  it('goes at the highest priority of those who run it', () => {
    const tasks = syncManager({ inheritPriority: false });
    const child = tasks.task(() => NEVER);
    const parents = [1, 7, 3].map((priority) => tasks.add(run(child), { priority }));
    expect(child.priority).toBe(7);
    parents[1]!.cancel();
    expect(child.priority).toBe(3);
    for (const each of parents) each.cancel();
    expect(child).toMatchObject({ status: 'cancelled', priority: 0 });
  });

  it('that has no group is in that of the task that runs it, for this run alone', () => {
    const tasks = syncManager();
    const seen: (string | undefined)[] = [];
    const child = tasks.task((): Observable<number> => NEVER);
    const cancelled = (group: string): void => {
      tasks.group(group).events$.subscribe((event) => { if (event.type === 'cancelled' && event.task === child) seen.push(event.task.group); });
    };
    cancelled('g');
    cancelled('h');
    for (const group of ['g', 'h']) {
      const parent = tasks.add(run(child), { group });
      expect([child.group, tasks.group(group).state.counts.running]).toEqual([group, 1]);
      parent.cancel();
    }
    expect(seen).toEqual(['g', 'h']);
    child.start();
    expect([child.status, child.group, tasks.group('h').state.counts.running]).toEqual(['running', undefined, 0]);
  });

  it('that is under way for others is not moved out of its group, nor below its priority', () => {
    const tasks = syncManager();
    const child = tasks.add(() => NEVER);
    const low = tasks.add(run(child), { priority: -3, group: 'g' });
    expect(child).toMatchObject({ priority: 0, group: undefined });
    const high = tasks.add(run(child), { priority: 3, group: 'g' });
    expect(child.priority).toBe(3);
    high.cancel();
    low.cancel();
    expect(child).toMatchObject({ status: 'running', priority: 0 });
  });

  it('keeps the priority of its parent when it begins anew', () => {
    const tasks = syncManager();
    const keys = keyed();
    const input = keys.get('input', () => tasks.task(() => 1));
    const child = tasks.task(() => NEVER, { upstream: { input } });
    const parent = tasks.add(run(child), { priority: 4 });
    keys.invalidate('input');
    expect([child.status, child.priority, parent.status]).toEqual(['running', 4, 'waiting']);
  });

  it.each<[string, (parent: Task<unknown>, source: Subject<number>) => void]>([
    ['is cancelled', (parent) => { parent.cancel(); }],
    ['is withdrawn', () => {}],
    ['is replaced by a run for later values', (_, source) => { source.next(2); }],
    ['fails with its upstream', (_, source) => { source.error(new Error('x')); }],
  ])('is withdrawn when its parent %s, unless someone else wants it', async (how, act) => {
    const tasks = syncManager({ concurrency: 2 });
    const source = new Subject<number>();
    const [signals, errors, children]: [AbortSignal[], unknown[], Task<unknown>[]] = [[], [], []];
    const wanted = tasks.task(() => NEVER, { name: 'wanted' });
    const parent = tasks.task(async (_, { run, signal }) => {
      const grandchild = tasks.task((_, { signal }) => { signals.push(signal); return NEVER; });
      const child = tasks.task((_, { run }) => run(grandchild));
      children.push(child, grandchild);
      await Promise.all([child, wanted].map((each) => run(each).catch((error: unknown) => { errors.push(error === signal.reason); })));
    }, { upstream: { source }, join: 'combineLatest' });
    const subscription = parent.subscribe({ error: () => {} });
    source.next(1);
    const listener = wanted.subscribe();
    act(parent, source);
    if (how === 'is withdrawn') subscription.unsubscribe();
    await microtasks();
    expect(children.slice(0, 2).map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect([signals[0]?.aborted, errors]).toEqual([true, [true, true]]);
    expect(['running', 'queued']).toContain(wanted.status);
    listener.unsubscribe();
    subscription.unsubscribe();
    expect(tasks.scheduler).toMatchObject({ running: 0, queued: 0 });
  });

  it.each<[string, (parent: Task<unknown>, source: Subject<unknown>) => void, string]>([
    ['throws', () => {}, 'failed parent'],
    ['rejects', (_, source) => { source.error(new Error('rejected')); }, 'failed parent'],
    ['times out', () => { vi.advanceTimersByTime(10); }, 'failed parent'],
    ['is cancelled', (parent) => { parent.cancel(); }, 'cancelled parent'],
    ['is withdrawn', () => {}, 'withdrawn parent'],
  ])('and its parent are told of before the end of their group, when the parent %s', async (how, act, end) => {
    vi.useFakeTimers();
    onTestFinished(() => { vi.useRealTimers(); });
    const tasks = new TaskManager({ timeSlice: Infinity });
    const source = new Subject<unknown>();
    const logs = Array.from({ length: 2 }, (): string[] => []);
    for (const [i, scope] of [tasks, tasks.group('g')].entries()) scope.events$.pipe(mainEvents).subscribe((event) => logs[i]?.push(describeEvent(event)));
    const parent = tasks.task(async (_, { run }) => {
      void run(() => NEVER, { name: 'child' }).catch(() => {});
      await microtasks();
      if (how === 'throws') throw new Error('thrown');
      await lastValueFrom(source);
    }, { name: 'parent', group: 'g', policies: [withTimeout(10)] });
    const subscription = parent.subscribe({ error: () => {} });
    for (let i = 0; i < 3; i++) await microtasks();
    act(parent, source);
    if (how === 'is withdrawn') subscription.unsubscribe();
    for (let i = 0; i < 3; i++) await microtasks();
    for (const log of logs) {
      expect(log.at(-1)).toBe('groupFinished g');
      expect(log.slice(-3, -1)).toEqual(expect.arrayContaining(['withdrawn child', end]));
    }
  });

  it('is taken from the queue with its parent', () => {
    const tasks = syncManager({ concurrency: 1 });
    const child = tasks.task(() => 1);
    const parent = tasks.add(async (_, { run }) => run(child));
    expect(child.status).toBe('completed');
    tasks.pause();
    child.invalidate();
    const again = tasks.add(run(child));
    expect(again.status).toBe('queued');
    parent.cancel();
    tasks.resume();
    const busy = tasks.add(() => NEVER, { priority: 9 });
    expect(busy.status).toBe('queued');
    tasks.cancelAll();
    expect(child.status).not.toBe('queued');
  });

  it('goes on when its parent completes without waiting for it', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<number>();
    const child = tasks.task(() => source);
    let result: Promise<number> | undefined;
    const parent = tasks.add((_, { run }) => { result = run(child); return 'left'; });
    expect([parent.status, child.status]).toEqual(['completed', 'running']);
    source.next(1);
    source.complete();
    expect(await result).toBe(1);
    expect(tasks.scheduler.running).toBe(0);
  });
});

describe('a parent', () => {
  it('that is cancelled while it waits to take its slot back is told so, and holds up no close()', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<number>();
    let told: unknown;
    const parent = tasks.add((_, { run }) => run(tasks.task(() => source)).catch((error: unknown) => { told = error; }));
    const busy = tasks.add(() => NEVER, { priority: 1 });
    source.next(1);
    source.complete();
    expect([parent.status, busy.status]).toEqual(['queued', 'running']);
    parent.cancel();
    await microtasks();
    expect(told).toBe(parent.state.error);
    await tasks.close();
  });

  it('that is cancelled by who watches it take its slot back has that slot freed', () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<number>();
    const parent = tasks.add(run(tasks.task(() => source)));
    let waited = false;
    parent.state$.subscribe(({ status }) => {
      waited ||= status === 'queued';
      if (waited && status === 'running') parent.cancel();
    });
    source.next(1);
    source.complete();
    expect([parent.status, tasks.scheduler.running, tasks.add(() => 1).status]).toEqual(['cancelled', 0, 'completed']);
  });

  it('that fails with children under way waits for them again in its next attempt', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const children: Task<unknown>[] = [];
    const parent = tasks.add((_, { run, attempt }) => {
      const child = tasks.task(() => (attempt === 1 ? NEVER : attempt));
      children.push(child);
      if (attempt > 1) return run(child);
      void run(child);
      throw new Error('first');
    }, { policies: [withRetry(1)] });
    expect(await lastValueFrom(parent)).toBe(2);
    expect(children.map(({ status }) => status)).toEqual(['cancelled', 'completed']);
    expect(tasks.scheduler).toMatchObject({ running: 0, queued: 0 });
  });

  it('that fails while it waits to take its slot back is not in the queue for its next attempt', () => {
    const tasks = syncManager({ concurrency: 1 });
    const [source, fails, delay] = [new Subject<number>(), new Subject<number>(), new Subject()];
    const parent = tasks.add((_, { run, attempt }) => {
      if (attempt === 2) return of(2);
      void run(tasks.task(() => source));
      return fails;
    }, { policies: [withRetry({ delay: () => delay })] });
    tasks.add(() => NEVER, { priority: 1, name: 'busy' });
    source.complete();
    expect(parent.status).toBe('queued');
    fails.error(new Error('x'));
    expect([parent.status, tasks.scheduler.queued]).toEqual(['waiting', 0]);
    delay.next(1);
    expect([parent.status, tasks.scheduler.queued]).toEqual(['queued', 1]);
  });

  it('that is live may end a run while it waits to take its slot back', () => {
    const tasks = syncManager({ concurrency: 1 });
    const [a, source, end] = [new Subject<number>(), new Subject<number>(), new Subject<number>()];
    const parent = tasks.add((_, { run }) => {
      void run(tasks.task(() => source));
      return end;
    }, { upstream: { a }, join: 'combineLatest' });
    a.next(1);
    const busy = tasks.add(() => NEVER, { priority: 1 });
    source.complete();
    expect([parent.status, busy.status]).toEqual(['queued', 'running']);
    end.complete();
    expect([parent.status, tasks.scheduler.queued]).toEqual(['waiting', 0]);
  });

  it('may emit, report progress and end while it waits for its children', () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<string>();
    const parent = tasks.task((_, { run, progress }) => {
      void run(tasks.task(() => NEVER, { name: 'child' }));
      progress(0.5);
      return source;
    }, { group: 'g' });
    const { heard } = listen(parent);
    source.next('a');
    expect([parent.status, parent.state.progress?.fraction]).toEqual(['waiting', 0.5]);
    source.complete();
    expect(heard).toEqual(['a', 'complete']);
    expect(tasks.group('g').state.progress).toEqual({ done: 1, cancelled: 0, total: 2, fraction: 0.5 });
  });

  it("gives up and takes back as many slots as it has, in each of its groups, also with releaseSlot: 'on-settle'", async () => {
    const tasks = syncManager({ concurrency: 3, groups: { 'a': { concurrency: 2 }, 'a/b': { concurrency: 2 } }, releaseSlot: 'on-settle' });
    const source = new Subject<number>();
    const running = (): number[] => [tasks.scheduler.running, ...['a', 'a/b'].map((name) => tasks.scheduler.group(name).running)];
    const seen: number[][] = [];
    let ended: (() => void) | undefined;
    const parent = tasks.add(async (_, { run }) => {
      seen.push(running());
      await run(() => { seen.push(running()); return source; });
      seen.push(running());
      await new Promise<void>((resolve) => { ended = resolve; });
    }, { slots: 2, group: 'a/b' });
    source.next(1);
    source.complete();
    await microtasks();
    expect(seen).toEqual([[2, 2, 2], [1, 1, 1], [2, 2, 2]]);
    parent.cancel();
    expect(running()).toEqual([2, 2, 2]);
    ended?.();
    await microtasks();
    expect(running()).toEqual([0, 0, 0]);
  });
});

describe('several children at a time', () => {
  it('are told of one by one, and the parent has no slot but to go on with each', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const log: string[] = [];
    const sources = ['a', 'b', 'c'].map((name) => ({ name, source: new Subject<string>() }));
    const parent = tasks.add((_, { run }) => from(sources).pipe(
      mergeMap(({ name, source }) => run(tasks.task(() => source, { name })), 2),
      mergeMap((value) => { log.push(`${value}, ${parent.status}`); return of(value); }),
      toArray(),
    ));
    const values = lastValueFrom(parent);
    for (const { source, name } of sources) {
      source.next(name);
      source.complete();
      await macrotask();
    }
    expect(log).toEqual(['a, running', 'b, running', 'c, running']);
    expect(await values).toEqual(['a', 'b', 'c']);
  });

  it('may wait for what the parent does when it is told of another', async () => {
    const tasks = syncManager();
    const stop = new Subject<void>();
    const parent = tasks.add(async (_, { run }) => {
      const watching = run(() => new Observable((subscriber) => {
        subscriber.next('watched');
        return stop.subscribe(subscriber as never);
      }));
      const first = await run(async () => 'first');
      stop.complete();
      return [first, await watching];
    });
    expect(await firstValueFrom(parent)).toEqual(['first', 'watched']);
  });

  it('are told at once while the parent has its slot', async () => {
    const tasks = syncManager();
    const [one, two] = [new Subject<number>(), new Subject<number>()];
    const parent = tasks.add((_, { run }) => Promise.all([run(tasks.task(() => one)), run(tasks.task(() => two))]));
    for (const [i, source] of [one, two].entries()) {
      source.next(i);
      source.complete();
    }
    expect(parent.status).toBe('running');
    expect(await lastValueFrom(parent)).toEqual([0, 1]);
    expect(tasks.scheduler.running).toBe(0);
  });

  it('come one after the other in an Observable', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const parent = tasks.add((_, { run }) => from([1, 2, 3]).pipe(concatMap((n) => run(async () => n * 10)), toArray()));
    expect(await lastValueFrom(parent)).toEqual([10, 20, 30]);
  });

  it('may be the same task', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const child = tasks.task(async () => 1);
    const parent = tasks.add((_, { run }) => Promise.all([run(child), run(child)]), { priority: 2 });
    expect(await lastValueFrom(parent)).toEqual([1, 1]);
    expect(child.priority).toBe(0);
  });
});

/** A task, and the tasks that its function runs. */
interface Tree {
  readonly children: readonly Tree[];
  readonly how: 'one by one' | 'all at once' | 'in an Observable';
  readonly group: string | undefined;
  readonly slots: number;
  readonly priority: number;
  readonly fails: boolean;
}

describe('tasks that start tasks', () => {
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.record<Tree>({
      children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('tree'), { maxLength: 3 })),
      how: fc.constantFrom('one by one', 'all at once', 'in an Observable'),
      group: fc.constantFrom(undefined, 'a', 'a/b', 'c'),
      slots: fc.integer({ min: 1, max: 2 }),
      priority: fc.integer({ min: -1, max: 1 }),
      fails: fc.boolean(),
    }, { noNullPrototype: true }),
  }));

  it('all end, whatever their nesting, limits and slots, and never exceed the limits', async () => {
    const limits = fc.record({ concurrency: fc.integer({ min: 2, max: 3 }), a: fc.integer({ min: 2, max: 3 }), b: fc.integer({ min: 2, max: 2 }), one: fc.boolean() });
    await fc.assert(fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 4 }), limits, fc.boolean(), async (trees, { concurrency, a, b, one }, sync) => {
      // Everything through a single slot, or tasks of several slots and nested groups.
      const tasks = new TaskManager({
        concurrency: one ? 1 : concurrency, groups: one ? {} : { 'a': { concurrency: a }, 'a/b': { concurrency: b } }, host: sync ? queueScheduler : asapScheduler, timeSlice: Infinity,
      });
      const active = { all: 0, a: 0, b: 0 };
      const exceeded: unknown[] = [];
      const count = ({ group, slots }: { readonly group: string | undefined; readonly slots: number }, by: 1 | -1): void => {
        active.all += by * slots;
        if (group?.startsWith('a')) active.a += by * slots;
        if (group === 'a/b') active.b += by * slots;
        if (active.all > tasks.concurrency || active.a > tasks.group('a').concurrency || active.b > tasks.group('a/b').concurrency) exceeded.push({ ...active });
      };
      const work = (each: Tree, inherited: string | undefined): [(kwargs: unknown, context: TaskContext) => Promise<number>, object] => {
        const group = each.group ?? inherited;
        const slots = one ? 1 : each.slots;
        const known = { group, slots };
        const fn = async (_: unknown, { run }: TaskContext): Promise<number> => {
          count(known, 1);
          await Promise.resolve();
          const start = (child: Tree): Promise<number> => run(...work(child, group)).catch(() => 0);
          let sum = 1;
          if (each.children.length > 0) {
            if (each.how === 'one by one') {
              for (const child of each.children) {
                count(known, -1);
                sum += await start(child);
                count(known, 1);
                await Promise.resolve();
              }
            } else {
              count(known, -1);
              const results = each.how === 'all at once' ? Promise.all(each.children.map(start)) : lastValueFrom(from(each.children).pipe(mergeMap(start, 2), toArray()));
              sum += (await results).reduce((before, result) => before + result);
              count(known, 1);
            }
          }
          await Promise.resolve();
          count(known, -1);
          if (each.fails) throw new Error('fails');
          return sum;
        };
        return [fn, { group: each.group, slots, priority: each.priority }];
      };
      const sum = (each: Tree): number => each.children.reduce((before, child) => before + (child.fails ? 0 : sum(child)), 1);
      const made = trees.map((each) => tasks.add(...work(each, undefined)));
      for (let turn = 0; turn < 50 && tasks.state.status === 'busy'; turn++) await macrotask();
      expect(made.map(({ status }) => status)).toEqual(trees.map(({ fails }) => (fails ? 'failed' : 'completed')));
      for (const [i, task] of made.entries()) if (task.status === 'completed') expect(await lastValueFrom(task)).toBe(sum(trees[i]!));
      expect(exceeded).toEqual([]);
      expect(tasks.scheduler).toMatchObject({ running: 0, queued: 0 });
    }), propertyRuns(300));
  });

  it('may be nested 1,000 deep at concurrency 1, and cancelled as deep', async () => {
    const tasks = new TaskManager({ concurrency: 1 });
    let bottom = 0;
    const nest = (depth: number, end: () => unknown) => async (_: unknown, { run }: TaskContext): Promise<unknown> =>
      (depth === 0 ? (bottom++, end()) : run(nest(depth - 1, end)));
    expect(await lastValueFrom(tasks.add(nest(1_000, () => 'bottom')))).toBe('bottom');
    const top = tasks.add(nest(1_000, () => new Promise(() => {})));
    while (bottom < 2) await macrotask();
    expect(tasks.state.counts).toMatchObject({ waiting: 1_000, running: 1 });
    top.cancel();
    await tasks.onIdle();
    expect(tasks.state.counts).toMatchObject({ waiting: 0, running: 0, cancelled: 1_001 });
  });

  it.each<[string, (tasks: TaskManager) => Task<unknown>]>([
    ['itself', (tasks) => {
      const task: Task<unknown> = tasks.task((_, { run }): unknown => run(task));
      return task.start();
    }],
    ['one downstream of itself', (tasks) => {
      const task: Task<unknown> = tasks.task((_, { run }): unknown => run(below));
      const below = tasks.task(() => 1, { upstream: [tasks.task(() => 1, { upstream: [tasks.add(() => 0), task] })] });
      return task.start();
    }],
    ['one that runs it', (tasks) => {
      const inner: Task<unknown> = tasks.task((_, { run }): unknown => run(outer));
      const outer: Task<unknown> = tasks.task((_, { run }): unknown => Promise.all([run(syncManager().task(() => NEVER)), run(inner)]));
      outer.start();
      return inner;
    }],
  ])('may not wait for themselves: %s', async (_, make) => {
    const tasks = syncManager();
    const task = make(tasks);
    await microtasks();
    expect(task.state.error).toMatchObject({ where: 'run(): task' });
  });

  it('have options of their own, which run() says when it is given some', () => {
    const tasks = syncManager();
    const child = tasks.task(() => 1);
    const task = tasks.add((_, { run }) => (run as (...given: unknown[]) => unknown)(child, { priority: 1 }));
    expect((task.state.error as Error).message).toBe('run(): options must be left out beside a task, but is an object. A task is given its own when it is made.');
  });

  it.each<[string, unknown[]]>([
    ['nothing', []], ['a promise', [Promise.resolve(1)]], ['an Observable that is no task', [of(1)]], ['an unknown option', [() => 1, { prioritty: 1 }]], ['a bad priority', [() => 1, { priority: NaN }]],
    ['options that are no object', [() => 1, 3]], ['options of null', [() => 1, null]], ['options for a task', [syncManager().task(() => 1), { priority: 1 }]],
    ['more slots than there are', [() => 1, { slots: 3 }]],
  ])('are refused at the call for bad input: %s', (_, input) => {
    const tasks = syncManager({ concurrency: 2 });
    const task = tasks.add((_, { run }) => (run as (...given: unknown[]) => unknown)(...input));
    expect(task.state.error).toBeInstanceOf(InvalidInputError);
    expect((task.state.error as InvalidInputError).where).toContain('run()');
  });
});
