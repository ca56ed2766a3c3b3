import { of } from 'rxjs';
import type { Task, TaskContext, TaskManager } from 'sluice';
import { describe, expectTypeOf, it } from 'vitest';

declare const tasks: TaskManager;
declare const user: Task<{ id: number; name: string }>;
declare const theme: Task<{ dark: boolean }>;
declare const count: Task<number>;
declare const context: TaskContext;

describe("onUpstreamError: 'continue'", () => {
  it('makes what upstream supplies possibly absent', () => {
    tasks.task((kwargs) => {
      expectTypeOf(kwargs).toEqualTypeOf<{ own: string; readonly count?: number; readonly user?: { id: number; name: string } }>();
    }, { kwargs: { own: 'x' }, upstream: { count, user }, onUpstreamError: 'continue' });
    tasks.task((kwargs) => {
      expectTypeOf(kwargs.id).toEqualTypeOf<number | undefined>();
      expectTypeOf(kwargs.dark).toEqualTypeOf<boolean | undefined>();
    }, { upstream: [user, theme], onUpstreamError: 'continue' });
    // @ts-expect-error `count` may be absent
    tasks.task(({ count }: { count: number }) => count, { upstream: { count }, onUpstreamError: 'continue' });
    // @ts-expect-error `id` may be absent
    tasks.add(({ id }) => id.toFixed(), { upstream: [user], onUpstreamError: 'continue' });
  });

  it('is the only policy that does', () => {
    tasks.task((kwargs) => { expectTypeOf(kwargs.count).toEqualTypeOf<number>(); }, { upstream: { count } });
    tasks.task((kwargs) => { expectTypeOf(kwargs.count).toEqualTypeOf<number>(); }, { upstream: { count }, onUpstreamError: 'fail' });
    tasks.task((kwargs) => { expectTypeOf(kwargs.count).toEqualTypeOf<number>(); }, { upstream: { count }, onUpstreamError: 'skip' });
  });
});

describe('onUpstreamError: { fallback }', () => {
  it('adds its type', () => {
    tasks.task((kwargs) => { expectTypeOf(kwargs).toEqualTypeOf<{ readonly count: number | null }>(); }, { upstream: { count }, onUpstreamError: { fallback: null } });
    tasks.task((kwargs) => { expectTypeOf(kwargs.count).toEqualTypeOf<number>(); }, { upstream: { count }, onUpstreamError: { fallback: 0 } });
    tasks.task(({ name }) => { expectTypeOf(name).toEqualTypeOf<string>(); }, { upstream: [user], onUpstreamError: { fallback: { id: 0, name: 'nobody' } } });
  });

  it('that the function cannot take does not compile', () => {
    // @ts-expect-error the count may be null
    tasks.task(({ count }: { count: number }) => count, { upstream: { count }, onUpstreamError: { fallback: null } });
    // @ts-expect-error the count may be a string
    tasks.add(({ count }: { count: number }) => count.toFixed(), { upstream: { count }, onUpstreamError: { fallback: 'none' } });
    // @ts-expect-error there is no such policy
    tasks.task(() => 1, { upstream: { count }, onUpstreamError: 'ignore' });
    // @ts-expect-error a fallback has its key
    tasks.task(() => 1, { upstream: { count }, onUpstreamError: 0 });
  });
});

describe('onError of one upstream', () => {
  it('goes before that of the task, for its key alone', () => {
    tasks.task((kwargs) => {
      expectTypeOf(kwargs).toEqualTypeOf<{
        readonly user: { id: number; name: string }; readonly theme?: { dark: boolean }; readonly count: number | string; readonly sure: number;
      }>();
    }, {
      upstream: { user, theme: { from: theme, onError: 'continue' }, count: { from: count, onError: { fallback: 'none' } }, sure: { from: of(1), onError: 'skip' } },
    });
    tasks.task((kwargs) => {
      expectTypeOf(kwargs).toEqualTypeOf<{ readonly theme?: { dark: boolean }; readonly count: number; readonly user?: { id: number; name: string } }>();
    }, { upstream: { theme, count: { from: count, onError: 'fail' }, user: { from: user } }, onUpstreamError: 'continue' });
    // @ts-expect-error the theme may be absent
    tasks.task(({ theme }: { theme: object }) => theme, { upstream: { theme: { from: theme, onError: 'continue' } } });
    // @ts-expect-error there is no such policy
    tasks.task(() => 1, { upstream: { theme: { from: theme, onError: 'ignore' } } });
    // @ts-expect-error a result is no upstream
    tasks.task(() => 1, { upstream: { theme: { from: { dark: true }, onError: 'skip' } } });
  });

  it('has no place in a list', () => {
    // @ts-expect-error it needs a key
    tasks.task(() => 1, { upstream: [{ from: user, onError: 'continue' }] });
  });
});

describe('a live task', () => {
  it('says what becomes of a combination that comes while there is a run', () => {
    tasks.task(({ count }) => count, { upstream: { count }, join: 'combineLatest', flatten: 'exhaust' });
    // @ts-expect-error there is no such operator
    tasks.task(({ count }) => count, { upstream: { count }, join: 'combineLatest', flatten: 'merge' });
  });
});

describe('context.run', () => {
  it('resolves with what the task makes', () => {
    expectTypeOf(context.run(user)).toEqualTypeOf<Promise<{ id: number; name: string }>>();
    expectTypeOf(context.run(() => of(1))).toEqualTypeOf<Promise<number>>();
    expectTypeOf(context.run(async ({ size }) => String(size), { kwargs: { size: 1 }, priority: 1 })).toEqualTypeOf<Promise<string>>();
    expectTypeOf(context.run((n, { count }) => n + count, { args: [1], upstream: { count } })).toEqualTypeOf<Promise<number>>();
  });

  it('takes what a manager makes tasks of, and nothing else', () => {
    // @ts-expect-error it is neither a task nor a function
    void context.run('task 1');
    // @ts-expect-error an Observable has no turn to wait for
    void context.run(of(1));
    // @ts-expect-error a task has options of its own
    void context.run(user, { priority: 1 });
    // @ts-expect-error nothing supplies `size`
    void context.run(({ size }) => String(size));
    // @ts-expect-error no such option
    void context.run(() => 1, { prioritty: 1 });
  });
});
