import { type BehaviorSubject, type Observable, of } from 'rxjs';
import { type Kwargs, type KwargsConflict, type Task, type TaskContext, TaskManager, type TaskOptions } from 'sluice';
import { describe, expectTypeOf, it } from 'vitest';

declare const tasks: TaskManager;
declare const user: Task<{ id: number; name: string }>;
declare const theme: Task<{ dark: boolean }>;
declare const theme$: BehaviorSubject<{ dark: boolean }>;
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- kwargs without keys are what is meant
type NoKeys = Record<never, never>;
type Nothing = ReturnType<() => void>;
class Account {
  readonly id: number = 1;
}

describe('without inputs', () => {
  it('there are no kwargs, and the context comes second', () => {
    tasks.task((kwargs, context) => {
      expectTypeOf(kwargs).toEqualTypeOf<NoKeys>();
      expectTypeOf(context).toEqualTypeOf<TaskContext>();
    });
    // @ts-expect-error nothing supplies `id`
    tasks.task(({ id }) => String(id));
    // @ts-expect-error nothing supplies `id`
    tasks.task(({ id }: { id: number }) => id);
    // @ts-expect-error nothing supplies `id`
    tasks.add(({ id }: { id: number }) => id, { priority: 1 });
  });

  it('a function may ask for nothing, or for what is optional', () => {
    tasks.task(() => 1);
    tasks.task(({ id = 1 }: { id?: number }) => id);
    tasks.task((_: unknown, { signal, progress, id, name, attempt }) => {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf([id, name, attempt] as const).toEqualTypeOf<readonly [number, string, number]>();
      progress(0.5);
      progress({ done: 1, total: 2, message: 'half' });
      // @ts-expect-error a total is needed
      progress({ done: 1 });
    });
    // @ts-expect-error a function is called with two inputs when there are no args
    tasks.task((_: unknown, __: TaskContext, extra: number) => extra);
  });

  it('there is no task without a function', () => {
    // @ts-expect-error no function
    tasks.task('work');
    // @ts-expect-error no function
    tasks.add();
  });
});

describe('own kwargs', () => {
  it('flow into the function', () => {
    tasks.task((kwargs) => { expectTypeOf(kwargs).toEqualTypeOf<{ size: number; name: string }>(); }, { kwargs: { size: 256, name: 'a' } });
    expectTypeOf(tasks.add(({ size }) => size * 2, { kwargs: { size: 256 } })).toEqualTypeOf<Task<number>>();
    const read = ({ size }: { size: number }): number => size;
    expectTypeOf(tasks.task(read, { kwargs: { size: 1 } })).toEqualTypeOf<Task<number>>();
    tasks.task(read, { kwargs: { size: 1, more: 'is fine' } });
    // @ts-expect-error `size` is missing
    tasks.task(read, { kwargs: { length: 1 } });
    // @ts-expect-error `size` is no string
    tasks.task(read, { kwargs: { size: '1' } });
    // @ts-expect-error `sise` is misspelt
    tasks.task(({ sise }) => String(sise), { kwargs: { size: 1 } });
  });

  it('may be of an interface', () => {
    interface Size { readonly size: number }
    const kwargs: Size = { size: 1 };
    tasks.task(({ size }) => { expectTypeOf(size).toEqualTypeOf<number>(); }, { kwargs });
  });

  it('may be a record, of which no key is certain', () => {
    const kwargs: Record<string, number> = {};
    tasks.task((given) => { expectTypeOf(given['any']).toEqualTypeOf<number | undefined>(); }, { kwargs });
  });

  it('are an object', () => {
    // @ts-expect-error it is no object
    tasks.task(() => 1, { kwargs: 1 });
  });
});

