import { EMPTY, NEVER, of, retry, Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';

import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

describe('a completed task', () => {
  it('replays its last value to later subscribers without running again', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                     a-b|');
    const task = manager().task(() => source);
    expectObservable(task).toBe('             a-b|');
    expectObservable(task, '    ------^').toBe('------(b|)');
    expectObservable(task, '    --------^').toBe('--------(b|)');
    expectSubscriptions(source.subscriptions).toBe('^--!');
  }));

  it('replays its end alone when it had no value', () => {
    const fn = vi.fn(() => EMPTY);
    const task = syncManager().add(fn);
    expect(listen(task).heard).toEqual(['complete']);
    expect(fn).toHaveBeenCalledOnce();
  });

  it.each([[undefined], [null], [0], [''], [false], [NaN], [0n]])('keeps %o like any value', (falsy) => {
    const fn = vi.fn(() => falsy);
    const tasks = syncManager();
    const task = tasks.add(fn);
    expect(listen(task).heard).toEqual([falsy, 'complete']);
    expect(listen(tasks.task(({ it }) => [it], { upstream: { it: task } })).heard).toEqual([[falsy], 'complete']);
    expect(fn).toHaveBeenCalledOnce();
  });

  it('gives its result to a downstream task that is made after it has finished', () => {
    const tasks = syncManager();
    const upstream = tasks.add(() => ({ a: 1 }));
    expect(upstream.status).toBe('completed');
    expect(listen(tasks.task(({ a }) => a + 1, { upstream: [upstream] })).heard).toEqual([2, 'complete']);
  });

  it('is not started again', () => {
    const fn = vi.fn(() => 1);
    const task = syncManager().add(fn);
    expect(task.start()).toBe(task);
    expect(fn).toHaveBeenCalledOnce();
    expect(task.status).toBe('completed');
  });

  it('is left alone by cancel', () => {
    const tasks = syncManager();
    const task = tasks.add(() => 1);
    const { heard } = listen(tasks.events$);
    task.cancel();
    expect(heard).toEqual([]);
    expect(task.status).toBe('completed');
  });
});

