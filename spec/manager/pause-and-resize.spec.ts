import { NEVER, Subject } from 'rxjs';
import { groupStates, type Task } from 'sluice';
import { describe, expect, it } from 'vitest';

import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

const statuses = (...tasks: Task<unknown>[]): string[] => tasks.map(({ status }) => status);

describe('pause', () => {
  it('starts nothing new, and lets the running ones finish', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager({ concurrency: 1 });
    when('                                           -p---r', () => { if (tasks.paused) tasks.resume(); else tasks.pause(); });
    expectObservable(tasks.task(() => cold('          --a|'))).toBe('--a|');
    expectObservable(tasks.task(() => cold('               --b|'))).toBe('-------b|');
  }));

  it('of a group holds back its tasks alone', () => {
    const tasks = syncManager();
    const group = tasks.group('g');
    group.pause();
    expect(group.paused).toBe(true);
    const [held, free] = [tasks.add(() => 1, { group: 'g' }), tasks.add(() => 2)];
    expect(statuses(held, free)).toEqual(['queued', 'completed']);
    group.resume();
    expect(group.paused).toBe(false);
    expect(held.status).toBe('completed');
  });

  it('holds back all groups when it is of the manager', () => {
    const tasks = syncManager();
    tasks.pause();
    expect([tasks.paused, tasks.state.status]).toEqual([true, 'paused']);
    const task = tasks.add(() => 1, { group: 'g' });
    tasks.group('g').resume();
    expect(task.status).toBe('queued');
    tasks.resume();
    expect([task.status, tasks.paused, tasks.state.status]).toEqual(['completed', false, 'idle']);
  });

  it('in the middle of starting stops there', () => {
    const tasks = syncManager();
    tasks.pause();
    const first = tasks.add(() => { tasks.pause(); });
    const second = tasks.add(() => 2);
    tasks.resume();
    expect(statuses(first, second)).toEqual(['completed', 'queued']);
    tasks.resume();
    expect(second.status).toBe('completed');
  });

  it('lets a task be cancelled, withdrawn and re-prioritised', () => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.pause();
    const order: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => tasks.task(() => void order.push(name)));
    const leaving = a!.subscribe();
    b!.subscribe();
    c!.subscribe();
    leaving.unsubscribe();
    c!.setPriority(1);
    tasks.resume();
    expect(order).toEqual(['c', 'b']);
  });

  it('of an unknown group is remembered for tasks to come, and forgotten when it is undone', () => {
    const tasks = syncManager();
    tasks.group('g').pause();
    expect(groupStates(tasks.state).map(({ name }) => name)).toEqual(['g']);
    tasks.group('g').resume();
    expect(groupStates(tasks.state).map(({ name }) => name)).toEqual([]);
  });
});

describe('concurrency', () => {
  it('can be raised while running, which starts more', () => {
    const tasks = syncManager({ concurrency: 1 });
    const all = [tasks.add(() => NEVER), tasks.add(() => NEVER), tasks.add(() => NEVER)];
    tasks.concurrency = 2;
    expect(statuses(...all)).toEqual(['running', 'running', 'queued']);
    expect([tasks.concurrency, tasks.state.concurrency]).toEqual([2, 2]);
    tasks.concurrency = Infinity;
    expect(statuses(...all)).toEqual(['running', 'running', 'running']);
  });

  it('can be lowered while running, which lets those that run end', () => {
    const tasks = syncManager({ concurrency: 3 });
    const sources = [new Subject<never>(), new Subject<never>(), new Subject<never>()];
    for (const source of sources) tasks.add(() => source);
    const next = tasks.add(() => NEVER);
    tasks.concurrency = 1;
    sources[0]!.complete();
    sources[1]!.complete();
    expect(statuses(next)).toEqual(['queued']);
    sources[2]!.complete();
    expect(statuses(next)).toEqual(['running']);
  });

  it('of a group can be changed, whether or not it has tasks yet', () => {
    const tasks = syncManager();
    const group = tasks.group('g');
    expect(group.concurrency).toBe(Infinity);
    group.concurrency = 1;
    const all = [tasks.add(() => NEVER, { group: 'g' }), tasks.add(() => NEVER, { group: 'g' }), tasks.add(() => NEVER)];
    expect(statuses(...all)).toEqual(['running', 'queued', 'running']);
    tasks.group('g').concurrency = 2;
    expect(statuses(...all)).toEqual(['running', 'running', 'running']);
    expect([group.concurrency, group.state.concurrency]).toEqual([2, 2]);
  });

  it('is never exceeded by callbacks that add, cancel, pause and resize', () => {
    const tasks = syncManager({ concurrency: 2, groups: { g: { concurrency: 1 } } });
    let [most, mostInGroup] = [0, 0];
    tasks.events$.subscribe(({ type }) => {
      if (type !== 'started') return;
      most = Math.max(most, tasks.scheduler.running);
      mostInGroup = Math.max(mostInGroup, tasks.scheduler.group('g').running);
    });
    const sources = Array.from({ length: 12 }, () => new Subject<never>());
    sources.forEach((source, i) => {
      const task = tasks.add(() => source, i % 2 === 0 ? { group: 'g' } : {});
      task.subscribe({
        complete: () => {
          tasks.pause();
          tasks.add(() => NEVER, { group: 'g' }).cancel();
          tasks.resume();
        },
        error: () => { tasks.concurrency = 2; },
      });
    });
    for (const [i, source] of sources.entries()) {
      if (i % 3 === 0) source.error(new Error('x'));
      else source.complete();
    }
    expect([most, mostInGroup]).toEqual([2, 1]);
    expect(tasks.state.counts).toMatchObject({ queued: 0, running: 0 });
    expect(tasks.scheduler.running).toBe(0);
  });
});

describe('state$', () => {
  it('shows pause, resume and resize', () => {
    const tasks = syncManager();
    const seen: unknown[] = [];
    tasks.state$.subscribe(({ status, concurrency }) => seen.push([status, concurrency]));
    tasks.pause();
    tasks.concurrency = 3;
    tasks.resume();
    expect(seen).toEqual([['idle', Infinity], ['paused', Infinity], ['paused', 3], ['idle', 3]]);
    tasks.add(() => NEVER);
    expect(seen.at(-1)).toEqual(['busy', 3]);
  });
});