describe('args', () => {
  it('come first, as a tuple', () => {
    tasks.task((a, b, kwargs, context) => {
      expectTypeOf(a).toEqualTypeOf<number>();
      expectTypeOf(b).toEqualTypeOf<string>();
      expectTypeOf(kwargs).toEqualTypeOf<{ size: number }>();
      expectTypeOf(context).toEqualTypeOf<TaskContext>();
    }, { args: [1, 'two'], kwargs: { size: 1 } });
    const both = (a: number, b: string): string => b.repeat(a);
    expectTypeOf(tasks.task(both, { args: [1, 'two'] })).toEqualTypeOf<Task<string>>();
    // @ts-expect-error in the wrong order
    tasks.task(both, { args: ['two', 1] });
    // @ts-expect-error one is missing: the kwargs come in its place
    tasks.task(both, { args: [1] });
  });

  it('may be a list of any length', () => {
    const numbers: number[] = [];
    tasks.task((...inputs) => { expectTypeOf(inputs[0]).toExtend<unknown>(); }, { args: numbers });
  });
});

describe('upstream as a list', () => {
  it('flows into the function, merged', () => {
    tasks.task((kwargs) => {
      expectTypeOf(kwargs).toEqualTypeOf<{ id: number; name: string; dark: boolean; own: string }>();
    }, { upstream: [user, theme], kwargs: { own: 'x' } });
    // @ts-expect-error no upstream supplies `email`
    tasks.task(({ email }) => String(email), { upstream: [user] });
    // @ts-expect-error `id` is a number
    tasks.task(({ id }: { id: string }) => id, { upstream: [user] });
    // @ts-expect-error upstream is missing
    tasks.task(({ id }: { id: number }) => id, { upstream: [theme] });
  });

  it('takes Observables, promises and other inputs', () => {
    async function* pages(): AsyncGenerator<{ page: string }> { yield { page: '' }; }
    tasks.task((kwargs) => {
      expectTypeOf(kwargs).toEqualTypeOf<{ dark: boolean; a: number; b: string; page: string }>();
    }, { upstream: [theme$, Promise.resolve({ a: 1 }), of({ b: 'x' }), pages()] });
  });

  it('takes nothing from results that are not plain', () => {
    const upstream = [
      tasks.task(() => new Date()), tasks.task(() => new Map<string, number>()), tasks.task(() => new Set<number>()), tasks.task(() => [{ id: 1 }]),
      tasks.task(() => 'text'), tasks.task(() => 1), tasks.task(() => undefined), tasks.task(() => {}), tasks.task(() => () => ({ id: 1 })),
      tasks.task(() => new Error('x')), tasks.task(() => /x/), tasks.task(() => new Uint8Array()),
    ] as const;
    tasks.task((kwargs) => { expectTypeOf(kwargs).toEqualTypeOf<NoKeys>(); }, { upstream });
  });

  it('makes optional what only some results supply', () => {
    const maybe = tasks.task((): { id: number } | undefined => undefined);
    const either = tasks.task((): { a: number } | { b: string } => ({ a: 1 }));
    tasks.task((kwargs) => { expectTypeOf(kwargs).toEqualTypeOf<{ id?: number }>(); }, { upstream: [maybe] });
    tasks.task((kwargs) => { expectTypeOf(kwargs.id).toEqualTypeOf<number | undefined>(); }, { upstream: [maybe] });
    tasks.task((kwargs) => { if ('a' in kwargs) expectTypeOf(kwargs.a).toEqualTypeOf<number>(); }, { upstream: [either] });
    // @ts-expect-error `id` may be missing
    tasks.task(({ id }: { id: number }) => id, { upstream: [maybe] });
  });

  it('is nothing certain for any and unknown', () => {
    const loose = tasks.task((): any => 1);
    const unknown = tasks.task((): unknown => 1);
    tasks.task((kwargs) => kwargs, { upstream: [loose, unknown] });
    // @ts-expect-error nothing is known of an unknown result
    tasks.task(({ id }: { id: number }) => id, { upstream: [unknown] });
  });

  it('may be of any length: then no one knows which are there', () => {
    const list: Task<{ id: number }>[] = [];
    tasks.task((kwargs) => { expectTypeOf(kwargs.id).toExtend<number | undefined>(); }, { upstream: list, onConflict: 'overwrite' });
    tasks.task(() => 1, { upstream: [] });
    tasks.task((kwargs) => kwargs, { upstream: [1, 2].map((n) => tasks.task(() => ({ [`n${n}`]: n }))) });
  });

  it('is made of tasks, not of ids, strings or results', () => {
    // @ts-expect-error an id is no upstream
    tasks.task(() => 1, { upstream: [1] });
    // @ts-expect-error a string is an id by mistake
    tasks.task(() => 1, { upstream: ['task 1'] });
    // @ts-expect-error a string is an id by mistake
    tasks.task(() => 1, { upstream: 'task 1' });
    // @ts-expect-error a result is no upstream
    tasks.task(() => 1, { upstream: [{ id: 1 }] });
    // @ts-expect-error a single task goes into a list
    tasks.task(() => 1, { upstream: user });
  });
});

