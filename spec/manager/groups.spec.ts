import { NEVER, Subject, tap, throwError } from 'rxjs';
import { groupState, type TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

const none = { waiting: 0, queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0, skipped: 0 };
const empty = { name: 'g', groups: [], counts: none, progress: { done: 0, cancelled: 0, total: 0, fraction: 0 }, paused: false, concurrency: Infinity };

describe('a group', () => {
  it('shares a limit of its own, within that of the manager', () => marbles(({ manager, cold, expectObservable }) => {
    const tasks = manager({ concurrency: 3, groups: { g: { concurrency: 2 } } });
    const work = () => cold('                                  -a|');
    const inGroup = () => tasks.task(work, { group: 'g' });
    expectObservable(inGroup()).toBe('             -a|');
    expectObservable(inGroup()).toBe('             -a|');
    expectObservable(inGroup()).toBe('             ---a|');
    expectObservable(tasks.task(work)).toBe('      -a|');
    expectObservable(tasks.task(work)).toBe('      ---a|');
    expectObservable(inGroup()).toBe('             ---a|');
  }));

  it('is a handle: any number of them for a name, before there are tasks and after', () => {
    const tasks = syncManager();
    const early = tasks.group('g');
    expect(early.name).toBe('g');
    expect(early.state).toEqual(empty);
    tasks.add(() => NEVER, { group: 'g' });
    expect(early.state.counts.running).toBe(1);
    expect(tasks.group('g').state).toEqual(early.state);
    tasks.cancelAll();
    expect(tasks.state.groups).toEqual([]);
    expect(early.state).toEqual(empty);
  });

  it('is not made of the tasks without one', () => {
    const tasks = syncManager();
    const { heard } = listen(tasks.groupFinished$);
    tasks.add(() => 1);
    expect(heard).toEqual([]);
    expect(tasks.state.groups).toEqual([]);
  });

  it('cancels its own tasks, those downstream of them, and no others', () => {
    const tasks = syncManager();
    const upstream = tasks.task(() => NEVER);
    const inside = tasks.add(() => 1, { group: 'g', upstream: [upstream] });
    const running = tasks.add(() => NEVER, { group: 'g' });
    const after = tasks.add(() => 1, { group: 'other', upstream: [running] });
    const beside = tasks.add(() => NEVER);
    const { heard } = listen(running);
    tasks.group('g').cancel();
    expect([upstream, inside, running, after, beside].map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled', 'running']);
    expect(heard).toMatchObject([{ name: 'AbortError', cancelled: 'group g' }]);
    tasks.group('g').cancel();
    tasks.group('no such group').cancel();
  });

  it('cancels in the order in which the tasks were made, and as far as the options say', () => {
    const tasks = syncManager();
    const names: string[] = [];
    const [a, b] = ['a', 'b'].map((name) => tasks.task(() => NEVER, { name, group: 'g' }));
    b!.start();
    a!.start();
    const after = tasks.add(() => 'ran', { upstream: [a!] });
    tasks.group('g').events$.pipe(mainEvents).subscribe((event) => names.push(describeEvent(event)));
    tasks.group('g').cancel({ downstream: false });
    expect(names).toEqual(['cancelled a', 'cancelled b', 'groupFinished g']);
    expect(after.status).toBe('completed');
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('can have any name: %s', (name) => {
    const tasks = syncManager({ groups: { limited: { concurrency: 1 } } });
    const group = tasks.group(name);
    expect(group.state).toEqual({ ...empty, name });
    const { heard } = listen(group.state$);
    const source = new Subject<never>();
    tasks.add(() => source, { group: name });
    expect(group.state).toEqual({ ...empty, name, counts: { ...none, running: 1 }, progress: { done: 0, cancelled: 0, total: 1, fraction: 0 } });
    source.complete();
    expect(heard.at(-1)).toEqual({ ...empty, name, counts: { ...none, completed: 1 }, progress: { done: 1, cancelled: 0, total: 1, fraction: 1 } });
    expect('counts' in {}).toBe(false);
  });
});

describe('a group finishes', () => {
  it.each([
    ['completes', (source: Subject<never>) => { source.complete(); }, 'completed'],
    ['fails', (source: Subject<never>) => { source.error(new Error('x')); }, 'failed'],
    ['is cancelled', (_: unknown, tasks: TaskManager) => { tasks.cancelAll(); }, 'cancelled'],
    ['is stopped with the group', (_: unknown, tasks: TaskManager) => { tasks.group('g').cancel(); }, 'cancelled'],
  ])('when its last task %s', (_, end, how) => {
    const tasks = syncManager();
    const source = new Subject<never>();
    const { heard } = listen(tasks.groupFinished$);
    tasks.add(() => 1, { group: 'g' });
    expect(heard).toHaveLength(1);
    tasks.add(() => source, { group: 'g' });
    tasks.add(() => 1, { group: 'g' });
    expect(heard).toHaveLength(1);
    end(source, tasks);
    expect(heard).toHaveLength(2);
    expect(heard[1]).toMatchObject({ type: 'groupFinished', group: 'g', counts: { ...none, completed: 1, [how]: how === 'completed' ? 2 : 1 } });
  });

  it('when its last task is withdrawn', () => {
    const tasks = syncManager();
    const { heard } = listen(tasks.group('g').finished$);
    const task = tasks.task(() => NEVER, { group: 'g' });
    task.subscribe().unsubscribe();
    expect(heard).toMatchObject([{ group: 'g', counts: { cancelled: 1, skipped: 0 } }]);
    task.subscribe().unsubscribe();
    expect(heard).toHaveLength(2);
  });

  it('not before tasks of it that wait for upstream have settled', () => {
    const tasks = syncManager();
    const { heard } = listen(tasks.groupFinished$);
    const source = new Subject<object>();
    const first = tasks.add(() => 1, { group: 'g' });
    tasks.add(() => 2, { group: 'g', upstream: [first, source] });
    expect(heard).toHaveLength(1);
    source.complete();
    expect(heard).toHaveLength(2);
  });

  it('not yet, when a listener to its last task has added another', () => {
    const tasks = syncManager();
    const log: string[] = [];
    let added = false;
    tasks.events$.subscribe((event) => {
      log.push(describeEvent(event));
      if (event.type !== 'completed' || added) return;
      added = true;
      tasks.add(() => 2, { name: 'b', group: 'g' });
    });
    tasks.add(() => 1, { name: 'a', group: 'g' });
    expect(log.filter((line) => line.startsWith('groupFinished'))).toEqual(['groupFinished g']);
    expect(log.at(-1)).toBe('groupFinished g');
  });

  it('again later, told to those who have listened all along', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager();
    const work = (): unknown => cold('                          -|');
    when('                                            x---x-', () => tasks.add(work, { group: 'g' }));
    const times = { f: expect.objectContaining({ type: 'groupFinished', group: 'g' }) as unknown };
    expectObservable(tasks.groupFinished$).toBe('     -f---f', times);
    expectObservable(tasks.group('g').finished$).toBe('-f---f', times);
    expectObservable(tasks.group('h').finished$).toBe('------');
  }));
});

describe('what a group shows', () => {
  const is = (type: string): unknown => expect.objectContaining({ type });

  it('is its events, and not those of others', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager();
    when('                                                   -x', () => {
      tasks.add(() => cold('                                  -----a|'), { name: 'good', group: 'g' });
      tasks.add(() => throwError(() => 'bad'), { name: 'bad', group: 'h' });
    });
    const events = { q: is('queued'), s: is('started'), c: is('completed'), e: is('failed'), f: is('groupFinished') };
    expectObservable(tasks.group('g').events$).toBe('        -(qs)--(cf)', events);
    expectObservable(tasks.group('h').events$).toBe('        -(qsef)', events);
    expectObservable(tasks.group('g').completed$).toBe('     -------c', events);
    expectObservable(tasks.group('h').completed$).toBe('     --------');
    expectObservable(tasks.group('g').failed$).toBe('        --------');
    expectObservable(tasks.group('h').failed$).toBe('        -e', events);
    expectObservable(tasks.completed$).toBe('                -------c', events);
    expectObservable(tasks.failed$).toBe('                   -e', events);
    expectObservable(tasks.events$, '--^').toBe('            -------(cf)', events);
  }));

  it('is its progress, from what settles and what is reported', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager();
    when('                                            -x', () => {
      tasks.add(() => cold('                           ---|'), { group: 'g' });
      tasks.add((_, { progress }) => cold('            -p-----|').pipe(tap(() => { progress(0.5); })), { group: 'g' });
      tasks.add(() => NEVER);
    });
    const progress = {
      0: { done: 0, cancelled: 0, total: 0, fraction: 0 }, 1: { done: 0, cancelled: 0, total: 2, fraction: 0 }, 2: { done: 0, cancelled: 0, total: 2, fraction: 0.25 },
      3: { done: 1, cancelled: 0, total: 2, fraction: 0.75 }, 4: { done: 2, cancelled: 0, total: 2, fraction: 1 },
    };
    expectObservable(tasks.group('g').progress$).toBe('012-3---4', progress);
  }));

  it('is its state, in one picture a turn of the host', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager({ groups: { g: { concurrency: 1 } } });
    when('                                                -x', () => {
      tasks.add(() => cold('                               ---------|'), { group: 'g' });
      tasks.add(() => cold('                               ---------|'), { group: 'g' });
    });
    when('                                                ------p', () => { tasks.group('g').pause(); });
    const of = (counts: object, paused: boolean, done: number): unknown => ({
      ...empty, counts: { ...none, ...counts }, paused, concurrency: 1, progress: { done, cancelled: 0, total: 2, fraction: done / 2 },
    });
    expectObservable(tasks.group('g').state$, '           ^-----------!').toBe('a(qr)-p---c', {
      a: { ...empty, concurrency: 1 },
      q: of({ queued: 2 }, false, 0),
      r: of({ running: 1, queued: 1 }, false, 0),
      p: of({ running: 1, queued: 1 }, true, 0),
      c: of({ completed: 1, queued: 1 }, true, 1),
    });
  }));

  it('is the same object as long as nothing of it has changed', () => {
    const tasks = syncManager();
    tasks.state$.subscribe();
    tasks.add(() => NEVER, { group: 'g' });
    const before = tasks.group('g').state;
    tasks.add(() => NEVER, { group: 'h' });
    expect(tasks.group('g').state).toBe(before);
    expect(groupState(tasks.state, 'g')).toBe(before);
    expect(Object.isFrozen(before.counts)).toBe(true);
  });
});
