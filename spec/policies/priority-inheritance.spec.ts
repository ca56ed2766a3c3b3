import fc from 'fast-check';
import { map, type Observable, Subject } from 'rxjs';
import { explain, type Task, type TaskManager, type TaskStatus } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

/** A paused manager of one slot, and the names of its tasks as they start. */
function held(inheritPriority?: boolean) {
  const tasks = syncManager({ concurrency: 1, inheritPriority });
  tasks.pause();
  const order: string[] = [];
  const make = (name: string, priority = 0, upstream: readonly Observable<unknown>[] = []) =>
    tasks.task(() => void order.push(name), { name, priority, upstream });
  return { tasks, order, make };
}

const unsettled = (status: TaskStatus): boolean => status === 'waiting' || status === 'queued' || status === 'running';

describe('the priority of a task that others wait for', () => {
  it('is the highest among its own and theirs, through any number of steps', () => {
    const { tasks, order, make } = held();
    const config = make('config', -1);
    const user = make('user', 2, [config]);
    const page = make('page', 5, [user]);
    make('other', 4).start();
    page.start();
    expect([config, user, page].map(({ priority }) => priority)).toEqual([5, 5, 5]);
    tasks.resume();
    expect(order).toEqual(['config', 'user', 'page', 'other']);
    expect([config, user, page].map(({ priority }) => priority)).toEqual([-1, 2, 5]);
  });

  it('is its own where that is higher', () => {
    const { make } = held();
    const config = make('config', 7);
    make('page', 5, [config]).start();
    expect(config.priority).toBe(7);
  });

  it('rises when one comes that wants it more, while it is queued or runs', () => {
    const { tasks, make } = held();
    const source = new Subject();
    const first = tasks.task(() => source, { name: 'first' });
    const second = make('second', 0, [first]);
    second.start();
    make('a', 3, [second]).start();
    expect([first.priority, second.priority]).toEqual([3, 3]);
    tasks.resume();
    make('b', 4, [second]).start();
    expect([first.status, first.priority, second.priority]).toEqual(['running', 4, 4]);
  });

  it.each<[string, (page: Task<unknown>, failing: Subject<unknown>) => void]>([
    ['leave', (page) => { page.cancel(); }],
    ['are cancelled without it', (page) => { page.cancel({ upstream: 'none' }); }],
    ['fail', (_, failing) => { failing.error(new Error('x')); }],
    ['lower theirs', (page) => { page.setPriority(1); }],
  ])('falls back when those who want it %s', (_, act) => {
    const { make } = held();
    const failing = new Subject();
    const config = make('config');
    const user = make('user', 0, [config]).start();
    const page = make('page', 9, [user, failing]).start();
    make('list', 1, [user]).start();
    expect([config.priority, user.priority]).toEqual([9, 9]);
    act(page, failing);
    expect([config.priority, user.priority]).toEqual([1, 1]);
  });

  it('falls back to its own when the last who wants it more leaves, though it goes on', () => {
    const { make } = held();
    const user = make('user', 2);
    const page = make('page', 9, [user]).start();
    page.cancel({ upstream: 'none' });
    expect([user.status, user.priority]).toEqual(['queued', 2]);
  });

  it('falls back though someone comes to want it while it is about to be withdrawn', () => {
    const { make } = held();
    const user = make('user', 2);
    const page = make('page', 9, [user]);
    page.subscribe({ error: () => { user.subscribe(); } });
    page.cancel();
    expect([user.status, user.priority]).toEqual(['queued', 2]);
  });

  it('is that of its own setPriority where it is higher, and remembered where it is lower', () => {
    const { make } = held();
    const user = make('user');
    const page = make('page', 5, [user]).start();
    expect(user.setPriority(3).priority).toBe(5);
    page.setPriority(1);
    expect(user.priority).toBe(3);
    expect(user.setPriority(8).priority).toBe(8);
    expect(user.setPriority(0).priority).toBe(1);
    page.cancel({ upstream: 'none' });
    expect(user.priority).toBe(0);
  });

  it('is shown by its state', () => {
    const { make } = held();
    const user = make('user').start();
    const { heard } = listen(user.state$);
    const page = make('page', 5, [user, user]).start();
    page.setPriority(2);
    page.cancel();
    expect(heard.map((state) => (state as { priority: number }).priority)).toEqual([0, 5, 2, 0]);
  });

  it('is not handed on through an Observable between two tasks', () => {
    const { make } = held();
    const user = make('user');
    make('page', 5, [user.pipe(map((value) => value))]).start();
    expect(user).toMatchObject({ status: 'queued', priority: 0 });
  });

  it('is its own in a manager that says so, whatever is done to those who wait', () => {
    const { make } = held(false);
    const user = make('user');
    const page = make('page', 5, [user]).start();
    page.setPriority(7);
    expect(user.priority).toBe(0);
    user.setPriority(2);
    expect(user.priority).toBe(2);
    page.cancel({ upstream: 'none' });
    expect(user.priority).toBe(2);
  });

  it('is the highest of those who want it, whatever happens', () => {
    const graph = fc.array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), fc.integer({ min: -3, max: 3 })), { minLength: 2, maxLength: 9 });
    const what = fc.constantFrom('start', 'subscribe', 'leave', 'setPriority', 'setPriority', 'cancel', 'go on without', 'leave upstream', 'complete', 'fail', 'invalidate', 'pause');
    const step = fc.tuple(what, fc.nat(), fc.integer({ min: -4, max: 4 }));
    fc.assert(fc.property(graph, fc.array(step, { maxLength: 40 }), fc.constantFrom(1, 2, Infinity), (nodes, steps, concurrency) => {
      const tasks = syncManager({ concurrency });
      const all = makeGraph(tasks, nodes);
      for (const [action, which, priority] of steps) {
        const each = all[which % all.length]!;
        act(tasks, each, action, priority);
        for (const { task, own } of all) {
          // What waits for it, by what it says itself.
          const wanting = all.filter(({ task: other }) => other.status === 'waiting' && explain(other).obstacles.some((obstacle) => obstacle.type === 'upstream' && obstacle.names.includes(task.name)));
          const highest = Math.max(own, ...wanting.map(({ task: other }) => other.priority));
          expect(task.priority).toBe(unsettled(task.status) ? highest : own);
        }
      }
    }), propertyRuns(1500));
  });
});

