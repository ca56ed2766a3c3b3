import vm from 'node:vm';

import { EMPTY, NEVER, type Observable, of, Subject } from 'rxjs';
import type { Task, TaskManager } from 'sluice';
import { type KwargsConflict, KwargsConflictError, TaskCancelledError, withRetry } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

const unhandled = collectUnhandledErrors();

const kwargsOf = (kwargs: unknown): unknown => kwargs;

describe('what a function is called with', () => {
  it('is its args, then its kwargs, then its context', () => {
    const tasks = syncManager();
    const fn = vi.fn((...inputs: unknown[]) => inputs.length);
    tasks.add(fn, { args: [1, 'two'], kwargs: { three: 3 } });
    expect(fn).toHaveBeenCalledWith(1, 'two', { three: 3 }, expect.objectContaining({ id: 1 }));
    tasks.add(fn);
    expect(fn).toHaveBeenLastCalledWith({}, expect.objectContaining({ id: 2 }));
    expect(fn.mock.results.map(({ value }) => value as unknown)).toEqual([4, 2]);
  });

  it('is what the options held when the task was made', () => {
    const tasks = syncManager();
    const [args, kwargs, upstream] = [[1], { a: 1 }, [of({ b: 2 })]];
    const fn = vi.fn();
    const task = tasks.task(fn, { args, kwargs, upstream });
    args.push(2);
    kwargs.a = 9;
    upstream.length = 0;
    task.subscribe();
    expect(fn).toHaveBeenCalledWith(1, { a: 1, b: 2 }, expect.anything());
  });

  it('is fresh for each run: a function may write to it', () => {
    const tasks = syncManager();
    const seen: unknown[] = [];
    const task = tasks.task((kwargs) => {
      seen.push({ ...kwargs });
      (kwargs as { a: number }).a = 2;
    }, { kwargs: { a: 1 } });
    task.subscribe();
    task.invalidate();
    task.subscribe();
    expect(seen).toEqual([{ a: 1 }, { a: 1 }]);
  });
});

describe('upstream as a list', () => {
  it('is merged in the order of upstream, not of completion', () => {
    const tasks = syncManager();
    const [first, second] = [new Subject<object>(), new Subject<object>()];
    const options = { onConflict: 'overwrite', kwargs: { who: 'own', own: true } } as const;
    const { heard } = listen(tasks.task(kwargsOf, { ...options, upstream: [tasks.task(() => first), second] }));
    second.next({ who: 'second', b: 2 });
    second.complete();
    first.next({ who: 'first', a: 1 });
    first.complete();
    expect(heard).toEqual([{ who: 'second', own: true, a: 1, b: 2 }, 'complete']);
    expect(Object.keys(heard[0] as object)).toEqual(['who', 'own', 'a', 'b']);
  });

  class Point {
    readonly x = 1;
  }
  it.each([
    ['undefined', undefined], ['null', null], ['a number', 1], ['a string', 'text'], ['an array', [{ x: 1 }]], ['a Map', new Map([['x', 1]])],
    ['a Date', new Date(0)], ['a class instance', new Point()], ['a function', () => ({ x: 1 })], ['an Error', new Error('x')],
    ['an object with a prototype of its own', Object.create({ x: 1 })],
  ])('takes nothing from %s', (_, result: unknown) => {
    const tasks = syncManager();
    const upstream = tasks.task(() => result);
    expect(listen(tasks.task(kwargsOf, { upstream: [upstream, of({ y: 2 })] })).heard).toEqual([{ y: 2 }, 'complete']);
  });

  it.each([
    ['an object', { x: 1 }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { x: 1 })],
    ['an object of another realm', vm.runInNewContext('({ x: 1 })')],
  ])('takes the keys of %s', (_, result: unknown) => {
    const tasks = syncManager();
    expect(listen(tasks.task(kwargsOf, { upstream: [tasks.task(() => result)] })).heard).toEqual([{ x: 1 }, 'complete']);
  });

  it('takes own enumerable string keys, and what their getters give', () => {
    const tasks = syncManager();
    const result = Object.defineProperty({ [Symbol('s')]: 1, get x() { return 2; } }, 'hidden', { value: 3 });
    expect(listen(tasks.task(kwargsOf, { upstream: [tasks.task(() => result)] })).heard).toStrictEqual([{ x: 2 }, 'complete']);
  });
});

