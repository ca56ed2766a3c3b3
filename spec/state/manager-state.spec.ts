import { distinctUntilChanged, map, NEVER, Observable, type Subscription, Subject } from 'rxjs';
import { groupState, groupStates, type ManagerState, type TaskContext, TaskManager } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { macrotask, microtasks } from '../support/event-loop.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { synchronous } from '../support/synchronous.ts';

const none = { waiting: 0, queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0, skipped: 0 };

/** Whether a value and all that is in it is frozen. */
function isDeeplyFrozen(value: unknown): boolean {
  return typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen));
}

/** How many tasks are in which status, as `1 waiting 2 running`. */
function words({ counts }: Pick<ManagerState, 'counts'>): string {
  return Object.entries(counts).flatMap(([status, n]) => (n > 0 ? [`${String(n)} ${status}`] : [])).join(' ');
}

describe('the state of a manager', () => {
  it('is empty at first', () => {
    expect(new TaskManager().state).toEqual({
      status: 'idle', concurrency: Infinity, counts: none, progress: { done: 0, cancelled: 0, total: 0, fraction: 0 }, groups: [],
    });
  });

  it('shows declared groups from the start', () => {
    const tasks = new TaskManager({ concurrency: 8, groups: { api: { concurrency: 2 }, mail: {} } });
    const group = { counts: none, progress: { done: 0, cancelled: 0, total: 0, fraction: 0 }, paused: false };
    expect(tasks.state).toMatchObject({
      concurrency: 8, groups: [{ name: 'api', ...group, concurrency: 2 }, { name: 'mail', ...group, concurrency: Infinity }],
    });
  });

  it('counts the tasks by status, in all and by group', () => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 1 });
    const upstream = tasks.add(() => NEVER, { group: 'api' });
    tasks.add(() => 1, { group: 'api' });
    tasks.add(() => 1, { upstream: [upstream] });
    expect(tasks.state.counts).toEqual({ ...none, waiting: 1, queued: 1, running: 1 });
    expect(groupState(tasks.state, 'api')?.counts).toEqual({ ...none, queued: 1, running: 1 });
    upstream.cancel();
    tasks.add(() => { throw new Error('fails'); });
    expect(tasks.state.counts).toEqual({ ...none, completed: 1, failed: 1, cancelled: 2, skipped: 0 });
  });

  it('is idle, busy, paused or closed; paused goes before busy, closed before all', async () => {
    const tasks = new TaskManager({ ...synchronous });
    const statuses = [tasks.state.status];
    const note = (): void => { statuses.push(tasks.state.status); };
    tasks.add(() => NEVER);
    note();
    tasks.pause();
    note();
    tasks.cancelAll();
    note();
    tasks.resume();
    note();
    tasks.pause();
    await tasks.close();
    note();
    expect(statuses).toEqual(['idle', 'busy', 'paused', 'paused', 'idle', 'closed']);
  });

  it('follows concurrency, of the manager and of groups', () => {
    const tasks = new TaskManager({ groups: { api: { concurrency: 1 } } });
    tasks.concurrency = 3;
    tasks.group('api').concurrency = 2;
    expect(tasks.state).toMatchObject({ concurrency: 3, groups: [{ name: 'api', concurrency: 2 }] });
  });

  it('is the same object as long as nothing changes', () => {
    const tasks = new TaskManager({ ...synchronous });
    tasks.add(() => NEVER, { group: 'api' });
    const { state } = tasks;
    expect(tasks.state).toBe(state);
    tasks.pause();
    tasks.resume();
    expect(tasks.state).toBe(state);
  });

  it('shares what has not changed with the one before', () => {
    const tasks = new TaskManager({ ...synchronous });
    tasks.add(() => NEVER, { group: 'api' });
    tasks.add(() => NEVER, { group: 'mail' });
    const before = tasks.state;
    tasks.add(() => NEVER, { group: 'api' });
    const after = tasks.state;
    expect(after).not.toBe(before);
    expect(groupState(after, 'api')).not.toBe(groupState(before, 'api'));
    expect(groupState(after, 'mail')).toBe(groupState(before, 'mail'));
  });

  it('is frozen, all through, from the first to the last', () => {
    const tasks = new TaskManager({ ...synchronous });
    const states: ManagerState[] = [tasks.state];
    const subscription = tasks.state$.subscribe((state) => { states.push(state); });
    tasks.add(() => 1, { group: 'api' });
    tasks.pause();
    subscription.unsubscribe();
    tasks.resume();
    states.push(tasks.state, tasks.group('none').state as unknown as ManagerState);
    expect(states.length).toBeGreaterThan(3);
    expect(states.map(isDeeplyFrozen)).toEqual(states.map(() => true));
  });

  it('has no part in what happens to an older one', () => {
    const tasks = new TaskManager({ ...synchronous });
    const { state } = tasks;
    const copy = structuredClone(state);
    tasks.add(() => NEVER, { group: 'api' });
    expect(tasks.state).not.toEqual(copy);
    expect(state).toEqual(copy);
  });
});

