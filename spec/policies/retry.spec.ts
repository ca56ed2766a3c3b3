import fc from 'fast-check';
import { BehaviorSubject, concat, defer, EMPTY, finalize, NEVER, Observable, of, retry, type RetryConfig, Subject, switchMap, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { explain, InvalidInputError, type Task, TaskCancelledError, TaskManager, withRetry } from 'sluice';
import { describe, expect, it } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { eventLog } from '../support/event-log.ts';
import { flaky } from '../support/flaky.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

const later = <T>(time: number, source: Observable<T>): Observable<T> => (time === 0 ? source : timer(time).pipe(switchMap(() => source)));
const fail = (): never => { throw new Error('failed'); };

describe('withRetry()', () => {
  /** One attempt: so many values, one every so many milliseconds, and then its end. */
  const attempts = fc.array(fc.record({ values: fc.nat({ max: 2 }), every: fc.nat({ max: 3 }), fails: fc.boolean() }), { maxLength: 7 });
  const delays = fc.oneof(
    fc.constant(undefined),
    fc.nat({ max: 4 }),
    fc.record({ notifier: fc.constantFrom('value', 'values', 'nothing', 'error', 'throw', 'promise'), after: fc.nat({ max: 3 }), on: fc.nat({ max: 3 }) }),
  );
  const configs = fc.record({ count: fc.oneof(fc.nat({ max: 4 }), fc.constant(undefined)), delay: delays, resetOnSuccess: fc.boolean() });

  it('makes the attempts that RxJS makes, at the same times, with the same values and the same end', () => {
    fc.assert(fc.property(attempts, configs, (script, { count, delay, resetOnSuccess }) => {
      const play = (subscribe: (source: () => Observable<string>, config: RetryConfig, host: TestScheduler) => Observable<string>): string[] => {
        const host = new TestScheduler(() => {});
        const log: string[] = [];
        const say = (text: string): void => { log.push(`${host.now()} ${text}`); };
        host.run(() => {
          let calls = 0;
          const source = (): Observable<string> => {
            const { values, every, fails } = script[calls++] ?? { values: 1, every: 0, fails: false };
            say(`attempt ${calls}`);
            const number = calls;
            const parts = Array.from({ length: values }, (__, i) => later(every, of(`value ${number}.${i + 1}`)));
            return concat(...parts, later(every, fails ? throwError(() => `error ${number}`) : EMPTY));
          };
          const notify = (error: unknown, retries: number): Observable<unknown> | Promise<never> => {
            say(`asks ${String(error)} ${retries}`);
            const { notifier, after, on } = delay as { notifier: string; after: number; on: number };
            if (retries <= on) return timer(after);
            if (notifier === 'throw') throw new Error('thrown');
            if (notifier === 'promise') return 3 as never; // no ObservableInput
            const end = { value: of(1), values: of(1, 2), nothing: EMPTY, error: throwError(() => 'notifier failed') }[notifier]!;
            return later(after, end);
          };
          const config: RetryConfig = { resetOnSuccess };
          if (count !== undefined) config.count = count;
          if (delay !== undefined) config.delay = typeof delay === 'number' ? delay : notify;
          subscribe(source, config, host).subscribe({
            next: (value) => { say(value); },
            error: (error: unknown) => { say(`fails: ${String(error)}`); },
            complete: () => { say('completes'); },
          });
        });
        return log;
      };
      const rxjs = play((source, config) => defer(source).pipe(retry(config)));
      expect(play((source, config, host) => new TaskManager({ host }).task(source, { policies: [withRetry(config)] }))).toEqual(rxjs);
    }), propertyRuns(1_000));
  });

  it('takes a number for so many attempts more', () => {
    const tasks = syncManager();
    const errors: unknown[] = [];
    let calls = 0;
    const run = (): never => { throw new Error(`failed ${++calls}`); };
    tasks.task(run, { policies: [withRetry(2)] }).subscribe({ error: (error: unknown) => { errors.push(error); } });
    tasks.task(run, { policies: [withRetry(0)] }).subscribe({ error: (error: unknown) => { errors.push(error); } });
    expect(errors).toEqual([new Error('failed 3'), new Error('failed 4')]);
  });

  it('holds no slot while it waits for the next attempt, and says which attempt it is about', () => {
    let log: string[] = [];
    const states: string[] = [];
    marbles(({ manager, when }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      const task = tasks.add(flaky(2), { name: 'flaky', policies: [withRetry({ delay: 10 })] });
      tasks.add(() => timer(3), { name: 'other' });
      when('-----a-------b-----c', () => {
        const { status, attempt } = task.state;
        const { waiting, queued, running } = tasks.state.counts;
        states.push(`${status} ${attempt}: ${waiting} ${queued} ${running}. ${String(explain(task))}`);
      });
    });
    expect(log).toEqual([
      '0 queued flaky', '0 queued other', '0 started flaky 1', '1 retrying flaky 1', '1 started other 1', '4 completed other',
      '11 started flaky 2', '12 retrying flaky 2', '22 started flaky 3', '23 completed flaky',
    ]);
    expect(states).toEqual([
      'waiting 1: 1 0 0. flaky waits: for attempt 2.', 'waiting 2: 1 0 0. flaky waits: for attempt 3.', 'waiting 2: 1 0 0. flaky waits: for attempt 3.',
    ]);
  });

  it('gives its error to the retrying event, and to the signal of the attempt', () => {
    const tasks = syncManager();
    const seen: unknown[] = [];
    tasks.events$.subscribe((event) => { if (event.type === 'retrying') seen.push(event.error); });
    const signals: AbortSignal[] = [];
    const error = new Error('failed');
    tasks.add((_, { signal, attempt }) => {
      signals.push(signal);
      if (attempt === 1) throw error;
      return NEVER;
    }, { policies: [withRetry(1)] });
    expect(seen).toEqual([error]);
    expect(signals.map(({ aborted, reason }) => [aborted, reason as unknown])).toEqual([[true, error], [false, undefined]]);
  });

  it('goes with its priority and its place in the order of queueing', () => {
    let log: string[] = [];
    marbles(({ manager }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      tasks.add(flaky(1), { name: 'early', policies: [withRetry({ delay: 1 })] });
      tasks.add(() => timer(5), { name: 'next' });
      tasks.add(() => timer(5), { name: 'last' });
      tasks.add(() => timer(5), { name: 'low', priority: -1 });
    });
    expect(log.filter((entry) => entry.includes('started'))).toEqual(['0 started early 1', '1 started next 1', '6 started early 2', '7 started last 1', '12 started low 1']);
  });

  it('does not go by while it is paused, and heeds a priority that was set meanwhile', () => {
    let log: string[] = [];
    marbles(({ manager, when }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      const task = tasks.add(flaky(1), { name: 'flaky', policies: [withRetry({ delay: 2 })] });
      when('--a', () => {
        tasks.pause();
        task.setPriority(-1);
      });
      when('----------a', () => {
        expect(task.status).toBe('queued');
        tasks.add(() => timer(1), { name: 'other' });
        tasks.resume();
      });
    });
    expect(log.filter((entry) => !entry.includes('queued'))).toEqual(['0 started flaky 1', '1 retrying flaky 1', '10 started other 1', '11 completed other', '11 started flaky 2', '12 completed flaky']);
  });

  it.each<[string, string, (tasks: TaskManager, task: Task<unknown>, leave: () => void) => void]>([
    ['is cancelled', 'cancelled', (_, task) => { task.cancel(); }],
    ['is withdrawn when its subscriber leaves', 'withdrawn', (_, __, leave) => { leave(); }],
    ['is cancelled with its group', 'cancelled', (tasks) => { tasks.group('group').cancel(); }],
    ['is cancelled by close()', 'cancelled', (tasks) => { void tasks.close(); }],
  ])('%s while it waits for an attempt, and leaves the notifier', async (_, event, end) => {
    const tasks = syncManager({ concurrency: 1 });
    const log = eventLog(tasks);
    const notifier = new Subject();
    const task = tasks.task(fail, { group: 'group', policies: [withRetry({ delay: () => notifier })] });
    const { subscription } = listen(task);
    expect([task.status, notifier.observed, tasks.scheduler.running]).toEqual(['waiting', true, 0]);
    end(tasks, task, () => { subscription.unsubscribe(); });
    expect([task.status, notifier.observed]).toEqual(['cancelled', false]);
    notifier.next(1);
    await tasks.onIdle();
    expect(log.map((entry) => entry.replace(/^\d+ /, ''))).toEqual([`queued ${task.name}`, `started ${task.name} 1`, `retrying ${task.name} 1`, `${event} ${task.name}`, 'groupFinished group']);
  });

  it('goes on when it is invalidated while it waits, and does not keep its result', () => {
    const tasks = syncManager();
    const notifier = new Subject();
    let calls = 0;
    const task = tasks.task(() => (++calls === 1 ? fail() : calls), { policies: [withRetry({ delay: () => notifier })] });
    const { heard } = listen(task);
    task.invalidate();
    notifier.next(1);
    expect([heard, task.status]).toEqual([[2, 'complete'], 'idle']);
  });

  it('is not idle while it waits', async () => {
    const tasks = syncManager();
    const notifier = new Subject();
    const task = tasks.add((_, { attempt }) => (attempt === 1 ? fail() : 'ok'), { policies: [withRetry({ delay: () => notifier })] });
    let idle = false;
    const done = tasks.onIdle().then(() => { idle = true; });
    await reported();
    expect(idle).toBe(false);
    notifier.next(1);
    await done;
    expect(task.status).toBe('completed');
  });

  it('lets downstream wait for the attempt that completes, or fail with the last', () => {
    const tasks = syncManager();
    const failing = (times: number) => (_: object, { attempt }: { attempt: number }): { n: number } => (attempt <= times ? fail() : { n: attempt });
    const up = tasks.task(failing(2), { policies: [withRetry(2)] });
    const bad = tasks.task(failing(3), { policies: [withRetry(2)], name: 'bad' });
    expect(listen(tasks.task(({ n }) => n, { upstream: [up] })).heard).toEqual([3, 'complete']);
    expect(listen(tasks.task(({ n }) => n, { upstream: [bad] })).heard).toMatchObject([{ name: 'UpstreamFailedError', cause: new Error('failed') }]);
  });

  it('gives a late subscriber the latest value of the attempt before', () => {
    const tasks = syncManager();
    const notifier = new Subject();
    const task = tasks.task((_, { attempt }) => concat(of(attempt), attempt === 1 ? throwError(() => 'failed') : EMPTY), { policies: [withRetry({ delay: () => notifier })] });
    const first = listen(task);
    const late = listen(task);
    notifier.next(1);
    expect([first.heard, late.heard]).toEqual([[1, 2, 'complete'], [1, 2, 'complete']]);
  });

  it('makes 20,000 attempts in a row without overflowing the stack', () => {
    const tasks = syncManager();
    const error = new Error('made once: stacks take time');
    const next = (_: object, { attempt }: { attempt: number }): number => {
      if (attempt <= 20_000) throw error;
      return attempt;
    };
    expect(listen(tasks.task(next, { policies: [withRetry(Infinity)] })).heard).toEqual([20_001, 'complete']);
    expect(listen(tasks.task(next, { policies: [withRetry({ delay: () => of(1) })] })).heard).toEqual([20_001, 'complete']);
  });

  it('leaves no timer once it has been cancelled', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const tasks = syncManager();
    const before = timers();
    const task = tasks.add(fail, { policies: [withRetry({ delay: 100_000 })] });
    expect(timers()).toBe(before + 1);
    task.cancel();
    expect(timers()).toBe(before);
  });

  it('lets a function wait for tasks of its own in each attempt, without its slot', async () => {
    const tasks = new TaskManager({ concurrency: 1 });
    const values: number[] = [];
    const task = tasks.add(async (_, { run, attempt }) => {
      if (attempt === 1) {
        void run(() => NEVER); // which it leaves behind
        fail();
      }
      values.push(await run(() => attempt));
      return attempt;
    }, { policies: [withRetry(1)] });
    await tasks.onIdle();
    expect([values, task.status]).toEqual([[2], 'completed']);
  });
});