describe('upstream as a dictionary', () => {
  it('brings any result under its own key', () => {
    const tasks = syncManager();
    const list = tasks.task(() => [1, 2]);
    const upstream = { list, none: tasks.task(() => undefined), theme: of('light', 'dark') };
    const { heard } = listen(tasks.task(kwargsOf, { upstream, kwargs: { own: 1 } }));
    expect(heard).toStrictEqual([{ own: 1, list: [1, 2], none: undefined, theme: 'dark' }, 'complete']);
  });
});

describe('passThrough', () => {
  it('has its kwargs for a result', () => {
    const tasks = syncManager();
    const session = tasks.passThrough({ upstream: [tasks.task(() => ({ user: 'Ada' })), of({ dark: true })], kwargs: { since: 1843 } });
    expect(listen(session).heard).toEqual([{ since: 1843, user: 'Ada', dark: true }, 'complete']);
    expect(session.name).toBe('passThrough');
    expect(listen(tasks.task(({ user, since }) => `${user} ${String(since)}`, { upstream: [session] })).heard).toEqual(['Ada 1843', 'complete']);
  });

  it('waits for its turn like any other', () => {
    const tasks = syncManager();
    tasks.pause();
    const session = tasks.passThrough({ kwargs: { a: 1 }, name: 'session', priority: 3, group: 'g' }).start();
    expect(session).toMatchObject({ name: 'session', priority: 3, group: 'g', status: 'queued' });
    tasks.resume();
    expect(session.status).toBe('completed');
  });
});

