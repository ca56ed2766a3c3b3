import fc from 'fast-check';
import { catchError, combineLatest, defaultIfEmpty, EMPTY, forkJoin, map, NEVER, type Observable, of, Subject, switchMap, takeLast, throwError } from 'rxjs';
import { InvalidInputError, type OnUpstreamError, TaskCancelledError, UpstreamFailedError, withRetry } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { compare, runs, sourcesOf } from '../support/compare-joins.ts';
import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { listen } from '../support/listen.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

const bad = (): never => { throw new Error('bad'); };

describe("onUpstreamError: 'skip'", () => {
  it('skips the task: it completes without a value, and its function is not called', () => {
    const tasks = syncManager();
    const fn = vi.fn(() => 1);
    const task = tasks.task(fn, { upstream: [tasks.task(bad)], onUpstreamError: 'skip' });
    expect(listen(task).heard).toEqual(['complete']);
    expect(task.state).toMatchObject({ status: 'skipped', error: undefined });
    expect(fn).not.toHaveBeenCalled();
  });

  it('skips what is downstream of it too, but for what goes on without', () => {
    const tasks = syncManager();
    const skipped = tasks.task(() => 1, { upstream: [tasks.task(bad)], onUpstreamError: 'skip' });
    const [fails, skips] = [tasks.add(() => 1, { upstream: [skipped] }), tasks.add(() => 1, { upstream: [skipped], onUpstreamError: 'skip' })];
    const last = tasks.add(() => 1, { upstream: { fails } });
    const goesOn = listen(tasks.task((kwargs) => kwargs, { upstream: { skipped, other: of(1) }, onUpstreamError: 'continue' }));
    const fallsBack = listen(tasks.task((kwargs) => kwargs, { upstream: { skipped }, onUpstreamError: { fallback: 0 } }));
    expect([fails, skips, last].map(({ status }) => status)).toEqual(['skipped', 'skipped', 'skipped']);
    expect([goesOn.heard, fallsBack.heard]).toEqual([[{ other: 1 }, 'complete'], [{ skipped: 0 }, 'complete']]);
  });

  it('is an event, is counted, and ends its group', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const events: string[] = [];
    tasks.events$.pipe(mainEvents).subscribe((event) => { events.push(describeEvent(event)); });
    const first = tasks.task(() => source, { name: 'first' });
    const middle = tasks.task(() => 1, { name: 'middle', group: 'g', upstream: [first], onUpstreamError: 'skip' });
    tasks.add(() => 1, { name: 'last', group: 'g', upstream: [middle] });
    const { heard } = listen(tasks.group('g').finished$);
    const progress = listen(tasks.group('g').progress$);
    events.length = 0;
    source.error(new Error('x'));
    expect(events).toEqual(['failed first', 'skipped middle', 'skipped last', 'groupFinished g']);
    expect(heard).toMatchObject([{ counts: { waiting: 0, skipped: 2, failed: 0, cancelled: 0 } }]);
    expect(tasks.state.counts).toMatchObject({ failed: 1, skipped: 2, waiting: 0, queued: 0, running: 0 });
    expect(progress.heard.at(-1)).toEqual({ done: 2, cancelled: 0, total: 2, fraction: 1 });
  });

  it('is not for good: who subscribes next makes it run', () => {
    const tasks = syncManager();
    let broken = true;
    const upstream = tasks.task(() => (broken ? bad() : { n: 1 }));
    const task = tasks.task(({ n }) => n, { upstream: [upstream], onUpstreamError: 'skip' });
    expect(listen(task).heard).toEqual(['complete']);
    broken = false;
    expect(listen(task).heard).toEqual([1, 'complete']);
  });

  it('ends a run of a live task, whose signal is aborted with an error, and frees its slot', () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<number>();
    const signals: AbortSignal[] = [];
    const live = tasks.add((_, { signal }) => {
      signals.push(signal);
      return NEVER;
    }, { upstream: { n: source }, join: 'combineLatest', onUpstreamError: 'skip' });
    source.next(1);
    source.error(new Error('x'));
    expect(live.status).toBe('skipped');
    expect(signals[0]?.reason).toBeInstanceOf(TaskCancelledError);
    expect(tasks.add(() => 2).status).toBe('completed');
  });

  it('has other upstream withdrawn that no one else wants', () => {
    const tasks = syncManager();
    const [lone, wanted] = [tasks.task(() => NEVER), tasks.add(() => NEVER)];
    const source = new Subject();
    tasks.add(() => 1, { upstream: { source, lone, wanted }, onUpstreamError: 'skip' });
    source.error(new Error('x'));
    expect([lone.status, wanted.status]).toEqual(['cancelled', 'running']);
  });
});

