import { asapScheduler, map, NEVER, Observable, Subject } from 'rxjs';
import { type Task, TaskCancelledError, TaskManager, UpstreamFailedError } from 'sluice';
import { describe, expect, it } from 'vitest';

import { synchronous } from '../support/synchronous.ts';

const LENGTH = 100_000;

/** A chain in which each task needs the one before: the first, the last, and how many functions were called. */
class Chain {
  readonly tasks = new TaskManager(synchronous);
  readonly source = new Subject<{ n: number }>();
  readonly first: Task<{ n: number }>;
  readonly last: Task<{ n: number }>;
  called = 0;

  constructor(join: 'forkJoin' | 'combineLatest' = 'forkJoin') {
    this.first = this.tasks.task(() => this.source, { name: 'first' });
    this.last = this.first;
    for (let i = 1; i < LENGTH; i++) {
      this.last = this.tasks.task(({ n }) => {
        this.called++;
        return { n: n + 1 };
      }, { name: `task ${i}`, upstream: [this.last], join });
    }
  }

  expectNothingLeft(): void {
    const { scheduler, state } = this.tasks;
    expect([scheduler.queued, scheduler.running, state.counts.waiting]).toEqual([0, 0, 0]);
  }
}

describe('A chain of 100,000 tasks', () => {
  it.each(['forkJoin', 'combineLatest'] as const)('completes one after the other, and brings the result to its end (%s)', (join) => {
    const chain = new Chain(join);
    const seen: unknown[] = [];
    chain.last.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('completed') });
    chain.source.next({ n: 1 });
    chain.source.complete();
    expect(seen).toEqual([{ n: LENGTH }, 'completed']);
    expect(chain.called).toBe(LENGTH - 1);
    expect(chain.tasks.state.counts.completed).toBe(LENGTH);
    chain.expectNothingLeft();
  });

  it('forgets all that came of its first task, and runs again', () => {
    const tasks = new TaskManager(synchronous);
    let called = 0;
    const first = tasks.task(() => ({ n: 1 }));
    let last: Task<{ n: number }> = first;
    for (let i = 1; i < LENGTH; i++) {
      last = tasks.task(({ n }) => {
        called++;
        return { n: n + 1 };
      }, { upstream: [last] });
    }
    last.subscribe();
    first.invalidate();
    expect(last.status).toBe('idle');
    let seen: unknown;
    last.subscribe((value) => { seen = value; });
    expect(seen).toEqual({ n: LENGTH });
    expect(called).toBe(2 * (LENGTH - 1));
  });

  it('fails to its end, with the first error and the way it came', () => {
    const chain = new Chain();
    const errors: unknown[] = [];
    chain.last.subscribe({ error: (error: unknown) => errors.push(error) });
    const cause = new Error('first');
    chain.source.error(cause);
    expect(errors).toHaveLength(1);
    const [error] = errors as [UpstreamFailedError];
    expect(error).toBeInstanceOf(UpstreamFailedError);
    expect(error.cause).toBe(cause);
    const { path } = error;
    expect(path).toHaveLength(LENGTH);
    expect([path[0], path[1], path.at(-1)]).toEqual(['first', 'task 1', `task ${LENGTH - 1}`]);
    expect(chain.called).toBe(0);
    expect(chain.tasks.state.counts.failed).toBe(LENGTH);
    chain.expectNothingLeft();
  });

  it('is cancelled from its first task on', () => {
    const chain = new Chain();
    const errors: unknown[] = [];
    chain.last.subscribe({ error: (error: unknown) => errors.push(error) });
    chain.first.cancel();
    expect(errors).toEqual([expect.any(TaskCancelledError)]);
    expect(chain.tasks.state.counts.cancelled).toBe(LENGTH);
    expect(chain.source.observed).toBe(false);
    chain.expectNothingLeft();
  });

  it('is cancelled from its last task on, and withdrawn back to its first', () => {
    const chain = new Chain();
    chain.last.subscribe({ error: () => {} });
    chain.last.cancel();
    expect(chain.tasks.state.counts.cancelled).toBe(LENGTH);
    chain.expectNothingLeft();
  });

  it('is withdrawn when the one subscriber of its last task leaves', () => {
    const chain = new Chain();
    const subscription = chain.last.subscribe();
    expect(chain.source.observed).toBe(true);
    subscription.unsubscribe();
    expect(chain.source.observed).toBe(false);
    expect(chain.tasks.state.counts.cancelled).toBe(LENGTH);
    chain.expectNothingLeft();
  });

  it('goes on from behind one that is cancelled with downstream: false', () => {
    const tasks = new TaskManager(synchronous);
    const first = tasks.add(() => NEVER);
    let last: Task<unknown> = first;
    for (let i = 1; i < LENGTH; i++) last = tasks.add(() => i, { upstream: [last] });
    first.cancel({ downstream: false });
    expect(tasks.state.counts).toMatchObject({ cancelled: 1, completed: LENGTH - 1 });
    expect(last.status).toBe('completed');
  });
});