describe('The code of others', () => {
  const unhandled = collectUnhandledErrors();

  it.each<[string, (end: () => void) => Observable<unknown>]>([
    ['the function that is asked for the delay', (end) => { end(); return of(1); }],
    ['that function, which throws as well', (end) => { end(); throw new Error('thrown'); }],
    ['the notifier, as it is subscribed to', (end) => defer(() => { end(); return of(1); })],
    ['the teardown of the notifier', (end) => of(1).pipe(finalize(end))],
    ['the teardown of the notifier that has failed', (end) => throwError(() => 'failed').pipe(finalize(end))],
    ['the teardown of the notifier that is empty', (end) => EMPTY.pipe(finalize(end))],
  ])('may end the task: %s', async (_, delay) => {
    const tasks = syncManager({ concurrency: 1 });
    const log = eventLog(tasks);
    let ended = 0;
    const task: Task<unknown> = tasks.task(fail, { name: 'task', group: 'group', policies: [withRetry({ delay: () => delay(() => { if (ended++ === 0) task.cancel(); }) })] });
    task.subscribe({ error: () => {} });
    await tasks.onIdle();
    expect(log.filter((entry) => /cancelled|completed|failed task/.test(entry))).toHaveLength(1);
    expect(log.filter((entry) => entry.includes('groupFinished'))).toHaveLength(1);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
    expect([tasks.scheduler.queued, tasks.scheduler.running]).toEqual([0, 0]);
    expect(listen(tasks.task(() => 'next')).heard).toEqual(['next', 'complete']);
  });

  it.each<[string, (tasks: TaskManager, task: () => Task<unknown>) => void]>([
    ['a listener to the event', (tasks, task) => { tasks.events$.subscribe(({ type }) => { if (type === 'retrying') task().cancel(); }); }],
    ['who watches the state', (_, task) => { task().state$.subscribe(({ status, attempt }) => { if (status === 'waiting' && attempt === 1) task().cancel(); }); }],
  ])('may cancel it as it begins to wait: %s', (_, watch) => {
    const tasks = syncManager({ concurrency: 1 });
    const task: Task<unknown> = tasks.task(fail, { name: 'task', policies: [withRetry({ delay: () => { throw new Error('subscribed'); } })] });
    const other: Task<unknown> = tasks.task(fail, { name: 'other', policies: [withRetry({ delay: 1 })] });
    const log = eventLog(tasks);
    watch(tasks, () => other);
    expect(listen(other).heard).toEqual([expect.any(TaskCancelledError)]);
    expect(log.at(-1)).toMatch(/cancelled other/);
    expect(listen(task).heard).toEqual([new Error('subscribed')]);
    expect(tasks.scheduler.running).toBe(0);
  });

  it('may cancel it in an abort handler of the attempt, after which it is not told to be retrying', () => {
    const tasks = syncManager({ concurrency: 1 });
    const log = eventLog(tasks);
    const task: Task<unknown> = tasks.task((_, { signal }) => {
      signal.addEventListener('abort', () => { task.cancel(); });
      return fail();
    }, { name: 'task', policies: [withRetry(3)] });
    expect(listen(task).heard).toEqual([expect.any(TaskCancelledError)]);
    expect(log.map((entry) => entry.replace(/^\d+ /, ''))).toEqual(['queued task', 'started task 1', 'cancelled task']);
  });

  it('may cancel it in the teardown of a notifier that has emitted, after which there is no attempt', () => {
    const tasks = syncManager();
    const notifier = new Subject();
    let calls = 0;
    const task: Task<unknown> = tasks.task(() => { calls++; return fail(); }, { policies: [withRetry({ delay: () => notifier.pipe(finalize(() => { task.cancel(); })) })] });
    const { heard } = listen(task);
    notifier.next(1);
    expect([heard, calls]).toEqual([[expect.any(TaskCancelledError)], 1]);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, cancelled: 1 });
  });

  it('may ask for it again while it is being cancelled: the teardown of the notifier', () => {
    const tasks = syncManager({ concurrency: 1 });
    let again = 0;
    const task: Task<string> = tasks.task((_, { attempt }) => (attempt === 1 ? fail() : 'ok'), {
      policies: [withRetry({ delay: () => new Observable(() => () => { if (again++ === 0) { task.cancel(); task.start(); } }) })],
    });
    const { heard } = listen(task);
    task.cancel();
    expect(heard).toEqual([expect.any(TaskCancelledError)]);
    expect([task.status, again]).toEqual(['completed', 1]);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, completed: 1, cancelled: 1 });
  });

  it('is reported when it throws in the teardown of a notifier, and harms nobody', async () => {
    const tasks = syncManager({ concurrency: 1 });
    const broken = (): Observable<unknown> => new Observable<unknown>((subscriber) => {
      subscriber.add(() => { throw new Error('teardown'); });
      subscriber.next(1);
    });
    expect(listen(tasks.task((_, { attempt }) => (attempt === 1 ? fail() : 'ok'), { policies: [withRetry({ delay: broken })] })).heard).toEqual(['ok', 'complete']);
    const waiting = tasks.task(fail, { policies: [withRetry({ delay: () => new Observable(() => () => { throw new Error('teardown'); }) })] });
    const { heard } = listen(waiting);
    waiting.cancel();
    expect(heard).toEqual([expect.any(TaskCancelledError)]);
    await reported();
    expect(unhandled).toHaveLength(2);
    expect(listen(tasks.task(() => 'next')).heard).toEqual(['next', 'complete']);
  });
});