describe('upstream as a dictionary', () => {
  it('flows into the function, each under its key', () => {
    tasks.task((kwargs) => {
      expectTypeOf(kwargs).toEqualTypeOf<{
        size: number; readonly user: { id: number; name: string }; readonly theme: { dark: boolean }; readonly list: string[]; readonly at: Date; readonly none: Nothing;
      }>();
    }, {
      kwargs: { size: 1 },
      upstream: { user, theme: theme$, list: Promise.resolve(['a']), at: tasks.task(() => new Date()), none: tasks.task(() => {}) },
    });
    // @ts-expect-error it comes under the key, not merged
    tasks.task(({ id }) => String(id), { upstream: { user } });
    // @ts-expect-error a misspelt name
    tasks.task(({ usr }) => String(usr), { upstream: { user } });
    // @ts-expect-error the user is no string
    tasks.task(({ user: given }: { user: string }) => given, { upstream: { user } });
    // @ts-expect-error a result is no upstream
    tasks.task(() => 1, { upstream: { user: { id: 1 } } });
    // @ts-expect-error a string is an id by mistake
    tasks.task(() => 1, { upstream: { user: 'task 1' } });
  });

  it('may be a record, of which no key is certain', () => {
    const record: Record<string, Task<number>> = {};
    tasks.task((kwargs) => { expectTypeOf(kwargs['any']).toEqualTypeOf<number | undefined>(); }, { upstream: record });
  });

  it('keeps what is no plain object as it is', () => {
    const account = tasks.task(() => new Account());
    tasks.task((kwargs) => { expectTypeOf(kwargs.account).toEqualTypeOf<Account>(); }, { upstream: { account } });
  });
});

describe('a kwarg that is supplied twice', () => {
  const same = (): Task<{ id: string }> => tasks.task(() => ({ id: 'x' }));

  it('does not compile', () => {
    // @ts-expect-error `id` by user and by same()
    tasks.task(() => 1, { upstream: [user, same()] });
    // @ts-expect-error `id` by kwargs and by user
    tasks.task(() => 1, { kwargs: { id: 1 }, upstream: [user] });
    // @ts-expect-error `user` by kwargs and by upstream
    tasks.add(() => 1, { kwargs: { user: 1 }, upstream: { user } });
    // @ts-expect-error `id` by both
    tasks.passThrough({ upstream: [user, same()] });
    // @ts-expect-error 'error' is what it would be at run time
    tasks.task(() => 1, { upstream: [user, same()], onConflict: 'error' });
  });

  it('compiles with onConflict, the later one being seen', () => {
    tasks.task(({ id, name }) => {
      expectTypeOf(id).toEqualTypeOf<string>();
      expectTypeOf(name).toEqualTypeOf<string>();
    }, { upstream: [user, same()], onConflict: 'overwrite' });
    tasks.task(({ id }) => { expectTypeOf(id).toEqualTypeOf<number>(); }, { kwargs: { id: 'x' }, upstream: [user], onConflict: 'overwrite' });
    tasks.task(() => 1, {
      upstream: [user, same()],
      onConflict: ({ key, values, sources }) => {
        expectTypeOf(key).toEqualTypeOf<string>();
        expectTypeOf(values).toEqualTypeOf<readonly [unknown, unknown]>();
        expectTypeOf(sources).toEqualTypeOf<readonly [string, string]>();
        return values[0];
      },
    });
    const first = ({ values }: KwargsConflict): unknown => values[0];
    tasks.task(() => 1, { upstream: [user, same()], onConflict: first });
  });

  it('is allowed to be said where there is no conflict', () => {
    tasks.task(() => 1, { upstream: [user, theme], onConflict: 'error' });
    tasks.task(() => 1, { onConflict: 'overwrite' });
    // @ts-expect-error there is no such choice
    tasks.task(() => 1, { onConflict: 'ignore' });
  });
});