describe('A chain of 3,000 tasks with a pipe before each', () => {
  const DEPTH = 3_000;

  /** The last of a chain that is joined through Observables, of which the manager knows nothing. */
  const piped = (tasks: TaskManager, first: Observable<number>, join: 'forkJoin' | 'combineLatest' = 'forkJoin'): Task<number> => {
    let last = tasks.task(({ n }) => n, { upstream: { n: first }, join });
    for (let i = 1; i < DEPTH; i++) last = tasks.task(({ n }) => n, { upstream: { n: last.pipe(map((n) => n + 1)) }, join });
    return last;
  };

  it.each([['queueScheduler', synchronous], ['asapScheduler', { host: asapScheduler }]])('completes (%s)', async (_, options) => {
    const tasks = new TaskManager(options);
    const source = new Subject<number>();
    const seen: unknown[] = [];
    piped(tasks, source).subscribe({ next: (value) => seen.push(value), error: (error: unknown) => seen.push(error), complete: () => seen.push('completed') });
    expect(tasks.state.counts.waiting).toBe(DEPTH);
    source.next(1);
    source.complete();
    await tasks.onIdle();
    expect(seen).toEqual([DEPTH, 'completed']);
    expect(tasks.state.counts).toMatchObject({ completed: DEPTH, failed: 0, cancelled: 0, skipped: 0 });
  });

  it.each(['queueScheduler', 'asapScheduler'])('completes when it is live (%s)', async (host) => {
    const tasks = new TaskManager(host === 'queueScheduler' ? synchronous : { host: asapScheduler });
    const source = new Subject<number>();
    const seen: unknown[] = [];
    piped(tasks, source, 'combineLatest').subscribe({ next: (value) => seen.push(value), complete: () => seen.push('completed') });
    source.next(1);
    for (let turn = 0; seen.length === 0 && turn < DEPTH; turn++) await new Promise((resolve) => { setImmediate(resolve); });
    source.complete();
    expect(seen).toEqual([DEPTH, 'completed']);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, completed: DEPTH });
    await tasks.onIdle();
  });

  it.each([['queueScheduler', synchronous], ['asapScheduler', { host: asapScheduler }]])('is withdrawn when its subscriber leaves (%s)', async (_, options) => {
    const tasks = new TaskManager({ ...options, concurrency: 1 });
    let observed = 0;
    const first = tasks.task(() => new Observable<number>(() => {
      observed++;
      return () => observed--;
    }));
    const subscription = piped(tasks, first).subscribe();
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(observed).toBe(1);
    subscription.unsubscribe();
    expect(observed).toBe(0);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, cancelled: DEPTH + 1 });
    expect([tasks.scheduler.queued, tasks.scheduler.running]).toEqual([0, 0]);
    await tasks.onIdle();
    // The one slot is not lost.
    const next = tasks.add(() => 1);
    await tasks.onIdle();
    expect(next.status).toBe('completed');
  });
});