describe('invalidate', () => {
  it('makes a completed task run again for its next subscriber, not before', () => marbles(({ manager, cold, expectObservable, expectSubscriptions, when }) => {
    const source = cold('                      -a|');
    const task = manager().task(() => source);
    when('                      ---i', () => {
      task.invalidate();
      expect(task.status).toBe('idle');
    });
    expectObservable(task).toBe('              -a|');
    expectObservable(task, '    ------^').toBe('-------a|');
    expectSubscriptions(source.subscriptions).toBe(['^-!', '------^-!']);
  }));

  it('forgets the results downstream too, however far', () => {
    const tasks = syncManager();
    const ran: string[] = [];
    const a = tasks.task(() => void ran.push('a'), { name: 'a' });
    const b = tasks.task(() => void ran.push('b'), { upstream: [a] });
    const c = tasks.task(() => void ran.push('c'), { upstream: { b, x: of(1) } });
    const other = tasks.task(() => void ran.push('other'));
    c.subscribe();
    other.subscribe();
    a.invalidate();
    expect([a, b, c, other].map(({ status }) => status)).toEqual(['idle', 'idle', 'idle', 'completed']);
    ran.length = 0;
    c.subscribe();
    other.subscribe();
    expect(ran).toEqual(['a', 'b', 'c']);
    expect([a, b, c].map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  });

  it('leaves what is upstream and beside', () => {
    const tasks = syncManager();
    const ran: string[] = [];
    const a = tasks.task(() => void ran.push('a'));
    const b = tasks.task(() => void ran.push('b'), { upstream: [a] });
    const c = tasks.task(() => void ran.push('c'), { upstream: [a] });
    b.subscribe();
    c.subscribe();
    ran.length = 0;
    b.invalidate();
    b.subscribe();
    c.subscribe();
    expect(ran).toEqual(['b']);
  });

  it('forgets a downstream result even when upstream has run again meanwhile', () => {
    const tasks = syncManager();
    let n = 0;
    const a = tasks.task(() => ({ n: ++n }));
    const b = tasks.task((kwargs) => kwargs.n, { upstream: [a] });
    expect(listen(b).heard).toEqual([1, 'complete']);
    a.invalidate();
    expect(listen(a).heard).toEqual([{ n: 2 }, 'complete']);
    expect(listen(b).heard).toEqual([2, 'complete']);
  });

  it('lets a run under way go on, and does not keep its result', () => {
    const tasks = syncManager();
    const source = new Subject<string>();
    const fn = vi.fn(() => source);
    const task = tasks.add(fn);
    const { heard } = listen(task);
    task.invalidate();
    expect(task.status).toBe('running');
    source.next('a');
    source.complete();
    expect(heard).toEqual(['a', 'complete']);
    expect(task.status).toBe('idle');
    task.start();
    expect(fn).toHaveBeenCalledTimes(2);
  });

  it('has nothing kept that came of a run under way, downstream either', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const a = tasks.add((_, { attempt }) => (attempt === 1 ? source : of({})));
    a.invalidate();
    const b = tasks.add(() => 'b', { upstream: [a] });
    const c = tasks.add(() => 'c', { upstream: { b } });
    const later = tasks.add(() => 'later', { upstream: [of(1)] });
    source.next({});
    source.complete();
    expect([a, b, c, later].map(({ status }) => status)).toEqual(['idle', 'idle', 'idle', 'completed']);
  });

  it('is shown by state$', () => {
    const tasks = syncManager();
    const a = tasks.add(() => 1);
    const b = tasks.add(() => 2, { upstream: [a] });
    const seen: string[] = [];
    b.state$.subscribe(({ status }) => seen.push(status));
    a.invalidate();
    expect(seen).toEqual(['completed', 'idle']);
  });

  it('does nothing to a task that has no result', () => {
    const tasks = syncManager();
    const task = tasks.task(() => NEVER);
    task.invalidate();
    expect(task.status).toBe('idle');
    expect(listen(task).heard).toEqual([]);
    expect(task.status).toBe('running');
  });
});

describe('a failed or cancelled task', () => {
  it('runs again when it is subscribed to again, so that retry() works', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const runs = [cold('                           -#       '), cold('     -a#'), cold('-b|')];
    const task = manager().task((_, { attempt }) => runs[attempt - 1]!);
    expectObservable(task.pipe(retry(2))).toBe('   --a-b|   ');
    expectSubscriptions(runs[0]!.subscriptions).toBe('^!');
    expectSubscriptions(runs[1]!.subscriptions).toBe('-^-!');
    expectSubscriptions(runs[2]!.subscriptions).toBe('---^-!');
  }));

  it('holds no slot while it waits for a retry', () => marbles(({ manager, cold, expectObservable }) => {
    const tasks = manager({ concurrency: 1 });
    const runs = [cold('                                      -#'), cold('    -b|')];
    const failing = tasks.task((_, { attempt }) => runs[attempt - 1]!);
    const other = tasks.task(() => cold('                      --a|'));
    expectObservable(failing.pipe(retry({ delay: 4 }))).toBe('------b|');
    expectObservable(other).toBe('                             ---a|');
  }));

  it('has a failed upstream run again too', () => {
    const tasks = syncManager();
    const upstream = tasks.task((_, { attempt }) => {
      if (attempt === 1) throw new Error('once');
      return { attempt };
    });
    const task = tasks.task(({ attempt }) => attempt, { upstream: [upstream] });
    expect(listen(task.pipe(retry(1))).heard).toEqual([2, 'complete']);
  });

  it('forgets the value it had before it failed', () => {
    const source = new Subject<string>();
    const task = syncManager().task(() => source);
    listen(task);
    source.next('a');
    task.cancel();
    expect(task.status).toBe('cancelled');
    expect(listen(task).heard).toEqual([]);
    expect(task.status).toBe('running');
  });
});