describe('passThrough', () => {
  it('has its kwargs for a result', () => {
    const session = tasks.passThrough({ upstream: [user, theme], kwargs: { since: 1843 } });
    expectTypeOf(session).toEqualTypeOf<Task<{ since: number; id: number; name: string; dark: boolean }>>();
    tasks.task(({ name, dark, since }) => [name, dark, since], { upstream: [session] });
    expectTypeOf(tasks.passThrough({ upstream: { user } })).toExtend<Task<{ user: { id: number; name: string } }>>();
    expectTypeOf(tasks.passThrough({})).toEqualTypeOf<Task<NoKeys>>();
    // @ts-expect-error it has no function to give args to
    tasks.passThrough({ args: [1] });
  });
});

describe('chains', () => {
  it('flow through four tasks', () => {
    const one = tasks.task(async () => ({ one: 1 }));
    const two = tasks.task(({ one: n }) => of({ two: String(n) }), { upstream: [one] });
    const three = tasks.task(async function* ({ two: text }) { yield { three: [text] }; }, { upstream: [two] });
    const four = tasks.task(({ three: list, one: n }) => ({ four: list.length + n }), { upstream: [three, one] });
    expectTypeOf(three).toEqualTypeOf<Task<{ three: string[] }>>();
    expectTypeOf(four).toEqualTypeOf<Task<{ four: number }>>();
    // @ts-expect-error `two` is not passed through
    tasks.task(({ two: text }) => String(text), { upstream: [three] });
  });

  it('flow when they are written inside one another', () => {
    expectTypeOf(tasks.task(({ b }) => b, {
      upstream: { b: tasks.task(({ a }) => a.length, { upstream: { a: tasks.task(() => 'a') } }) },
    })).toEqualTypeOf<Task<number>>();
  });
});

describe('options', () => {
  it('that are unknown do not compile', () => {
    // @ts-expect-error a misspelt name
    tasks.task(() => 1, { prioritty: 1 });
    // @ts-expect-error misspelt, with other inputs
    tasks.task(({ id }) => String(id), { upstream: [user], gruop: 'g' });
    // @ts-expect-error no such option of a manager
    new TaskManager({ concurency: 1 });
  });

  it('of a wrong type do not compile', () => {
    // @ts-expect-error a priority is a number
    tasks.task(() => 1, { priority: 'high' });
    // @ts-expect-error a group is a string
    tasks.task(() => 1, { group: 1 });
    // @ts-expect-error there is no such join
    tasks.task(() => 1, { join: 'zip' });
    // @ts-expect-error there is no such choice
    tasks.task(() => 1, { releaseSlot: 'never' });
  });

  it('may be given as undefined, and made beforehand', () => {
    tasks.task(() => 1, undefined);
    tasks.task(() => 1, { priority: undefined, group: undefined, kwargs: undefined, upstream: undefined, args: undefined });
    const options = { priority: 1, group: 'g', join: 'combineLatest' } as const;
    tasks.task(({ id }) => { expectTypeOf(id).toEqualTypeOf<number>(); }, { ...options, upstream: [user] });
    expectTypeOf<{ kwargs: { a: number } }>().toExtend<TaskOptions>();
    expectTypeOf<Kwargs>().toExtend<object>();
    expectTypeOf<Observable<number>>().toExtend<Observable<unknown>>();
  });
});
