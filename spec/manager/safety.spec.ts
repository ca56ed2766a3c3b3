import { EMPTY, NEVER, Observable, of, Subject, Subscriber, type Subscription, throwError } from 'rxjs';
import { type Task, TaskManager } from 'sluice';
import { describe, expect, it, onTestFinished } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

const unhandled = collectUnhandledErrors();
const thrown = new Error('thrown by someone else');
const fails = (): never => { throw thrown; };

/** A manager with one slot, which must be free again, and with nothing left, when the test is over. */
function guarded(options: { releaseSlot?: 'on-settle' } = {}): TaskManager {
  const tasks = syncManager({ concurrency: 1, ...options });
  onTestFinished(() => {
    expect(tasks.scheduler.running).toBe(0);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
    expect(tasks.add(() => 1).status).toBe('completed');
  });
  return tasks;
}

describe('a throw in a subscriber', () => {
  it.each(['next', 'complete'] as const)('skips no other one: in %s', async (handler) => {
    const tasks = guarded();
    const source = new Subject<string>();
    const task = tasks.task(() => source);
    const before = listen(task);
    task.subscribe({ [handler]: fails });
    const after = listen(task);
    const next = tasks.add(() => 'next');
    source.next('a');
    source.complete();
    expect([before.heard, after.heard]).toEqual([['a', 'complete'], ['a', 'complete']]);
    expect([task.status, next.status]).toEqual(['completed', 'completed']);
    await reported();
    expect(unhandled).toEqual([thrown]);
  });

  it('skips no other one: in error, of a failed task and one downstream', async () => {
    const tasks = guarded();
    const source = new Subject<object>();
    const task = tasks.task(() => source);
    task.subscribe({ error: fails });
    const [after, downstream] = [listen(task), listen(tasks.task(() => 1, { upstream: [task] }))];
    const next = tasks.add(() => 'next');
    source.error('broken');
    expect(after.heard).toEqual(['broken']);
    expect(downstream.heard).toMatchObject([{ cause: 'broken' }]);
    expect(next.status).toBe('completed');
    await reported();
    expect(unhandled).toEqual([thrown]);
  });

  it('skips no other one: in error, of a cancelled task', async () => {
    const tasks = guarded();
    const task = tasks.task(() => NEVER);
    task.subscribe({ error: fails });
    const after = listen(task);
    task.cancel();
    expect(after.heard).toMatchObject([{ name: 'AbortError' }]);
    await reported();
    expect(unhandled).toEqual([thrown]);
  });

  it('harms no one when it is told a kept value', async () => {
    const tasks = guarded();
    const task = tasks.add(() => 1);
    task.subscribe({ next: fails });
    task.subscribe({ complete: fails });
    expect(listen(task).heard).toEqual([1, 'complete']);
    await reported();
    expect(unhandled).toEqual([thrown, thrown]);
  });

  it('skips no other one when it is a Subscriber made by hand, which does not catch', async () => {
    class Raw extends Subscriber<unknown> {
      override next(): void {
        throw thrown;
      }
    }
    const tasks = guarded();
    const source = new Subject<string>();
    const task = tasks.task(() => source);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- what operators of others are made of
    task.subscribe(new Raw());
    const after = listen(task);
    source.next('a');
    source.complete();
    expect(after.heard).toEqual(['a', 'complete']);
    await reported();
    expect(unhandled).toEqual([thrown]);
  });

  it('harms no one in the teardown of its subscription', async () => {
    const tasks = guarded();
    const source = new Subject<string>();
    const task = tasks.task(() => source);
    task.subscribe().add(fails);
    const after = listen(task);
    const next = tasks.add(() => 'next');
    source.complete();
    expect(after.heard).toEqual(['complete']);
    expect(next.status).toBe('completed');
    await reported();
    expect(unhandled).toHaveLength(1);
  });
});