describe('a kwarg that is supplied twice', () => {
  const named = (tasks: TaskManager, name: string, result: object) => tasks.task(() => result, { name });
  const errorOf = (heard: unknown[]): KwargsConflictError => {
    expect(heard).toEqual([expect.any(KwargsConflictError)]);
    return heard[0] as KwargsConflictError;
  };

  it('fails the task with an error that names the key and both sources', () => {
    const tasks = syncManager();
    const fn = vi.fn();
    const task = tasks.task(fn, { upstream: [named(tasks, 'user', { id: 1 }), named(tasks, 'other', { x: 1 }), named(tasks, 'page', { id: 2 })] });
    const error = errorOf(listen(task).heard);
    expect(error).toMatchObject({ name: 'KwargsConflictError', code: 'KWARGS_CONFLICT', key: 'id', sources: ['user', 'page'] });
    expect(error.message).toContain('"id"');
    expect(fn).not.toHaveBeenCalled();
    expect(task.status).toBe('failed');
  });

  it('says so when one of them is its own kwargs, or an Observable without a name', () => {
    const tasks = syncManager();
    const own = tasks.task(kwargsOf, { kwargs: { id: 0 }, upstream: [EMPTY, of<object>({ id: 1 })] });
    expect(errorOf(listen(own).heard).sources).toEqual(['kwargs', 'upstream[1]']);
    const byKey: Record<string, Observable<number>> = { other: of(0), id: of(1) }; // the types do not tell
    const dictionary = tasks.task(kwargsOf, { kwargs: { id: 0 }, upstream: byKey });
    expect(errorOf(listen(dictionary).heard).sources).toEqual(['kwargs', 'id']);
  });

  it("is the later one with onConflict: 'overwrite'", () => {
    const tasks = syncManager();
    const upstream = [named(tasks, 'a', { id: 1 }), named(tasks, 'b', { id: 2 })];
    expect(listen(tasks.task(kwargsOf, { kwargs: { id: 0 }, upstream, onConflict: 'overwrite' })).heard).toEqual([{ id: 2 }, 'complete']);
  });

  it('is what a function decides', () => {
    const tasks = syncManager();
    const onConflict = vi.fn(({ values: [a, b] }: KwargsConflict) => (a as number) + (b as number));
    const upstream = [named(tasks, 'a', { id: 1 }), named(tasks, 'b', { id: 2, other: 0 })];
    expect(listen(tasks.task(kwargsOf, { kwargs: { id: 10 }, upstream, onConflict })).heard).toEqual([{ id: 13, other: 0 }, 'complete']);
    expect(onConflict.mock.calls).toEqual([
      [{ key: 'id', values: [10, 1], sources: ['kwargs', 'a'] }],
      [{ key: 'id', values: [11, 2], sources: ['a', 'b'] }],
    ]);
  });

  it('fails the task with what that function throws', () => {
    const tasks = syncManager();
    const onConflict = (): never => { throw new Error('cannot decide'); };
    const task = tasks.task(kwargsOf, { kwargs: { id: 0 }, upstream: [named(tasks, 'a', { id: 1 })], onConflict });
    expect(listen(task).heard).toMatchObject([{ message: 'cannot decide' }]);
  });

  it('is not decided for a task that the function has cancelled, which is not called', async () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot: 'on-settle' });
    const called = vi.fn();
    const onConflict = ({ values: [, later] }: KwargsConflict): unknown => {
      task.cancel();
      return later;
    };
    const task: Task<unknown> = tasks.task(called, { kwargs: { id: 0 }, upstream: [named(tasks, 'a', { id: 1 })], onConflict });
    expect(listen(task).heard).toEqual([expect.any(TaskCancelledError)]);
    expect(called).not.toHaveBeenCalled();
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, completed: 1, cancelled: 1, failed: 0 });
    expect(tasks.scheduler.running).toBe(0);
    await tasks.close();
  });

  it('is no conflict when the other one adds nothing', () => {
    const tasks = syncManager();
    const upstream = [EMPTY, of([{ id: 1 }]), named(tasks, 'b', { id: 2 })];
    expect(listen(tasks.task(kwargsOf, { upstream })).heard).toEqual([{ id: 2 }, 'complete']);
  });
});