describe('state$', () => {
  it('gives the state now, then each one after it', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager();
    const source = cold('                                  ----|');
    when('                                               --a', () => tasks.add(() => source));
    // Queued and started are two turns of one frame: the queue is looked at in the second.
    expectObservable(tasks.state$.pipe(map(words))).toBe('i-(qr)c', { i: '', q: '1 queued', r: '1 running', c: '1 completed' });
  }));

  it('never ends by itself', () => marbles(({ manager, when, expectObservable }) => {
    const tasks = manager();
    when('                                                 --c', () => { void tasks.close(); });
    expectObservable(tasks.state$.pipe(map(({ status }) => status))).toBe('i-c', { i: 'idle', c: 'closed' });
  }));

  it.each([0, 1, 100])('is given once a turn of the event loop with the default host, whose turns are microtasks: tasks take %d ms', async (step) => {
    let time = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => time);
    try {
      const tasks = new TaskManager({ concurrency: 1, timeSlice: Infinity });
      const states: string[] = [];
      const subscription = tasks.state$.subscribe((state) => { states.push(words(state)); });
      for (let i = 0; i < 3; i++) {
        tasks.add(() => {
          time += step;
          return Promise.resolve();
        });
      }
      await microtasks();
      await macrotask();
      await microtasks();
      subscription.unsubscribe();
      expect(states).toEqual(['', '3 queued', '3 completed']);
    } finally {
      clock.mockRestore();
    }
  });

  it('shows the end to who has waited for it, in the same turn of the event loop', async () => {
    const clock = vi.spyOn(Date, 'now').mockReturnValue(0);
    try {
      const tasks = new TaskManager();
      const states: string[] = [];
      const subscription = tasks.state$.subscribe(({ status }) => { states.push(status); });
      tasks.add(() => Promise.resolve());
      await tasks.onIdle();
      await microtasks();
      subscription.unsubscribe();
      expect(states).toEqual(['idle', 'busy', 'idle']);
    } finally {
      clock.mockRestore();
    }
  });

  it('gives one state a turn, however much happens in it', async () => {
    const tasks = new TaskManager({ timeSlice: Infinity });
    tasks.pause();
    const { heard } = listen(tasks.state$.pipe(map(words)));
    for (let i = 0; i < 100; i++) tasks.add(() => 1, { group: `group ${String(i % 7)}` });
    tasks.pause();
    expect(heard).toEqual(['']);
    await microtasks();
    expect(heard).toEqual(['', '100 queued']);
  });

  it('gives nothing when all that happened in a turn comes to nothing', async () => {
    const tasks = new TaskManager();
    const { heard } = listen(tasks.state$);
    tasks.pause();
    tasks.resume();
    tasks.concurrency = Infinity;
    await microtasks();
    expect(heard).toHaveLength(1);
  });

  it('gives the same objects to all who watch, and to who asks for the state', async () => {
    const tasks = new TaskManager();
    const [first, second] = [listen(tasks.state$), listen(tasks.state$)];
    tasks.pause();
    await microtasks();
    expect(first.heard).toHaveLength(2);
    expect(second.heard[0]).toBe(first.heard[0]);
    expect(second.heard[1]).toBe(first.heard[1]);
    expect(tasks.state).toBe(first.heard[1]);
  });

  it('gives who comes later the state now', async () => {
    const tasks = new TaskManager();
    const first = listen(tasks.state$.pipe(map(({ status }) => status)));
    tasks.pause();
    const second = listen(tasks.state$.pipe(map(({ status }) => status)));
    expect(second.heard).toEqual(['paused']);
    await microtasks();
    expect(first.heard).toEqual(['idle', 'paused']);
    expect(second.heard).toEqual(['paused']);
  });

  it('misses nothing that happened while no one watched', () => {
    const tasks = new TaskManager({ ...synchronous });
    const state = (): unknown => listen(tasks.state$.pipe(map(groupStates))).subscription.unsubscribe();
    state();
    const job = tasks.add(() => NEVER, { group: 'api' });
    expect(groupState(tasks.state, 'api')?.counts.running).toBe(1);
    state();
    job.cancel();
    expect(groupState(tasks.state, 'api')).toBeUndefined();
    const { heard } = listen(tasks.state$);
    expect(heard).toEqual([tasks.state]);
    expect(tasks.state.counts).toEqual({ ...none, cancelled: 1, skipped: 0 });
  });

  it('goes on for the one when the other leaves', () => {
    const tasks = new TaskManager({ ...synchronous });
    const [first, second] = [listen(tasks.state$), listen(tasks.state$)];
    first.subscription.unsubscribe();
    tasks.pause();
    expect(first.heard).toHaveLength(1);
    expect(second.heard).toHaveLength(2);
  });

  it('tells a watcher what it does itself on the first state', () => {
    const tasks = new TaskManager({ ...synchronous });
    const statuses: string[] = [];
    tasks.state$.subscribe(({ status }) => {
      statuses.push(status);
      if (statuses.length === 1) tasks.pause();
    });
    expect(statuses).toEqual(['idle', 'paused']);
  });

  it('tells a watcher of a change that someone has looked at before the turn', async () => {
    const tasks = new TaskManager();
    const statuses: string[] = [];
    const asked: string[] = [];
    tasks.state$.subscribe(({ status }) => {
      statuses.push(status);
      if (statuses.length > 1) return;
      tasks.pause();
      asked.push(tasks.state.status);
    });
    await microtasks();
    expect(asked).toEqual(['paused']);
    expect(statuses).toEqual(['idle', 'paused']);
  });

  it('goes on for a watcher in whose first state the only other one leaves', () => {
    const tasks = new TaskManager({ ...synchronous });
    const other = listen(tasks.state$).subscription;
    const statuses: string[] = [];
    tasks.state$.subscribe(({ status }) => {
      statuses.push(status);
      other.unsubscribe();
    });
    tasks.pause();
    expect(statuses).toEqual(['idle', 'paused']);
  });

  it('gives all watchers the states in the same order, even if one of them changes and asks', async () => {
    const tasks = new TaskManager();
    const first: string[] = [];
    const second: string[] = [];
    const asked: number[] = [];
    tasks.state$.subscribe(({ status, concurrency }) => {
      first.push(`${status} ${String(concurrency)}`);
      if (status !== 'paused' || concurrency === 2) return;
      tasks.concurrency = 2;
      asked.push(tasks.state.concurrency);
    });
    tasks.state$.subscribe(({ status, concurrency }) => { second.push(`${status} ${String(concurrency)}`); });
    tasks.pause();
    await microtasks();
    expect(asked).toEqual([2]);
    expect(second).toEqual(['idle Infinity', 'paused Infinity', 'paused 2']);
    expect(first).toEqual(second);
  });

  it('shows what a listener to an event would see', () => {
    const tasks = new TaskManager({ ...synchronous });
    const seen: string[] = [];
    tasks.state$.subscribe();
    tasks.completed$.subscribe(() => { seen.push(words(tasks.state)); });
    tasks.add(() => 1);
    expect(seen).toEqual(['1 completed']);
  });
});