describe('A live task with retry', () => {
  it('counts anew for each combination, which replaces one that waits for an attempt', () => {
    const tasks = syncManager();
    const notifiers: Subject<unknown>[] = [];
    const up = new BehaviorSubject('a');
    const runs: string[] = [];
    const task = tasks.task(({ up }, { attempt }) => {
      runs.push(`${up} ${attempt}`);
      return up === 'c' ? up : fail();
    }, {
      join: 'combineLatest', upstream: { up },
      policies: [withRetry({ count: 2, delay: () => notifiers[notifiers.push(new Subject()) - 1]! })],
    });
    const { heard } = listen(task);
    notifiers[0]!.next(1);
    up.next('b');
    expect(notifiers.map(({ observed }) => observed)).toEqual([false, false, true]);
    notifiers[1]!.next(1); // nobody's any more
    notifiers[2]!.next(1);
    up.next('c');
    up.complete();
    expect(runs).toEqual(['a 1', 'a 2', 'b 3', 'b 4', 'c 5']);
    expect(heard).toEqual(['c', 'complete']);
  });

  it('does not complete while its last run waits for an attempt, but with it', () => {
    const tasks = syncManager();
    const notifier = new Subject();
    const up = new BehaviorSubject(1);
    let calls = 0;
    const task = tasks.task(({ up }) => (calls++ === 0 ? fail() : up), { join: 'combineLatest', upstream: { up }, policies: [withRetry({ delay: () => notifier })] });
    const { heard } = listen(task);
    up.complete();
    expect(task.status).toBe('waiting');
    notifier.next(1);
    expect(heard).toEqual([1, 'complete']);
  });

  it('goes on with the next combination when a notifier ends without a word, as switchMap does', () => {
    const tasks = syncManager();
    const up = new BehaviorSubject(1);
    const task = tasks.task(({ up }) => (up === 2 ? up : fail()), { join: 'combineLatest', upstream: { up }, policies: [withRetry({ delay: () => EMPTY })] });
    const retrying: unknown[] = [];
    tasks.events$.subscribe((event) => { if (event.type === 'retrying') retrying.push(event.error); });
    const { heard } = listen(task);
    expect(task.status).toBe('waiting');
    up.next(2);
    up.next(3);
    up.complete();
    expect(heard).toEqual([2, 'complete']);
    expect(retrying).toHaveLength(2);
  });

  it.each<['concat' | 'exhaust', unknown[]]>([['concat', [1, 2, 'complete']], ['exhaust', [1, 'complete']]])('takes a wait for an attempt as a part of the run: with %s', (flatten, values) => {
    const tasks = syncManager();
    const notifier = new Subject();
    const up = new BehaviorSubject(1);
    let calls = 0;
    const task = tasks.task(({ up }) => (calls++ === 0 ? fail() : up), { join: 'combineLatest', flatten, upstream: { up }, policies: [withRetry({ delay: () => notifier })] });
    const { heard } = listen(task);
    up.next(2);
    expect(calls).toBe(1);
    notifier.next(1);
    up.complete();
    expect(heard).toEqual(values);
  });

  it('may be ended by the teardown of a notifier that a new combination replaces', () => {
    const tasks = syncManager();
    const up = new BehaviorSubject(1);
    const task: Task<unknown> = tasks.task(fail, { join: 'combineLatest', upstream: { up }, policies: [withRetry({ delay: () => new Observable(() => () => { task.cancel(); }) })] });
    const { heard } = listen(task);
    up.next(2);
    expect(heard).toEqual([expect.any(TaskCancelledError)]);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, cancelled: 1 });
  });
});

