import { NEVER, Subject } from 'rxjs';
import { TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

/** A paused manager of one slot, and the names of its tasks as they start. */
function held(inheritPriority?: boolean) {
  const tasks = syncManager({ concurrency: 1, inheritPriority });
  tasks.pause();
  const order: string[] = [];
  const add = (name: string, options: { priority?: number; group?: string } = {}) => tasks.add(() => void order.push(name), { name, ...options });
  return { tasks, order, add };
}

describe('priority', () => {
  it('goes high to low, equals in the order in which they were queued', () => {
    const { tasks, order, add } = held();
    for (const [name, priority] of Object.entries({ a: 0, b: 2, c: -1, d: 2, e: 0, f: 1.5 })) add(name, { priority });
    tasks.resume();
    expect(order).toEqual(['b', 'd', 'f', 'a', 'e', 'c']);
  });

  it('of 1 to 8 goes 8 to 1', () => {
    const { tasks, order, add } = held();
    for (const priority of [1, 2, 3, 4, 5, 6, 7, 8]) add(String(priority), { priority });
    tasks.resume();
    expect(order).toEqual(['8', '7', '6', '5', '4', '3', '2', '1']);
  });

  it('goes across groups, and past one that is full or paused', () => {
    const { tasks, order, add } = held();
    tasks.group('paused').pause();
    add('a', { group: 'g', priority: 1 });
    add('b', { priority: 2 });
    add('c', { group: 'h', priority: 3 });
    add('d', { group: 'paused', priority: 9 });
    tasks.resume();
    expect(order).toEqual(['c', 'b', 'a']);
  });

  it('orders what is queued in one turn together', () => marbles(({ manager, cold, expectObservable }) => {
    const tasks = manager({ concurrency: 1 });
    const work = () => cold('                                    -a|');
    expectObservable(tasks.task(work, { priority: 1 })).toBe('   ---a|');
    expectObservable(tasks.task(work, { priority: 0 })).toBe('   -----a|');
    expectObservable(tasks.task(work, { priority: 2 })).toBe('   -a|');
  }));

  it('orders what is queued in one turn of the event loop together, and looks at it in a microtask', async () => {
    const tasks = new TaskManager({ concurrency: 1 });
    const order: string[] = [];
    tasks.add(() => void order.push('low'));
    tasks.add(() => void order.push('high'), { priority: 1 });
    expect(order).toEqual([]);
    await Promise.resolve();
    expect(order).toEqual(['high', 'low']);
  });

  it('puts equals in the order of queueing, even if one became ready later', () => {
    const { tasks, order, add } = held();
    const upstream = new Subject<object>();
    tasks.add(() => void order.push('waited'), { upstream: [upstream] });
    add('later');
    upstream.complete();
    tasks.resume();
    expect(order).toEqual(['waited', 'later']);
  });

  it('of a task that waits for upstream holds up nobody', () => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.add(() => 1, { priority: 9, upstream: [NEVER] });
    expect(tasks.add(() => 2).status).toBe('completed');
  });

  it('is not passed on to upstream where it is not to be inherited', () => {
    const { tasks, order, add } = held(false);
    const upstream = tasks.task(() => void order.push('upstream'), { priority: -1 });
    tasks.add(() => void order.push('urgent'), { priority: 9, upstream: [upstream] });
    add('other');
    tasks.resume();
    expect(order).toEqual(['other', 'upstream', 'urgent']);
  });
});

describe('setPriority', () => {
  it('changes nothing where that is its priority already, though it goes at a higher one of who waits for it', () => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.add(() => NEVER);
    const user = tasks.task(() => 1);
    tasks.task(() => 2, { priority: 5, upstream: [user] }).start();
    let pictures = 0;
    user.state$.subscribe(() => { pictures++; });
    user.setPriority(0);
    expect([pictures, user.priority]).toEqual([1, 5]);
    user.setPriority(7);
    expect([pictures, user.priority]).toEqual([2, 7]);
    user.setPriority(7);
    expect(pictures).toBe(2);
  });

  it('moves a queued task, and says what it is now', () => {
    const { tasks, order, add } = held();
    const [a, b, c] = [add('a'), add('b'), add('c')];
    expect(c.setPriority(2)).toBe(c);
    a.setPriority(-1);
    expect([a.priority, b.priority, c.priority]).toEqual([-1, 0, 2]);
    tasks.resume();
    expect(order).toEqual(['c', 'b', 'a']);
  });

  it('moves it within a group, and the group with it', () => {
    const { tasks, order, add } = held();
    const [, b] = [add('a', { group: 'g' }), add('b', { group: 'g' })];
    add('c', { priority: 1 });
    b.setPriority(2);
    tasks.resume();
    expect(order).toEqual(['b', 'c', 'a']);
  });

  it('is remembered for the next time, when the task does not wait now', () => {
    const { tasks, order, add } = held();
    const cold = tasks.task(() => void order.push('cold')).setPriority(5);
    const waiting = tasks.add(() => void order.push('waiting'), { upstream: [[]] });
    waiting.setPriority(6);
    add('other');
    cold.start();
    tasks.resume();
    expect(order).toEqual(['waiting', 'cold', 'other']);
    cold.setPriority(1);
    expect(cold.priority).toBe(1);
  });
});