describe('the groups in the state', () => {
  it('appear with their first task and are forgotten with their last', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager();
    const source = cold('           --x|');
    when('                        --a', () => tasks.add(() => source, { group: 'api' }));
    const names = tasks.state$.pipe(map((state) => groupStates(state).map(({ name }) => name).join()), distinctUntilChanged());
    expectObservable(names).toBe('i-a--i', { i: '', a: 'api' });
  }));

  it('stay while they have a limit of their own, or are paused', () => {
    const tasks = new TaskManager({ ...synchronous });
    const names = (): string => groupStates(tasks.state).map(({ name }) => name).join();
    const api = tasks.group('api');
    expect(names()).toBe('');
    api.concurrency = 1;
    expect(names()).toBe('api');
    tasks.add(() => 1, { group: 'api' });
    expect(names()).toBe('api');
    api.pause();
    api.concurrency = Infinity;
    expect(names()).toBe('api');
    api.resume();
    expect(names()).toBe('');
  });

  it('stay when they are declared, whatever happens to them', () => {
    const tasks = new TaskManager({ ...synchronous, groups: { api: {}, mail: { concurrency: 1 } } });
    for (const group of ['api', 'mail']) {
      tasks.add(() => 1, { group });
      tasks.group(group).pause();
      tasks.group(group).resume();
      tasks.group(group).concurrency = Infinity;
      listen(tasks.group(group).state$).subscription.unsubscribe();
    }
    expect(groupStates(tasks.state).map(({ name }) => name)).toEqual(['api', 'mail']);
  });

  it('are there while someone watches them, with and without someone who watches the manager', () => {
    for (const watchManager of [false, true]) {
      const tasks = new TaskManager({ ...synchronous });
      const seen: string[] = [];
      if (watchManager) tasks.state$.subscribe((state) => { seen.push(groupStates(state).map(({ name }) => name).join()); });
      const { heard, subscription } = listen(tasks.group('api').state$.pipe(map(words)));
      expect(heard).toEqual(['']);
      expect(groupStates(tasks.state).map(({ name }) => name)).toEqual(['api']);
      subscription.unsubscribe();
      expect(groupStates(tasks.state).map(({ name }) => name)).toEqual([]);
      if (watchManager) expect(seen).toEqual(['', 'api', '']);
    }
  });

  it.each(['constructor', 'toString', '__proto__'])('may be called %s', (group) => {
    const tasks = new TaskManager({ ...synchronous });
    const { heard } = listen(tasks.group(group).state$.pipe(map(words)));
    expect(words(tasks.group(group).state)).toBe('');
    tasks.add(() => NEVER, { group });
    expect(words(tasks.group(group).state)).toBe('1 running');
    expect(heard.at(-1)).toBe('1 running');
    expect(groupStates(tasks.state).map(({ name }) => name)).toEqual([group]);
  });
});