describe('a throw in a listener', () => {
  it('skips no other one, and no event', async () => {
    const tasks = guarded();
    tasks.events$.subscribe(fails);
    tasks.group('g').events$.subscribe(fails);
    const log: string[] = [];
    tasks.events$.pipe(mainEvents).subscribe((event) => log.push(describeEvent(event)));
    tasks.add(() => 1, { name: 'a', group: 'g' });
    expect(log).toEqual(['queued a', 'started a', 'completed a', 'groupFinished g']);
    await reported();
    expect(unhandled).toEqual(Array(8).fill(thrown));
  });

  it('to state$ and progress$ harms no one', async () => {
    const tasks = guarded();
    const task = tasks.task(() => 1, { group: 'g' });
    const listening = [tasks.state$, tasks.group('g').progress$, task.state$].map((source: Observable<unknown>) => source.subscribe(fails));
    const { heard } = listen(tasks.state$);
    task.start();
    expect(task.status).toBe('completed');
    expect(heard.at(-1)).toMatchObject({ counts: { completed: 1 } });
    for (const subscription of listening) subscription.unsubscribe();
    await reported();
    expect(unhandled.length).toBeGreaterThan(3);
    expect(new Set(unhandled)).toEqual(new Set([thrown]));
  });

  it('in the middle of a failing cascade lets it go through', async () => {
    const tasks = guarded();
    tasks.failed$.subscribe(fails);
    const source = new Subject<object>();
    const a = tasks.task(() => source);
    const downstream = [1, 2, 3].map(() => tasks.add(() => 1, { upstream: [a] }));
    source.error('x');
    expect(downstream.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
    expect(tasks.add(fails).status).toBe('failed'); // later failures are dealt with as well
    await reported();
    expect(unhandled).toHaveLength(5);
  });
});

describe('a throw in a function', () => {
  it.each<[string, (tasks: TaskManager) => Task<unknown>]>([
    ['of a task', (tasks) => tasks.add(fails)],
    ['that merges', (tasks) => tasks.add(() => 1, { kwargs: { a: 1 }, upstream: [of({ a: 2 })], onConflict: fails })],
    ['that subscribes', (tasks) => tasks.add(() => new Observable(fails))],
    ['that iterates', (tasks) => tasks.add(() => ({ [Symbol.asyncIterator]: fails }))],
    ['that is a getter of an upstream result', (tasks) => tasks.add(() => 1, { upstream: [of({ get a(): number { return fails(); } })], freeze: false })],
    ['that subscribes to upstream', (tasks) => tasks.add(() => 1, { upstream: [new Observable<object>(fails)] })],
    ['that gives an iterator of upstream', (tasks) => tasks.add(() => 1, { upstream: [{ [Symbol.iterator]: fails }] })],
  ])('%s fails its task and no other', async (_, make) => {
    const tasks = guarded();
    const task = make(tasks);
    expect(task.status).toBe('failed');
    expect(listen(tasks.task(() => 'other')).heard).toEqual(['other', 'complete']);
    await reported();
    expect(unhandled).toEqual([]);
  });

  it('that is a getter of a result does not keep it from being frozen elsewhere, nor the task from its end', async () => {
    const tasks = guarded();
    const result = { inner: { a: 1 }, get bad(): number { return fails(); } };
    const task = tasks.add(({ it }) => it.inner.a, { upstream: { it: of(result) } });
    expect(task.status).toBe('completed');
    await reported();
    expect(unhandled.every((error) => error === thrown)).toBe(true);
  });
});

describe('a throw in a teardown', () => {
  it.each<[string, (task: Task<unknown>, subscription: Subscription) => void]>([
    ['is cancelled', (task) => { task.cancel(); }],
    ['is withdrawn', (_, subscription) => { subscription.unsubscribe(); }],
  ])('loses no slot when the task %s', async (_, end) => {
    const tasks = guarded();
    const task = tasks.task(() => new Observable(() => fails));
    const { subscription } = listen(task);
    const next = tasks.add(() => 'next');
    expect(next.status).toBe('queued');
    end(task, subscription);
    expect([task.status, next.status]).toEqual(['cancelled', 'completed']);
    await reported();
    expect(String(unhandled)).toContain(thrown.message);
  });

  it('loses no slot, with releaseSlot: on-settle', async () => {
    const tasks = guarded({ releaseSlot: 'on-settle' });
    const task = tasks.add(() => new Observable(() => fails));
    const next = tasks.add(() => 1);
    task.cancel();
    expect(next.status).toBe('completed');
    await reported();
    expect(unhandled).toHaveLength(1);
  });

  it.each<[string, (source: Subject<never>) => void]>([
    ['completes', (source) => { source.complete(); }],
    ['fails', (source) => { source.error('x'); }],
  ])('is reported when the Observable %s, and does not come out of its source', async (how, end) => {
    const tasks = guarded();
    const source = new Subject<never>();
    const task = tasks.add(() => new Observable<never>((subscriber) => {
      source.subscribe(subscriber);
      return fails;
    }));
    const next = tasks.add(() => 1);
    expect(() => { end(source); }).not.toThrow();
    expect([task.status, next.status]).toEqual([how === 'fails' ? 'failed' : 'completed', 'completed']);
    await reported();
    expect(String(unhandled)).toContain(thrown.message);
  });

  it('of an upstream Observable harms no one', async () => {
    const tasks = guarded();
    const task = tasks.add(() => 1, { upstream: [new Observable<object>(() => fails)] });
    const other = tasks.add(() => 1, { upstream: [new Observable<object>(() => fails), throwError(() => 'x')] });
    task.cancel();
    expect([task.status, other.status]).toEqual(['cancelled', 'failed']);
    await reported();
    expect(unhandled).toHaveLength(2);
  });

  it('of a subscription still has its task withdrawn, and does not keep the other teardowns from being called', () => {
    const tasks = guarded();
    const task = tasks.task(() => NEVER);
    const subscription = task.subscribe();
    let called = 0;
    subscription.add(fails);
    subscription.add(() => called++);
    const next = tasks.add(() => 'next');
    expect(() => { subscription.unsubscribe(); }).toThrow(thrown.message);
    expect([task.status, next.status, called]).toEqual(['cancelled', 'completed', 1]);
  });

  it('of a generator is reported, and ends it', async () => {
    const tasks = new TaskManager({ releaseSlot: 'on-settle', concurrency: 1 });
    const task = tasks.add(() => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}), return: () => Promise.reject(thrown) }) }));
    await Promise.resolve();
    task.cancel();
    await reported(); // the rejection is seen in a microtask, and
    await reported(); // reported after it
    expect(unhandled).toEqual([thrown]);
  });
});

