import fc from 'fast-check';
import { BehaviorSubject, combineLatest, concatMap, exhaustMap, from, map, NEVER, type Observable, of, startWith, Subject, switchMap } from 'rxjs';
import { taskFamily, type TaskPolicy, withRetry } from 'sluice';
import { describe, expect, it } from 'vitest';

import { compare, merged, runs, sourcesOf } from '../support/compare-joins.ts';
import { keyed } from '../support/keyed.ts';
import { listen } from '../support/listen.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

const join = 'combineLatest';
type Run = (values: readonly unknown[]) => Observable<unknown>;
const operators = {
  switch: (run: Run) => switchMap(run),
  concat: (run: Run) => concatMap(run),
  exhaust: (run: Run) => exhaustMap(run),
} as const;
const flattens = Object.keys(operators) as (keyof typeof operators)[];

describe.each(flattens)("join: 'combineLatest' with flatten: '%s'", (flatten) => {
  it.each(Object.entries(runs))("is RxJS's combineLatest and the operator of that name, with runs that %s", (_, run) => {
    // Every source has a value: what one without a value adds is Sluice's own.
    const sources = sourcesOf(['completes', 'fails', 'goes on']).map((all) => all.map((source) => ({ ...source, gaps: [1, ...source.gaps].slice(0, 4) })));
    fc.assert(fc.property(sources, (all) => {
      const [actual, expected] = compare(
        all,
        (inputs, tasks) => tasks.task((kwargs: object) => run(kwargs), { upstream: inputs, join, flatten }),
        (inputs) => combineLatest(inputs).pipe(operators[flatten]((values) => run(merged(values)))),
      );
      expect(actual).toEqual(expected);
    }), propertyRuns(200));
  });

  it('lets each run wait its turn, and holds no slot between them', () => {
    const tasks = syncManager({ concurrency: 1 });
    const a = new BehaviorSubject(1);
    const ends: Subject<void>[] = [];
    const live = tasks.add(() => ends[ends.push(new Subject()) - 1]!, { upstream: { a }, join, flatten });
    const other = tasks.add(() => new Subject());
    expect([live.status, other.status]).toEqual(['running', 'queued']);
    ends[0]!.complete();
    expect([live.status, other.status]).toEqual(['waiting', 'running']);
    a.next(2);
    expect([live.status, ends.length]).toEqual(['queued', 1]);
    other.cancel();
    expect([live.status, ends.length]).toEqual(['running', 2]);
  });

  it('is called with combinations that are frozen when it is called, not before', () => {
    const tasks = syncManager({ concurrency: 1 });
    const [a, b] = [new Subject<{ n: number }>(), new BehaviorSubject({ m: 0 })];
    const frozen: boolean[] = [];
    tasks.add(({ a, b }) => { frozen.push(Object.isFrozen(a), Object.isFrozen(b)); }, { upstream: { a, b }, join, flatten });
    const value = { n: 1 };
    const blocker = tasks.add(() => new Subject());
    a.next(value);
    expect(Object.isFrozen(value)).toBe(false);
    blocker.cancel();
    expect(frozen).toEqual([true, true]);
  });
});

/** A live task whose runs end by hand, and what they were called with. */
function live(flatten: 'concat' | 'exhaust', options: { policies?: readonly TaskPolicy[] } = {}) {
  const tasks = syncManager();
  const a = new BehaviorSubject(1);
  const called: number[] = [];
  const ends: Subject<string>[] = [];
  const task = tasks.task(({ n }) => {
    called.push(n);
    return ends[ends.push(new Subject()) - 1]!;
  }, { upstream: { n: a }, join, flatten, ...options });
  return { tasks, a, called, ends, task, ...listen(task) };
}