describe("onUpstreamError: 'continue'", () => {
  it('runs the task without the input, in a list and in a dictionary', () => {
    const tasks = syncManager();
    const [failing, fine] = [tasks.task((): { a: number } => bad()), tasks.task(() => ({ b: 2 }))];
    const options = { onUpstreamError: 'continue' } as const;
    expect(listen(tasks.task((kwargs) => kwargs, { upstream: [failing, fine], ...options })).heard).toEqual([{ b: 2 }, 'complete']);
    const { heard } = listen(tasks.task((kwargs) => 'failing' in kwargs, { upstream: { failing, fine }, ...options }));
    expect(heard).toEqual([false, 'complete']);
  });

  it('still waits for the others', () => {
    const tasks = syncManager();
    const source = new Subject<number>();
    const task = tasks.add((kwargs) => kwargs, { upstream: { failing: tasks.task(bad), n: source }, onUpstreamError: 'continue' });
    expect(task.status).toBe('waiting');
    source.next(1);
    source.complete();
    expect(task.status).toBe('completed');
  });

  it('starts nothing before the cascade of the failure is through', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const log: string[] = [];
    tasks.events$.pipe(mainEvents).subscribe((event) => { log.push(describeEvent(event)); });
    const first = tasks.task(() => source, { name: 'first' });
    tasks.add(() => 1, { name: 'goes on', upstream: [first], onUpstreamError: 'continue' });
    const live = tasks.add(() => 1, { name: 'live', upstream: { first, x: of(1) }, join: 'combineLatest', onUpstreamError: { fallback: 0 } });
    const fails = tasks.task(() => 1, { name: 'fails', upstream: [first] });
    tasks.add(() => 1, { name: 'fails too', upstream: [fails] });
    log.length = 0;
    source.error(new Error('x'));
    expect(log).toEqual(['failed first', 'failed fails', 'failed fails too', 'started goes on', 'completed goes on', 'started live', 'completed live']);
    expect(live.status).toBe('completed');
  });

  it('takes a slot only when it runs', () => {
    const tasks = syncManager({ concurrency: 1 });
    const busy = tasks.add(() => NEVER);
    const task = tasks.add(() => 1, { upstream: [throwError(() => new Error('x'))], onUpstreamError: 'continue' });
    expect(task.status).toBe('queued');
    busy.cancel();
    expect(task.status).toBe('completed');
  });
});

describe('onUpstreamError: { fallback }', () => {
  it.each([[0], [''], [null], [undefined], [{ deep: [1] }]])('brings that value: %o', (fallback: unknown) => {
    const tasks = syncManager();
    const task = tasks.task((kwargs) => kwargs, { upstream: { failing: tasks.task(bad) }, onUpstreamError: { fallback } });
    expect(listen(task).heard).toStrictEqual([{ failing: fallback }, 'complete']);
  });

  it('is merged as a result would be, in a list, and is frozen as one', () => {
    const tasks = syncManager();
    const fallback = { name: 'nobody' };
    const task = tasks.task(({ name }) => name, { upstream: [tasks.task((): { name: string } => bad())], onUpstreamError: { fallback } });
    expect(listen(task).heard).toEqual(['nobody', 'complete']);
    expect(Object.isFrozen(fallback)).toBe(true);
  });

  it('is the last combination of a live task, whatever came before', () => {
    const tasks = syncManager();
    const [a, none] = [new Subject<number>(), new Subject<number>()];
    const { heard } = listen(tasks.task((kwargs) => kwargs, { upstream: { a, none }, join: 'combineLatest', onUpstreamError: { fallback: -1 } }));
    a.next(1);
    none.error(new Error('x'));
    a.next(2);
    a.error(new Error('x'));
    expect(heard).toEqual([{ a: 1, none: -1 }, { a: 2, none: -1 }, { a: -1, none: -1 }, 'complete']);
  });
});

