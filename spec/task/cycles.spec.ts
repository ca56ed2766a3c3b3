import { defer, map, NEVER, Observable, of, startWith } from 'rxjs';
import { type Task, TaskCycleError, UpstreamFailedError } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

function causeOf(heard: readonly unknown[]): unknown {
  expect(heard).toEqual([expect.any(UpstreamFailedError)]);
  return (heard[0] as UpstreamFailedError).cause;
}

describe('Tasks that wait for each other through an Observable', () => {
  it.each<[string, (later: () => Task<number>) => Observable<number>]>([
    ['made by hand', (later) => new Observable((subscriber) => later().subscribe(subscriber))],
    ['deferred', (later) => defer(later)],
    ['deferred and piped', (later) => defer(() => later().pipe(map((n) => n + 1)))],
  ])('fail with the path: %s', (_, through) => {
    const tasks = syncManager();
    const first: Task<number> = tasks.task(() => 1, { name: 'first', upstream: { x: through(() => last) } });
    const middle = tasks.task(() => 2, { name: 'middle', upstream: { first } });
    const last: Task<number> = tasks.task(() => 3, { name: 'last', upstream: { middle } });
    const cause = causeOf(listen(last).heard);
    expect(cause).toBeInstanceOf(TaskCycleError);
    expect((cause as TaskCycleError).path).toEqual(['first', 'last', 'middle', 'first']);
    expect((cause as TaskCycleError).message).toBe('Tasks wait for each other: first → last → middle → first. Take one of them out of the upstream of the others.');
    expect([first, middle, last].map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
  });

  it('fail when each of them is reached through an Observable', () => {
    const tasks = syncManager();
    const a: Task<number> = tasks.task(() => 1, { name: 'a', upstream: [defer(() => b)] });
    const b: Task<number> = tasks.task(() => 2, { name: 'b', upstream: [defer(() => a)] });
    const { heard } = listen(a);
    expect(heard).toHaveLength(1);
    let { cause } = heard[0] as Error;
    while (cause instanceof UpstreamFailedError) ({ cause } = cause);
    expect(cause).toBeInstanceOf(TaskCycleError);
    expect([a.status, b.status]).toEqual(['failed', 'failed']);
  });

  it('fail when one waits for itself', () => {
    const tasks = syncManager();
    const self: Task<number> = tasks.task(() => 1, { name: 'self', upstream: [defer(() => self)] });
    expect((causeOf(listen(self).heard) as TaskCycleError).path).toEqual(['self', 'self']);
  });

  it('are no cycle where the result is there already, or what is subscribed to depends on something else', () => {
    const tasks = syncManager();
    const source = tasks.task(() => 1);
    listen(source);
    const done = tasks.task(({ source }) => source + 1, { upstream: { source } });
    listen(done);
    const again = tasks.task(({ n }) => n, { upstream: { source, n: defer(() => done) }, onConflict: 'overwrite' });
    expect(listen(again).heard).toEqual([2, 'complete']);
    const twice = [1, 2].map(() => tasks.task(({ n }) => n, { upstream: { n: defer(() => again) } }));
    expect(listen(tasks.task(({ a, b }) => a + b, { upstream: { a: twice[0]!, b: twice[1]! } })).heard).toEqual([4, 'complete']);
  });

  it('are no cycle where a live task goes on meanwhile: a loop that feeds back', () => {
    const tasks = syncManager();
    const live: Task<number> = tasks.task(({ n }) => n, { join: 'combineLatest', upstream: { n: defer(() => back.pipe(startWith(0))) } });
    const back: Task<number> = tasks.task(() => NEVER, { upstream: { live } });
    expect(listen(live).heard).toEqual([0]);
    tasks.cancelAll();
  });

  it('are no cycle where a function subscribes to what waits for its task', () => {
    const tasks = syncManager();
    const later: Task<number>[] = [];
    const first = tasks.task(() => {
      later[0]!.subscribe();
      return 1;
    }, { upstream: [of(1)] });
    later.push(tasks.task(({ first }) => first + 1, { upstream: { first } }));
    expect(listen(later[0]!).heard).toEqual([2, 'complete']);
  });
});
