import fc from 'fast-check';
import { BehaviorSubject, concat, EMPTY, map, type Observable, of, switchMap, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type Task, TaskManager, UpstreamFailedError } from 'sluice';

/** What is joined, in a property that compares a join with RxJS's operators. */
export interface Source {
  /** Frames between values. */
  readonly gaps: readonly number[];
  readonly end: 'completes' | 'fails' | 'goes on';
  /** Frames until it ends. */
  readonly last: number;
  readonly kind: 'hot' | 'cold' | 'BehaviorSubject';
  readonly isTask: boolean;
}

const FRAME = 10;
const LETTERS = ['a', 'b', 'c', 'd', 'e'];

/** A value arrives at frame 10, 20, …, shifted by its source, so that no two sources emit at one time. */
function marblesOf({ gaps, end, last }: Source, i: number): string {
  const shift = '-'.repeat(i + 1);
  const values = gaps.map((gap, n) => `${'-'.repeat(gap * FRAME - 1)}${LETTERS[n] ?? ''}`).join('');
  const ending = end === 'goes on' ? '' : `${'-'.repeat(last * FRAME - 1)}${end === 'fails' ? '#' : '|'}`;
  return shift + values + ending;
}

export function sourcesOf(ends: readonly Source['end'][]): fc.Arbitrary<Source[]> {
  const gap = fc.integer({ min: 1, max: 4 });
  const source = fc.record({
    gaps: fc.array(gap, { maxLength: 4 }), end: fc.constantFrom(...ends), last: gap, kind: fc.constantFrom('hot', 'cold', 'BehaviorSubject'), isTask: fc.boolean(),
  });
  return fc.array(source, { minLength: 1, maxLength: 4 });
}

export type Outcome = readonly [frame: number, kind: string, value?: unknown];

/** What an Observable does, and when. A task's error is told by its cause. */
function record(source: Observable<unknown>, scheduler: TestScheduler): Outcome[] {
  const seen: Outcome[] = [];
  source.subscribe({
    next: (value) => seen.push([scheduler.now(), 'next', value]),
    error: (error: unknown) => seen.push([scheduler.now(), 'error', error instanceof UpstreamFailedError ? error.cause : error]),
    complete: () => seen.push([scheduler.now(), 'complete']),
  });
  return seen;
}

/** Runs both in virtual time, each on sources of its own, and returns what each has done. */
export function compare(
  sources: readonly Source[],
  actual: (inputs: Observable<unknown>[], tasks: TaskManager) => Task<unknown>,
  expected: (inputs: Observable<unknown>[], scheduler: TestScheduler) => Observable<unknown>,
): readonly [actual: Outcome[], expected: Outcome[]] {
  const scheduler = new TestScheduler(() => {});
  return scheduler.run(({ hot, cold, flush }) => {
    const tasks = new TaskManager({ host: scheduler, timeSlice: Infinity });
    const make = (source: Source, i: number): Observable<unknown> => {
      const values = Object.fromEntries(LETTERS.map((name) => [name, { [`k${i}`]: name }]));
      const error = `error ${i}`;
      if (source.kind === 'hot') return hot(marblesOf(source, i), values, error);
      const observable = cold(marblesOf(source, i), values, error);
      if (source.kind === 'cold') return observable;
      const subject = new BehaviorSubject<unknown>({ [`k${i}`]: 'first' });
      observable.subscribe(subject);
      return subject;
    };
    const inputs = sources.map((source, i) => {
      const observable = make(source, i);
      return source.isTask ? tasks.task(() => observable) : observable;
    });
    const seen = [record(actual(inputs, tasks), scheduler), record(expected(sources.map(make), scheduler), scheduler)] as const;
    flush();
    return seen;
  });
}

export function merged(values: readonly unknown[]): object {
  return Object.assign({}, ...values) as object;
}

// Runs of no, of short and of long duration, with and without an end.
export const runs: Readonly<Record<string, (kwargs: object) => Observable<unknown>>> = {
  'emit at once': (kwargs) => of(kwargs),
  'take longer than most values take to come': (kwargs) => timer(25).pipe(map(() => kwargs)),
  'emit, and go on for a while': (kwargs) => concat(of({ now: kwargs }), timer(15).pipe(map(() => ({ later: kwargs })))),
  'are empty': () => EMPTY,
  'fail after a while': (kwargs) => timer(35).pipe(switchMap(() => throwError(() => kwargs))),
};