describe('onError of one upstream', () => {
  it('is decided for each, and by onUpstreamError where it is not', () => {
    const tasks = syncManager();
    const failing = tasks.task((): number => bad());
    const task = tasks.task((kwargs) => kwargs, {
      upstream: { a: { from: failing, onError: 'continue' }, b: { from: failing, onError: { fallback: 1 } }, c: failing, d: { from: of(4) }, e: { from: failing, onError: undefined } },
      onUpstreamError: { fallback: 0 },
    });
    expect(listen(task).heard).toEqual([{ b: 1, c: 0, d: 4, e: 0 }, 'complete']);
  });

  it('goes before onUpstreamError, in each direction', () => {
    const tasks = syncManager();
    const failing = tasks.task((): number => bad());
    const strict = tasks.add(() => 1, { upstream: { a: { from: failing, onError: 'fail' } }, onUpstreamError: 'continue' });
    const lax = tasks.add(() => 1, { upstream: { a: { from: failing, onError: 'continue' } } });
    const skipped = tasks.add(() => 1, { upstream: { a: { from: failing, onError: 'skip' }, b: { from: failing, onError: 'fail' } } });
    expect([strict, lax, skipped].map(({ status }) => status)).toEqual(['failed', 'completed', 'skipped']);
    expect(strict.state.error).toBeInstanceOf(UpstreamFailedError);
  });

  it('stands for what comes through an Observable too, even one that throws when it is subscribed to', () => {
    const tasks = syncManager();
    const from = new Subject<number>();
    from.unsubscribe();
    const task = tasks.task((kwargs) => kwargs, { upstream: { a: { from, onError: { fallback: 1 } }, b: { from: Promise.resolve(2) } } });
    return tasks.onIdle().then(() => new Promise((resolve) => { task.subscribe(resolve); })).then((value) => { expect(value).toEqual({ a: 1, b: 2 }); });
  });
});