describe('a key of a prototype', () => {
  const evil = (): object => JSON.parse('{ "__proto__": { "polluted": true }, "constructor": 1, "toString": 2 }') as object;

  it.each([
    ['own kwargs', (tasks: TaskManager) => tasks.task(kwargsOf, { kwargs: evil() })],
    ['a merged result', (tasks: TaskManager) => tasks.task(kwargsOf, { upstream: [tasks.task(evil)] })],
    ['a dictionary', (tasks: TaskManager) => tasks.task(kwargsOf, {
      upstream: JSON.parse('{ "__proto__": [{ "polluted": true }], "constructor": [1], "toString": [2] }') as Record<string, never[]>,
    })],
  ])('stays an own property: %s', (_, make) => {
    const [kwargs] = listen(make(syncManager())).heard as [object];
    expect(Object.getPrototypeOf(kwargs)).toBe(Object.prototype);
    expect(Object.keys(kwargs).sort()).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getOwnPropertyDescriptor(kwargs, '__proto__')?.value).toEqual({ polluted: true });
    expect('polluted' in kwargs).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  it('is in conflict with nothing that is inherited, and with its like', () => {
    const tasks = syncManager();
    const twice = tasks.task(kwargsOf, { kwargs: evil(), upstream: [tasks.task(evil, { name: 'evil' })] });
    expect(listen(twice).heard).toMatchObject([{ key: '__proto__', sources: ['kwargs', 'evil'] }]);
  });
});

describe('a result with a getter', () => {
  it('may end a task that it would have gone to', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const upstream = tasks.task(() => source);
    const one = tasks.add(() => 1, { upstream: [upstream] });
    const two = tasks.add(() => 2, { upstream: [upstream] });
    source.next({ get a(): number { two.cancel(); return 1; } });
    source.complete();
    expect([upstream.status, one.status, two.status]).toEqual(['completed', 'completed', 'cancelled']);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, completed: 2, cancelled: 1, skipped: 0 });
  });

  it.each(['root', 'middle'] as const)('may end the %s of what is being queued, which is told once and never called', async (which) => {
    const tasks = syncManager();
    let end: (() => void) | undefined;
    let reads = 0;
    const kept = tasks.add(() => ({
      get a(): number {
        reads++;
        const once = end;
        end = undefined;
        once?.();
        return 1;
      },
    }), { freeze: true });
    const other = tasks.task((): Observable<object> => NEVER);
    const called = vi.fn(() => 1);
    const middle = tasks.task(() => ({ b: 1 }), { upstream: [kept] });
    const root = tasks.task(called, { upstream: [middle, other, kept] });
    end = () => { ({ root, middle })[which].cancel(); };
    const { heard } = listen(root);
    expect(reads).toBeGreaterThan(0);
    expect(heard).toEqual([expect.any(TaskCancelledError)]);
    expect([root.status, other.status]).toEqual(['cancelled', 'cancelled']);
    expect(called).not.toHaveBeenCalled();
    const { waiting, queued, running, completed, cancelled, failed } = tasks.state.counts;
    expect([waiting, queued, running, failed]).toEqual([0, 0, 0, 0]);
    expect([kept, middle, root, other].map(({ status }) => status).filter((status) => status === 'completed')).toHaveLength(completed);
    expect(cancelled).toBe(4 - completed);
    expect(tasks.state.progress).toMatchObject({ done: 3 - cancelled, cancelled, total: 3 });
    expect(tasks.scheduler.running).toBe(0);
    await tasks.onIdle();
  });

  it('may end the very task that is called with it, which then is not called', async () => {
    const tasks = syncManager({ concurrency: 1, releaseSlot: 'on-settle' });
    const called = vi.fn();
    const upstream = of({ get a(): number { task.cancel(); return 1; } });
    const task: Task<unknown> = tasks.task(called, { upstream: [upstream], freeze: false });
    const { heard } = listen(task);
    expect(heard).toEqual([expect.any(TaskCancelledError)]);
    expect(called).not.toHaveBeenCalled();
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, cancelled: 1, failed: 0 });
    expect(tasks.scheduler.running).toBe(0);
    await tasks.close();
  });
});