interface Known {
  readonly task: Task<unknown>;
  readonly runs: Subject<unknown>[];
  own: number;
}

function makeGraph(tasks: TaskManager, nodes: readonly (readonly [readonly number[], number])[]): Known[] {
  const all: Known[] = [];
  for (const [i, [links, priority]] of nodes.entries()) {
    const runs: Subject<unknown>[] = [];
    const upstream = i === 0 ? [] : links.map((link) => all[link % i]!.task);
    const run = (): Subject<unknown> => {
      const source = new Subject();
      runs.push(source);
      return source;
    };
    all.push({ task: tasks.task(run, { name: `t${i}`, priority, upstream, group: i % 3 === 0 ? 'g' : undefined }), runs, own: priority });
  }
  return all;
}

const subscriptions = new WeakMap<Known, { unsubscribe(): void }[]>();

function act(tasks: TaskManager, each: Known, action: string, priority: number): void {
  const { task, runs } = each;
  const known = subscriptions.get(each) ?? [];
  subscriptions.set(each, known);
  switch (action) {
    case 'start': task.start(); break;
    case 'subscribe': known.push(task.subscribe({ error: () => {} })); break;
    case 'leave': known.pop()?.unsubscribe(); break;
    case 'setPriority': task.setPriority(each.own = priority); break;
    case 'cancel': task.cancel(); break;
    case 'go on without': task.cancel({ downstream: false }); break;
    case 'leave upstream': task.cancel({ upstream: 'none' }); break;
    case 'complete': runs.at(-1)?.complete(); break;
    case 'fail': runs.at(-1)?.error(new Error('x')); break;
    case 'invalidate': task.invalidate(); break;
    default: if (tasks.paused) tasks.resume(); else tasks.pause();
  }
}

describe('setPriority', () => {
  it('lets another start where a big task was first, and is so no more', () => {
    const tasks = syncManager({ concurrency: 2 });
    tasks.add(() => new Subject());
    const big = tasks.add(() => 1, { slots: 2, priority: 1 });
    const small = tasks.add(() => 2);
    expect(small.status).toBe('queued');
    big.setPriority(-1);
    expect(small.status).toBe('completed');
  });
});