describe('the state of a group', () => {
  it('is that of an empty one when there is none', () => {
    const tasks = new TaskManager();
    expect(tasks.group('api').state).toEqual({
      name: 'api', groups: [], counts: none, progress: { done: 0, cancelled: 0, total: 0, fraction: 0 }, paused: false, concurrency: Infinity,
    });
    expect(groupStates(tasks.state).map(({ name }) => name)).toEqual([]);
  });

  it('is the part of the manager\'s state under its name', () => {
    const tasks = new TaskManager({ ...synchronous });
    tasks.add(() => NEVER, { group: 'api' });
    tasks.group('api').pause();
    expect(tasks.group('api').state).toBe(groupState(tasks.state, 'api'));
    expect(tasks.group('api').state).toMatchObject({ counts: { running: 1 }, paused: true });
  });

  it('comes by state$ only when it has changed', () => {
    const tasks = new TaskManager({ ...synchronous });
    const { heard } = listen(tasks.group('api').state$.pipe(map(({ paused, concurrency }) => [paused, concurrency])));
    tasks.add(() => NEVER, { group: 'mail' });
    tasks.pause();
    tasks.group('api').pause();
    tasks.group('api').concurrency = 1;
    expect(heard).toEqual([[false, Infinity], [true, Infinity], [true, 1]]);
  });
});