describe('a policy for failures', () => {
  it('does not stand for a cancel, which cancels whatever the policy', () => {
    const tasks = syncManager();
    const upstream = tasks.task(() => NEVER);
    const waiting = (['fail', 'skip', 'continue', { fallback: 1 }] as const).map((onUpstreamError) => tasks.add(() => 1, { upstream: { upstream }, onUpstreamError }));
    upstream.cancel();
    expect(waiting.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
  });

  it('stands when upstream has no attempt left, not before', () => {
    const tasks = syncManager();
    const attempts: Subject<number>[] = [];
    const upstream = tasks.task(() => attempts[attempts.push(new Subject()) - 1]!, { policies: [withRetry(1)] });
    const task = tasks.add((kwargs) => kwargs, { upstream: { upstream }, onUpstreamError: { fallback: 'none' } });
    attempts[0]!.error(new Error('first'));
    expect([task.status, attempts.length]).toEqual(['waiting', 2]);
    attempts[1]!.error(new Error('second'));
    expect(listen(task).heard).toEqual([{ upstream: 'none' }, 'complete']);
  });

  it('is not tried again by the retry of the task, whose function has not been called', () => {
    const tasks = syncManager();
    const fn = vi.fn();
    const upstream = vi.fn(bad);
    expect(tasks.add(fn, { upstream: [tasks.task(upstream)], policies: [withRetry(3)] }).status).toBe('failed');
    expect([fn.mock.calls.length, upstream.mock.calls.length]).toEqual([0, 1]);
  });

  it("is what catchError would be before RxJS's operators", () => {
    const policies: fc.Arbitrary<OnUpstreamError> = fc.constantFrom<OnUpstreamError[]>('fail', 'skip', 'continue', { fallback: 'none' });
    const SKIP = new Error('skip');
    const caught = (input: Observable<unknown>, policy: OnUpstreamError): Observable<unknown> => {
      if (policy === 'fail') return input;
      if (policy === 'skip') return input.pipe(catchError(() => throwError(() => SKIP)));
      return input.pipe(catchError(() => (policy === 'continue' ? EMPTY : of(policy.fallback))));
    };
    const NOTHING = {};
    const named = (inputs: readonly Observable<unknown>[]): Record<string, Observable<unknown>> => Object.fromEntries(inputs.map((input, i) => [`u${i}`, input]));
    const sources = sourcesOf(['completes', 'fails', 'fails', 'goes on']).map((all) => all.map((source) => ({ ...source, gaps: [1, ...source.gaps].slice(0, 4) })));
    const run = fc.constantFrom(...Object.values(runs));
    fc.assert(fc.property(sources, fc.array(policies, { minLength: 4, maxLength: 4 }), fc.boolean(), fc.boolean(), run, (all, chosen, live, emptyFirst, run) => {
      // Of a live task every source has a value: what one without a value adds is Sluice's own.
      const used = live || !emptyFirst ? all : all.map((source, i) => (i === 0 ? { ...source, gaps: [], kind: 'cold' as const } : source));
      const [actual, expected] = compare(
        used,
        (inputs, tasks) => tasks.task((kwargs: object) => run(kwargs), {
          upstream: Object.fromEntries(inputs.map((from, i) => [`u${i}`, { from, onError: chosen[i] }])), ...(live && { join: 'combineLatest' }),
        }),
        (inputs) => {
          // What has failed has no last value.
          const each = inputs.map((input, i) => caught(live ? input : input.pipe(takeLast(1)), chosen[i]!));
          const joined = live ? combineLatest(named(each)) : forkJoin(named(each.map((input) => input.pipe(defaultIfEmpty(NOTHING))))).pipe(
            map((values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== NOTHING))),
          );
          return joined.pipe(switchMap((values) => run(values)), catchError((error: unknown) => (error === SKIP ? EMPTY : throwError(() => error))));
        },
      );
      expect(actual).toEqual(expected);
    }), propertyRuns(1500));
  });
});

describe('a bad policy', () => {
  it.each<[string, object, string]>([
    ['an unknown word', { onUpstreamError: 'ignore' }, 'onUpstreamError'],
    ['null', { onUpstreamError: null }, 'onUpstreamError'],
    ['a value without its key', { onUpstreamError: 3 }, 'onUpstreamError'],
    ['a misspelt fallback', { onUpstreamError: { fallbak: 3 } }, 'onUpstreamError'],
    ['more than a fallback', { onUpstreamError: { fallback: 3, onError: 'skip' } }, 'onError'],
    ['an unknown word for one upstream', { upstream: { a: { from: of(1), onError: 'ignore' } } }, 'upstream.a.onError'],
    ['a misspelt name for one upstream', { upstream: { a: { from: of(1), onEror: 'skip' } } }, 'onEror'],
    ['a source that is none', { upstream: { a: { from: 'task 1', onError: 'skip' } } }, 'upstream.a'],
    ['one in a list', { upstream: [{ from: of(1), onError: 'skip' }] }, 'upstream.0'],
  ])('is refused at the call: %s', (_, options, where) => {
    const tasks = syncManager();
    for (const how of ['task', 'add'] as const) {
      const call = (): unknown => (tasks[how] as (...given: unknown[]) => unknown).call(tasks, () => 1, options);
      expect(call).toThrow(InvalidInputError);
      expect(call).toThrow(where);
    }
  });
});