describe('a combination that comes while there is a run', () => {
  it("waits with flatten: 'concat', and is run for with the values of its own time", () => {
    const { a, called, ends, task, heard } = live('concat');
    a.next(2);
    a.next(3);
    a.complete();
    expect(called).toEqual([1]);
    for (let i = 0; i < 3; i++) {
      ends[i]!.next(`end of ${called[i]!}`);
      ends[i]!.complete();
    }
    expect(called).toEqual([1, 2, 3]);
    expect(heard).toEqual(['end of 1', 'end of 2', 'end of 3', 'complete']);
    expect(task.status).toBe('completed');
  });

  it("is dropped with flatten: 'exhaust', also while the run waits for its slot", () => {
    const { tasks, a, called, ends, task } = live('exhaust');
    tasks.pause();
    a.next(2);
    ends[0]!.complete();
    expect([task.status, called]).toEqual(['waiting', [1]]);
    a.next(3);
    expect(task.status).toBe('queued');
    a.next(4);
    tasks.resume();
    expect(called).toEqual([1, 3]);
  });

  it("is still run for with flatten: 'concat' when the one before it has been tried again", () => {
    const { a, called, ends, heard } = live('concat', { policies: [withRetry(1)] });
    a.next(2);
    ends[0]!.error(new Error('x'));
    expect(called).toEqual([1, 1]);
    ends[1]!.complete();
    expect(called).toEqual([1, 1, 2]);
    ends[2]!.error(new Error('x'));
    ends[3]!.complete();
    expect(called).toEqual([1, 1, 2, 2]);
    expect(heard).toEqual([]);
  });

  it('is forgotten with the run when that fails, and when the task is cancelled', () => {
    for (const end of ['fail', 'cancel'] as const) {
      const { a, called, ends, task } = live('concat');
      a.next(2);
      if (end === 'fail') ends[0]!.error(new Error('x'));
      else task.cancel();
      a.next(3);
      expect([called, a.observed]).toEqual([[1], false]);
      task.start();
      expect(called).toEqual([1, 3]);
    }
  });

  it('is forgotten with the run when its task begins anew', () => {
    const tasks = syncManager();
    const keys = keyed();
    let version = 0;
    const a = keys.get('a', () => tasks.task(() => ++version));
    const [b, ends, called] = [new BehaviorSubject('b'), [] as Subject<string>[], [] as unknown[]];
    tasks.add((kwargs) => {
      called.push([kwargs.a, kwargs.b]);
      return ends[ends.push(new Subject()) - 1]!;
    }, { upstream: { a, b }, join, flatten: 'concat' });
    b.next('c');
    keys.invalidate('a');
    expect(called).toEqual([[1, 'b'], [2, 'c']]);
    ends[1]!.complete();
    expect(called).toHaveLength(2);
  });
});

describe('combinations that come at once, from an Observable that has several', () => {
  it.each([['switch', [3]], ['concat', [1, 2, 3]], ['exhaust', [1]]] as const)("are dealt with as any others, with flatten: '%s'", (flatten, expected) => {
    const tasks = syncManager();
    tasks.pause();
    const task = tasks.task(({ n, x }) => [n, x], { upstream: { x: of('x'), n: from([1, 2, 3]) }, join, flatten });
    const { heard } = listen(task);
    tasks.resume();
    expect(heard).toEqual([...expected.map((n) => [n, 'x']), 'complete']);
  });
});

describe('flatten', () => {
  it('replaces a run by default', () => {
    const tasks = syncManager();
    const a = new BehaviorSubject(1);
    const aborted: number[] = [];
    tasks.add(({ n }, { signal }) => {
      signal.addEventListener('abort', () => { aborted.push(n); });
      return new Subject();
    }, { upstream: { n: a.pipe(map((n) => n * 10)) }, join });
    a.next(2);
    expect(aborted).toEqual([10]);
  });
});

describe('a live task whose run fails', () => {
  it('has ended, whatever its upstream does, and begins anew for who subscribes next', () => {
    const tasks = syncManager();
    const a = new BehaviorSubject(1);
    const task = tasks.task(({ n }) => { if (n === 1) throw new Error('failed'); return n; }, { upstream: { n: a }, join });
    expect(listen(task).heard).toEqual([new Error('failed')]);
    a.next(2);
    expect(task.status).toBe('failed');
    expect(listen(task).heard).toEqual([2]);
  });

  it('goes on with the next combination where a retry waits for ever', () => {
    const tasks = syncManager();
    const a = new BehaviorSubject(1);
    const task = tasks.task(({ n }) => { if (n === 1) throw new Error('failed'); return n; }, { upstream: { n: a }, join, policies: [withRetry({ delay: () => NEVER })] });
    const { heard } = listen(task);
    a.next(2);
    expect(heard).toEqual([2]);
  });

  it('goes on with the value it has when its upstream is invalidated, and begins anew when the family of that is', () => {
    const tasks = syncManager();
    let version = 0;
    const settings = taskFamily(() => tasks.task(() => ++version));
    const { heard } = listen(tasks.task(({ n }) => n, { upstream: { n: settings(), open: NEVER.pipe(startWith(0)) }, join }));
    settings().invalidate();
    expect(heard).toEqual([1]);
    settings.invalidate();
    expect(heard).toEqual([1, 2]);
  });
});
