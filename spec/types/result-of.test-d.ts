import { type BehaviorSubject, type InteropObservable, map, type Observable, of, type Subject } from 'rxjs';
import type { ResultOf, Task, TaskManager } from 'sluice';
import { describe, expectTypeOf, it } from 'vitest';

declare const tasks: TaskManager;
type Nothing = ReturnType<() => void>;
class Point {
  readonly x: number = 1;
}

describe('ResultOf', () => {
  it('is what a promise resolves with', () => {
    expectTypeOf<ResultOf<Promise<string>>>().toEqualTypeOf<string>();
    expectTypeOf<ResultOf<PromiseLike<string[]>>>().toEqualTypeOf<string[]>();
    expectTypeOf<ResultOf<Promise<void>>>().toEqualTypeOf<Nothing>();
  });

  it('is what an Observable emits', () => {
    expectTypeOf<ResultOf<Observable<string>>>().toEqualTypeOf<string>();
    expectTypeOf<ResultOf<Subject<string>>>().toEqualTypeOf<string>();
    expectTypeOf<ResultOf<BehaviorSubject<{ a: 1 }>>>().toEqualTypeOf<{ a: 1 }>();
    expectTypeOf<ResultOf<Task<string>>>().toEqualTypeOf<string>();
    expectTypeOf<ResultOf<InteropObservable<string>>>().toEqualTypeOf<string>();
    expectTypeOf<ResultOf<Observable<never>>>().toEqualTypeOf<never>();
  });

  it('is what an async iterable yields', () => {
    expectTypeOf<ResultOf<AsyncGenerator<string, number, boolean>>>().toEqualTypeOf<string>();
    expectTypeOf<ResultOf<AsyncIterable<string>>>().toEqualTypeOf<string>();
  });

  it('is any other value as it is, iterables too', () => {
    expectTypeOf<ResultOf<string>>().toEqualTypeOf<string>();
    expectTypeOf<ResultOf<string[]>>().toEqualTypeOf<string[]>();
    expectTypeOf<ResultOf<Set<number>>>().toEqualTypeOf<Set<number>>();
    expectTypeOf<ResultOf<Map<string, number>>>().toEqualTypeOf<Map<string, number>>();
    expectTypeOf<ResultOf<Generator<number>>>().toEqualTypeOf<Generator<number>>();
    expectTypeOf<ResultOf<{ a: 1 }>>().toEqualTypeOf<{ a: 1 }>();
    expectTypeOf<ResultOf<Point>>().toEqualTypeOf<Point>();
    expectTypeOf<ResultOf<() => Promise<1>>>().toEqualTypeOf<() => Promise<1>>();
    expectTypeOf<ResultOf<null>>().toEqualTypeOf<null>();
    expectTypeOf<ResultOf<undefined>>().toEqualTypeOf<undefined>();
    expectTypeOf<ResultOf<Nothing>>().toEqualTypeOf<Nothing>();
  });

  it('is each part of a union by itself', () => {
    expectTypeOf<ResultOf<Promise<1> | Observable<2> | AsyncIterable<3> | 4>>().toEqualTypeOf<1 | 2 | 3 | 4>();
    expectTypeOf<ResultOf<string | undefined>>().toEqualTypeOf<string | undefined>();
  });

  it('is never for never, and nothing certain for unknown and any', () => {
    expectTypeOf<ResultOf<never>>().toEqualTypeOf<never>();
    expectTypeOf<ResultOf<unknown>>().toEqualTypeOf<unknown>();
    expectTypeOf<ResultOf<any>>().not.toEqualTypeOf<never>();
  });
});

describe('a task', () => {
  it('is an Observable of what its function comes to', () => {
    expectTypeOf(tasks.task(() => 1)).toEqualTypeOf<Task<number>>();
    expectTypeOf(tasks.task(async () => ({ a: 1 }))).toEqualTypeOf<Task<{ a: number }>>();
    expectTypeOf(tasks.task(() => of('a'))).toEqualTypeOf<Task<string>>();
    expectTypeOf(tasks.task(async function* () { yield 1; })).toEqualTypeOf<Task<number>>();
    expectTypeOf(tasks.task(() => ['a'])).toEqualTypeOf<Task<string[]>>();
    expectTypeOf(tasks.task(() => {})).toEqualTypeOf<Task<void>>();
    expectTypeOf(tasks.task((): never => { throw new Error('x'); })).toEqualTypeOf<Task<never>>();
    expectTypeOf(tasks.add(() => of(1))).toEqualTypeOf<Task<number>>();
    expectTypeOf(tasks.task(() => tasks.task(() => 'inner'))).toEqualTypeOf<Task<string>>();
  });

  it('is assignable to an Observable, and goes through operators', () => {
    expectTypeOf(tasks.task(() => 1)).toExtend<Observable<number>>();
    expectTypeOf(tasks.task(() => 1)).not.toExtend<Observable<string>>();
    expectTypeOf(tasks.task(() => 1).pipe(map(String))).toEqualTypeOf<Observable<string>>();
    tasks.task(() => 1).subscribe((value) => { expectTypeOf(value).toEqualTypeOf<number>(); });
  });

  it('of something narrower is a task of something wider', () => {
    expectTypeOf<Task<1>>().toExtend<Task<number>>();
    expectTypeOf<Task<number>>().toExtend<Task<unknown>>();
    expectTypeOf<Task<number>>().not.toExtend<Task<1>>();
  });

  it('has what it is to be read, not written', () => {
    const task = tasks.task(() => 1);
    // @ts-expect-error priority is set with setPriority()
    task.priority = 1;
    // @ts-expect-error the id is given by the manager
    task.id = 1;
    // @ts-expect-error a priority is a number
    task.setPriority('high');
    // @ts-expect-error there is no such option
    task.cancel({ down: true });
    expectTypeOf(task.setPriority(1).start()).toEqualTypeOf<Task<number>>();
    expectTypeOf(tasks.get(1)).toEqualTypeOf<Task<unknown> | undefined>();
  });
});