describe('progress$ of a group', () => {
  /** A function which reports progress by hand. */
  function reporting(contexts: TaskContext[]) {
    return (_: object, context: TaskContext): Subject<void> => {
      contexts.push(context);
      return new Subject();
    };
  }

  it('reaches 1 with the last task, and is kept for those who watch', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager({ concurrency: 1 });
    const source = cold('x|');
    when('-a', () => { for (let i = 0; i < 4; i++) tasks.add(() => source, { group: 'api' }); });
    const fractions = tasks.group('api').progress$.pipe(map(({ fraction }) => fraction), distinctUntilChanged());
    expectObservable(fractions).toBe('a-bcde', { a: 0, b: 0.25, c: 0.5, d: 0.75, e: 1 });
  }));

  it('counts what running tasks report, of 1 each', () => {
    const tasks = new TaskManager({ ...synchronous });
    const { heard } = listen(tasks.group('api').progress$.pipe(map(({ fraction }) => fraction)));
    const contexts: TaskContext[] = [];
    const jobs = [1, 2].map(() => tasks.add(reporting(contexts), { group: 'api' }));
    contexts[0]?.progress(0.5);
    contexts[1]?.progress({ done: 3, total: 4 });
    jobs[0]?.cancel();
    contexts[1]?.progress(1);
    jobs[1]?.cancel();
    // 0 of 1, 0 of 2, then the reports.
    expect(heard).toEqual([0, 0, 0, 0.25, 0.625, 0.375, 0.5, 0]);
  });

  it('tells the cancelled and withdrawn from those that are done, and takes none of them for progress', () => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 1 });
    const { heard } = listen(tasks.group('api').progress$);
    const source = new Subject<number>();
    tasks.add(() => source, { group: 'api' });
    const withdrawn = tasks.task(() => 1, { group: 'api' }).subscribe();
    tasks.add(() => { throw new Error('fails'); }, { group: 'api' });
    tasks.add(() => 1, { group: 'api' });
    withdrawn.unsubscribe();
    expect(heard.at(-1)).toEqual({ done: 0, cancelled: 1, total: 4, fraction: 0 });
    tasks.group('api').pause();
    source.complete();
    expect(heard.at(-1)).toEqual({ done: 1, cancelled: 1, total: 4, fraction: 0.25 });
    tasks.cancelAll();
    expect(heard.at(-1)).toEqual({ done: 1, cancelled: 3, total: 4, fraction: 0.25 });
    expect(tasks.state.progress).toEqual({ done: 1, cancelled: 3, total: 4, fraction: 0.25 });
    tasks.add(() => NEVER, { group: 'api' });
    expect(heard.at(-1)).toEqual({ done: 0, cancelled: 0, total: 1, fraction: 0 });
  });

  it('begins anew when a task comes after the group was empty', () => {
    const tasks = new TaskManager({ ...synchronous });
    const { heard } = listen(tasks.group('api').progress$.pipe(map(({ done, cancelled, total }) => `${String(done + cancelled)} of ${String(total)}`)));
    const run = (): Subscription => tasks.task(() => new Observable(), { group: 'api' }).subscribe({ error: () => {} });
    const [a, b] = [run(), run()];
    a.unsubscribe();
    b.unsubscribe();
    run();
    expect(heard).toEqual(['0 of 0', '0 of 1', '0 of 2', '1 of 2', '2 of 2', '0 of 1']);
  });
});
