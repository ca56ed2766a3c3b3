import { concat, delay, EMPTY, firstValueFrom, NEVER, of, Subject, take } from 'rxjs';
import { TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

describe('a cold task', () => {
  it('queues nothing until it is subscribed to', () => marbles(({ manager, cold, when, expectSubscriptions }) => {
    const tasks = manager();
    const source = cold('     a|');
    const task = tasks.task(() => source);
    when('               ---s', () => task.subscribe());
    expectSubscriptions(source.subscriptions).toBe('---^!');
    expect(task.status).toBe('idle');
    expect(tasks.state.counts.queued).toBe(0);
  }));

  it('is not queued by those who only watch it', () => {
    const tasks = syncManager();
    const task = tasks.task(() => { throw new Error('was run'); });
    task.state$.subscribe();
    task.setPriority(3);
    task.invalidate();
    task.cancel();
    expect(task.state).toMatchObject({ status: 'idle', priority: 3, queuedAt: undefined });
    expect(tasks.get(task.id)).toBeUndefined();
  });

  it('is queued by its first subscriber, once its upstream is done', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const tasks = manager();
    const first = cold('  --a|');
    const second = cold('    --b|');
    const upstream = tasks.task(() => first);
    const task = tasks.task(() => second, { upstream: [upstream] });
    expectObservable(task).toBe('                -----b|');
    expectSubscriptions(first.subscriptions).toBe('^--!');
    expectSubscriptions(second.subscriptions).toBe('---^--!');
  }));

  it('says where it is', () => {
    const tasks = syncManager({ concurrency: 1 });
    const [a, b] = [new Subject<number>(), new Subject<number>()];
    const upstream = tasks.task(() => a);
    const task = tasks.task(() => b, { upstream: [upstream] });
    expect([upstream.status, task.status]).toEqual(['idle', 'idle']);
    task.subscribe({ error: () => {} });
    expect([upstream.status, task.status]).toEqual(['running', 'waiting']);
    tasks.add(() => NEVER, { priority: 1 });
    a.complete();
    expect([upstream.status, task.status]).toEqual(['completed', 'queued']);
    tasks.cancelAll();
    expect([upstream.status, task.status]).toEqual(['completed', 'cancelled']);
  });
});

describe('a shared task', () => {
  it('runs once for all its subscribers', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const source = cold('          --a--b--|');
    const task = manager().task(() => source);
    expectObservable(task).toBe('  --a--b--|');
    expectObservable(task).toBe('  --a--b--|');
    expectSubscriptions(source.subscriptions).toBe('^-------!');
  }));

  it('gives a late subscriber the latest value, then the live ones', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                    a--b--c--|');
    const task = manager().task(() => source);
    expectObservable(task).toBe('            a--b--c--|');
    expectObservable(task, '    ----^').toBe('----b-c--|');
    expectObservable(task, '    -^------').toBe('-a-b--c--|');
    expectSubscriptions(source.subscriptions).toBe('^--------!');
  }));

  it('gives a late subscriber no value while there is none, and none of an earlier run', () => marbles(({ manager, cold, expectObservable }) => {
    const runs = [cold('a-#'), cold('     --b|')];
    const task = manager().task((_, { attempt }) => runs[attempt - 1]!);
    expectObservable(task).toBe('            a-#');
    expectObservable(task, '    ----^').toBe('------b|');
    expectObservable(task, '    -----^').toBe('------b|');
  }));

  it('does not tell a value twice to who subscribes while it is told', () => {
    const values = new Subject<string>();
    const task = syncManager().task(() => values);
    let late: unknown[] | undefined;
    task.subscribe(() => { late ??= listen(task).heard; });
    values.next('a');
    values.next('b');
    expect(late).toEqual(['a', 'b']);
  });

  it('is withdrawn when its last subscriber leaves, and torn down with its signal aborted', () => marbles(({ manager, cold, expectObservable, expectSubscriptions, when }) => {
    const source = cold('          a--b--c--|');
    let signal!: AbortSignal;
    const task = manager().task((_, context) => {
      signal = context.signal;
      return source;
    });
    expectObservable(task, '  ^---!----').toBe('a--b-');
    expectObservable(task, '  ^-!------').toBe('a--');
    expectSubscriptions(source.subscriptions).toBe('^---!');
    when('                    ---x-----', () => { expect(signal.aborted).toBe(false); });
    when('                    -----x---', () => {
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toMatchObject({ name: 'AbortError' });
      expect(task.status).toBe('cancelled');
    });
  }));

  it('is taken from the queue when its last subscriber leaves', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const tasks = manager({ concurrency: 1 });
    const [first, second, third] = [cold('---a|'), cold('b|'), cold('    c|')];
    expectObservable(tasks.task(() => first)).toBe('          ---a|');
    expectObservable(tasks.task(() => second), '              ^-!').toBe('---');
    expectObservable(tasks.task(() => third)).toBe('          ----c|');
    expectSubscriptions(second.subscriptions).toBe([]);
  }));

  it('withdraws upstream that no one else wants, and leaves what someone wants', () => {
    const tasks = syncManager();
    const [lone, wanted, started] = [tasks.task(() => NEVER), tasks.task(() => NEVER), tasks.add(() => NEVER)];
    wanted.subscribe();
    const between = tasks.task(() => NEVER, { upstream: [lone, wanted, started] });
    const task = tasks.task(() => NEVER, { upstream: [between] });
    task.subscribe().unsubscribe();
    expect([lone, wanted, started, between, task].map(({ status }) => status))
      .toEqual(['cancelled', 'running', 'running', 'cancelled', 'cancelled']);
  });

  it('runs again when it is subscribed to after it was withdrawn', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                          --a|');
    const task = manager().task(() => source);
    expectObservable(task, '   ^!').toBe('         -');
    expectObservable(task, '   ----^').toBe('      ------a|');
    expectSubscriptions(source.subscriptions).toBe(['^!', '----^--!']);
  }));

  it('is what take(1) leaves of it: withdrawn after the first of several values', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                         -a-b-|');
    const task = manager().task(() => source);
    expectObservable(task.pipe(take(1))).toBe('   -(a|)');
    expectSubscriptions(source.subscriptions).toBe('^!');
  }));

  it.each<[string, () => string | Promise<string>]>([
    ['a plain value', () => 'done'],
    ['a promise', async () => 'done'],
  ])('has completed when its function has ended with %s, though its subscriber leaves with it', async (_, fn) => {
    const tasks = new TaskManager();
    const task = tasks.task(fn);
    const { heard } = listen(tasks.completed$);
    expect(await firstValueFrom(task)).toBe('done');
    expect(task.status).toBe('completed');
    expect(heard).toHaveLength(1);
  });

  it('is an Observable like any other', () => marbles(({ manager, cold, expectObservable }) => {
    const tasks = manager();
    const a = tasks.task(() => cold('                            -a|'));
    const b = tasks.task(() => cold('                              -b|'));
    expectObservable(concat(a, b, EMPTY, of('c').pipe(delay(1)))).toBe('-a-b-(c|)');
  }));
});