describe('a result that feeds downstream tasks', () => {
  const deep = (): { list: { n: number }[]; map: Map<string, { n: number }> } => ({ list: [{ n: 1 }], map: new Map([['a', { n: 2 }]]) });

  it('is frozen, deeply', () => {
    const tasks = syncManager();
    const upstream = tasks.task(deep);
    const task = tasks.task(({ list, map }) => {
      expect(() => list.push({ n: 2 })).toThrow(TypeError);
      expect(() => { list[0]!.n = 2; }).toThrow(TypeError);
      expect(() => map.set('b', { n: 3 })).toThrow();
      return 'frozen';
    }, { upstream: [upstream] });
    expect(listen(task).heard).toEqual(['frozen', 'complete']);
  });

  it.each<[string, (result: ReturnType<typeof deep>) => unknown]>([
    ['a property', ({ list }) => (list[0]!.n = 2)], ['a new element', ({ list }) => list.push({ n: 2 })], ['one less', ({ list }) => list.pop()],
    ['a Map', ({ map }) => map.set('b', { n: 3 })], ['a property, later', async ({ list }) => { await Promise.resolve(); list[0]!.n = 2; }],
  ])('has what a task that changes it fails with say so, and how to mend it: %s', async (_, change) => {
    const tasks = syncManager();
    let thrown: unknown;
    const task = tasks.add(async ({ result }) => {
      try {
        await change(result);
      } catch (error) {
        thrown = error;
        throw error;
      }
    }, { upstream: { result: tasks.task(deep) }, policies: [withRetry(1)] });
    await tasks.onIdle();
    const { error } = task.state as { error: Error };
    expect(error).toBe(thrown);
    expect(error.message).toMatch(/[^.]\. Results of upstream are frozen, as tasks share them: change a copy, or set the option freeze to false\.$/);
    expect(error.stack).toContain(error.message);
  });

  it('has other errors say nothing of it, nor those of tasks that were brought none', () => {
    const readOnly = (): never => { throw new TypeError('a is read-only'); };
    const messageOf = (fn: () => never, options: object, manager: object = {}): unknown => (syncManager(manager).add(fn, options).state.error as Error).message;
    expect(messageOf(readOnly, { upstream: [of(deep())] })).toContain('freeze');
    for (const options of [{}, { upstream: [of(1)] }, { upstream: [of(deep())], freeze: false }, { upstream: [EMPTY] }]) {
      expect(messageOf(readOnly, options)).toBe('a is read-only');
    }
    expect(messageOf(() => { throw new Error('the disk is read-only'); }, { upstream: [of(deep())] })).toBe('the disk is read-only');
    expect(messageOf(() => { throw new TypeError('x is not a function'); }, { upstream: [of(deep())] })).toBe('x is not a function');
    const fixed = Object.freeze(new TypeError('a is read-only'));
    expect(syncManager().add(() => { throw fixed; }, { upstream: [of(deep())] }).state.error).toBe(fixed);
    expect(fixed.message).toBe('a is read-only');
  });

  it('says so once of an error that is thrown again', () => {
    const error = new TypeError('a is read-only');
    const tasks = syncManager();
    const again = (): unknown => tasks.add(() => { throw error; }, { upstream: [of(deep())], policies: [withRetry(2)] });
    again();
    again();
    expect(error.message.split('freeze')).toHaveLength(2);
  });

  it('is frozen when it is an Observable that is no task, or feeds under a key', () => {
    const tasks = syncManager();
    const [merged, keyed] = [deep(), deep()];
    tasks.add(() => 1, { upstream: [of(merged)] });
    tasks.add(() => 1, { upstream: { keyed: of(keyed) } });
    expect([Object.isFrozen(merged.list), Object.isFrozen(keyed)]).toEqual([true, true]);
  });

  it('is frozen when the task that takes it starts, not before', () => {
    const tasks = syncManager();
    const result = deep();
    const late = new Subject<object>();
    tasks.add(() => 1, { upstream: [tasks.task(() => result), late] });
    expect(Object.isFrozen(result)).toBe(false);
    late.complete();
    expect(Object.isFrozen(result)).toBe(true);
  });

  it('is left as it is when no task takes it', () => {
    const tasks = syncManager();
    const result = deep();
    tasks.add(() => result);
    expect(Object.isFrozen(result)).toBe(false);
  });

  it('is brought as it is when it is nested too deeply to be frozen, and that is no error', async () => {
    const tasks = syncManager();
    let result: object = {};
    for (let i = 0; i < 100_000; i++) result = { result };
    const upstream = tasks.task(() => result);
    const task = tasks.task(({ deep }) => deep === result, { upstream: { deep: upstream } });
    expect(listen(task).heard).toEqual([true, 'complete']);
    await reported();
    expect(unhandled).toEqual([]);
  });

  it('is left as it is with freeze: false, of the task that makes it, or of the manager', () => {
    const [tasks, lax] = [syncManager(), syncManager({ freeze: false })];
    const results = Array.from({ length: 4 }, deep);
    tasks.add(() => 1, { upstream: [tasks.task(() => results[0]!, { freeze: false })] });
    tasks.add(() => 1, { upstream: [of(results[1]!)], freeze: false });
    lax.add(() => 1, { upstream: [lax.task(() => results[2]!)] });
    lax.add(() => 1, { upstream: [lax.task(() => results[3]!, { freeze: true })] });
    expect(results.map((result) => Object.isFrozen(result))).toEqual([false, false, false, true]);
  });
});