describe('a throw in an abort listener', () => {
  it('keeps neither the other listeners nor the teardown from being called', async () => {
    // A platform reports what an event listener throws by itself; in Node that ends the process.
    const uncaught: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    });

    const tasks = guarded();
    const log: string[] = [];
    const task = tasks.task((_, { signal }) => {
      signal.addEventListener('abort', fails);
      signal.addEventListener('abort', () => log.push('aborted'));
      return new Observable(() => () => log.push('torn down'));
    });
    const { heard } = listen(task);
    const next = tasks.add(() => 1);
    task.cancel();
    await reported();
    expect(log).toEqual(['aborted', 'torn down']);
    expect(heard).toMatchObject([{ name: 'AbortError' }]);
    expect(next.status).toBe('completed');
    expect(uncaught).toEqual([thrown]);
  });
});

describe('re-entrancy', () => {
  it('lets callbacks add, cancel, withdraw and invalidate in the middle of anything', async () => {
    const tasks = guarded();
    const log: string[] = [];
    const source = new Subject<object>();
    const a = tasks.task((_, { attempt }) => (attempt === 1 ? source : EMPTY), { name: 'a' });
    const b = tasks.task(() => log.push('b ran'), { name: 'b', upstream: [a] });
    const leaving = b.subscribe({ error: () => {} });
    a.subscribe({
      next: () => { leaving.unsubscribe(); },
      complete: () => {
        a.invalidate();
        b.start();
        tasks.add(() => { log.push('c ran'); }, { name: 'c', priority: 1 });
      },
    });
    source.next({});
    expect(b.status).toBe('cancelled');
    source.complete();
    await reported();
    expect(log).toContain('c ran');
    expect(b.status).toBe('completed');
    expect(unhandled).toEqual([]);
  });

  it('lets a task be settled once, when it is cancelled by its own last subscriber as it completes', () => {
    const tasks = guarded();
    const settled: string[] = [];
    tasks.events$.subscribe(({ type }) => { if (/completed|failed|cancelled/.test(type)) settled.push(type); });
    const source = new Subject<number>();
    const task = tasks.task(() => source);
    task.subscribe({ complete: () => { task.cancel(); } });
    source.complete();
    expect(settled).toEqual(['completed']);
  });

  it('settles a live task once, when its upstream\'s subscriber leaves it', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const upstream = tasks.task(() => source);
    const live = tasks.task(() => 1, { upstream: [upstream], join: 'combineLatest' });
    const subscription = live.subscribe();
    upstream.subscribe({ complete: () => { subscription.unsubscribe(); } });
    source.next({});
    source.complete();
    expect(live.status).toBe('cancelled');
    expect(tasks.state.counts).toMatchObject({ waiting: 0, running: 0, completed: 1, cancelled: 1, skipped: 0 });
    expect(tasks.state.progress).toMatchObject({ done: 1, cancelled: 1, total: 2 });
  });
});