describe('A teardown of upstream', () => {
  it('may end the very task that is being cancelled, which ends once', () => {
    const tasks = syncManager();
    const task: Task<unknown> = tasks.task(fail, { upstream: { up: new Observable(() => () => { task.cancel(); }) } });
    const { heard } = listen(task);
    task.cancel();
    expect(heard).toEqual([expect.any(TaskCancelledError)]);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, cancelled: 1 });
  });
});

describe('A bad retry', () => {
  it.each<[string, unknown, string]>([
    ['a negative number', -1, 'count'], ['NaN', NaN, 'count'], ['half an attempt', 1.5, 'count'], ['a string', '3', 'options'], ['null', null, 'options'],
    ['a negative count', { count: -1 }, 'count'], ['count NaN', { count: NaN }, 'count'], ['a string as count', { count: '1' }, 'count'],
    ['a negative delay', { delay: -1 }, 'delay'], ['delay NaN', { delay: NaN }, 'delay'], ['a delay without an end', { delay: Infinity }, 'delay'],
    ['a delay too long for a timer', { delay: 2 ** 31 }, 'delay'], ['an Observable as delay', { delay: of(1) }, 'delay'],
    ['an unknown option', { times: 3 }, 'times'], ['resetOnSuccess 1', { resetOnSuccess: 1 }, 'resetOnSuccess'],
  ])('is refused at the call: %s', (_, value, where) => {
    let error: unknown;
    try {
      withRetry(value as number);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).where).toContain(where);
  });

  it('is not what is left out', () => {
    const tasks = syncManager();
    const none = { count: undefined, delay: undefined, resetOnSuccess: undefined } as unknown as RetryConfig;
    expect(listen(tasks.task((_, { attempt }) => (attempt === 1 ? fail() : attempt), { policies: [withRetry(none)] })).heard).toEqual([2, 'complete']);
    expect(listen(tasks.task(fail, { policies: undefined })).heard).toEqual([new Error('failed')]);
  });
});
