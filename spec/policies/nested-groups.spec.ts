import fc from 'fast-check';
import { NEVER, Subject } from 'rxjs';
import { explain, groupStates, type Task } from 'sluice';
import { describe, expect, it } from 'vitest';

import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { microtasks } from '../support/event-loop.ts';
import { listen } from '../support/listen.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

const names = ['a', 'a/b', 'a/b/c', 'a/d', 'e', 'e/b'];
const around = (name: string): string[] => name.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'));

describe('Groups within groups', () => {
  it('never run more than any limit around them allows, leave nothing idle that may start, and add up', () => {
    const name = fc.constantFrom(...names);
    const index = fc.nat(100);
    const command = fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant('add' as const), name, priority: fc.nat(2), slots: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('end' as const), index }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), index }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), index, priority: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('cancelGroup' as const), name }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), name }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('resize' as const), name, concurrency: fc.constantFrom(3, 4, 6, Infinity) }) },
    );
    fc.assert(fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      const tasks = syncManager({ concurrency: 8, groups: { a: { concurrency: 4 }, 'a/b': { concurrency: 3 } } });
      const group = new Map(names.map((name) => [name, tasks.group(name)]));
      const known: { readonly task: Task<unknown>; readonly slots: number; readonly ends: Subject<void> }[] = [];
      const within = (name: string, status: string) => known.filter(({ task }) => task.status === status && around(task.group!).includes(name));
      const taken = (name: string): number => within(name, 'running').reduce((sum, { slots }) => sum + slots, 0);
      const cancelled = new Set<Task<unknown>>();
      for (const each of commands) {
        if (each.do === 'add') {
          const ends = new Subject<void>();
          const path = around(each.name);
          const task = tasks.add(() => {
            // It counts as running already.
            for (const name of path) expect(taken(name)).toBeLessThanOrEqual(group.get(name)!.concurrency);
            return ends;
          }, { group: each.name, priority: each.priority, slots: each.slots });
          known.push({ task, slots: each.slots, ends });
          if (task.status === 'running') for (const name of path) expect(taken(name)).toBeLessThanOrEqual(group.get(name)!.concurrency);
        } else if (each.do === 'end') known[each.index % (known.length + 1)]?.ends.complete();
        else if (each.do === 'cancel') known[each.index % (known.length + 1)]?.task.cancel();
        else if (each.do === 'move') known[each.index % (known.length + 1)]?.task.setPriority(each.priority);
        else if (each.do === 'cancelGroup') {
          for (const status of ['queued', 'running']) for (const { task } of within(each.name, status)) cancelled.add(task);
          group.get(each.name)!.cancel();
          expect([...within(each.name, 'queued'), ...within(each.name, 'running')]).toEqual([]);
          expect([...cancelled].filter(({ status }) => status !== 'cancelled')).toEqual([]);
        } else if (each.do === 'resize') group.get(each.name)!.concurrency = each.concurrency;
        else group.get(each.name)![each.do]();

        expect(known.filter(({ task }) => task.status === 'failed').map(({ task }) => task.state.error)).toEqual([]);
        for (const name of names) {
          const { counts, paused } = group.get(name)!.state;
          expect([counts.queued, counts.running]).toEqual([within(name, 'queued').length, within(name, 'running').length]);
          expect(tasks.scheduler.group(name).running).toBe(taken(name));
          if (!paused) expect(tasks.scheduler.group(name).paused).toBe(false);
        }
        // What could start by the limits around it waits only for one that goes first and needs more slots than are free.
        for (const { task, slots } of known.filter(({ task }) => task.status === 'queued')) {
          const shut = around(task.group!).some((name) => group.get(name)!.paused || (taken(name) > 0 && taken(name) + slots > group.get(name)!.concurrency));
          const full = tasks.scheduler.running + slots > 8;
          const { obstacles } = explain(task);
          expect(obstacles.length).toBeGreaterThan(0);
          expect(obstacles.some(({ type }) => type !== 'behind')).toBe(shut || full);
        }
      }
      for (const name of names) {
        group.get(name)!.resume();
        group.get(name)!.concurrency = Infinity;
      }
      for (const { ends } of known) ends.complete();
      expect(known.filter(({ task }) => task.status !== 'completed' && task.status !== 'cancelled')).toEqual([]);
      expect(groupStates(tasks.state).map(({ name }) => name)).toEqual(['a', 'a/b']); // the declared ones
      expect(tasks.scheduler.running).toBe(0);
    }), propertyRuns(200));
  });

  it('are made with those around them, and forgotten with them', () => {
    const tasks = syncManager();
    const task = tasks.add(() => NEVER, { group: 'a/b/c' });
    expect(groupStates(tasks.state).map(({ name }) => name)).toEqual(['a', 'a/b', 'a/b/c']);
    for (const group of groupStates(tasks.state)) expect(group).toMatchObject({ counts: { running: 1 }, progress: { done: 0, total: 1 } });
    task.cancel();
    expect(tasks.state.groups).toEqual([]);
  });

  it('have their progress and events counted and told in those around them', () => {
    const tasks = syncManager();
    const events: string[] = [];
    tasks.group('uploads').events$.pipe(mainEvents).subscribe((event) => { events.push(describeEvent(event)); });
    const { heard } = listen(tasks.group('uploads').progress$);
    const { heard: beside } = listen(tasks.group('uploads/texts').events$);
    const ends = new Subject<number>();
    tasks.add((_, { progress }) => {
      progress(0.5);
      return ends;
    }, { name: 'photo', group: 'uploads/images' });
    tasks.add(() => 1, { name: 'list', group: 'uploads' });
    ends.complete();
    expect(events).toEqual([
      'queued photo', 'started photo', 'progress photo', 'queued list', 'started list', 'completed list',
      'completed photo', 'groupFinished uploads/images', 'groupFinished uploads',
    ]);
    expect(heard.at(-1)).toEqual({ done: 2, cancelled: 0, total: 2, fraction: 1 });
    expect(beside).toEqual([]);
  });

  it('finish from the inside out, each when its last task has settled, however it has', () => {
    const tasks = syncManager();
    const finished: string[] = [];
    tasks.groupFinished$.subscribe(({ group, counts }) => { finished.push(`${group}: ${counts.completed} of ${counts.completed + counts.cancelled}`); });
    const own: string[] = [];
    tasks.group('a').finished$.subscribe(({ group }) => { own.push(group); });
    const ends = new Subject<void>();
    tasks.add(() => ends, { group: 'a/b' });
    const inner = tasks.add(() => NEVER, { group: 'a/b/c' });
    tasks.add(() => ends, { group: 'a' });
    inner.cancel();
    expect(finished).toEqual(['a/b/c: 0 of 1']);
    ends.complete();
    expect(finished).toEqual(['a/b/c: 0 of 1', 'a/b: 1 of 2', 'a: 2 of 3']);
    expect(own).toEqual(['a']);
  });

  it('are paused and cancelled with those around them', () => {
    const tasks = syncManager();
    tasks.group('a').pause();
    const within = tasks.add(() => NEVER, { group: 'a/b' });
    const beside = tasks.add(() => NEVER, { group: 'ab' });
    expect([within.status, beside.status]).toEqual(['queued', 'running']);
    tasks.group('a').resume();
    expect(within.status).toBe('running');
    const { heard } = listen(within);
    tasks.group('a').cancel();
    expect([within.status, beside.status]).toEqual(['cancelled', 'running']);
    expect(heard).toMatchObject([{ cancelled: 'group a' }]);
  });

  it('are waited for by onIdle of those around them', async () => {
    const tasks = syncManager();
    const [ends, others] = [new Subject<void>(), new Subject<void>()];
    const log: string[] = [];
    const idle = (name: string): void => { void tasks.group(name).onIdle().then(() => { log.push(name); }); };
    idle('a');
    await microtasks();
    expect(log).toEqual(['a']);
    tasks.add(() => ends, { group: 'a/b', releaseSlot: 'on-settle' });
    tasks.add(() => others, { group: 'c' });
    for (const name of ['a', 'a/b', 'a/d']) idle(name);
    await microtasks();
    expect(log).toEqual(['a', 'a/d']);
    ends.complete();
    await microtasks();
    expect(log).toEqual(['a', 'a/d', 'a', 'a/b']);
  });

  it('wait for cancelled functions that keep their slots, in onIdle', async () => {
    const tasks = syncManager({ releaseSlot: 'on-settle' });
    let end = (): void => {};
    const work = (): Promise<void> => new Promise((resolve) => { end = resolve; });
    tasks.add(work, { group: 'a/b' }).cancel();
    let idle = false;
    void tasks.group('a').onIdle().then(() => { idle = true; });
    await microtasks();
    expect([idle, tasks.scheduler.group('a').running]).toEqual([false, 1]);
    end();
    await microtasks();
    expect([idle, tasks.scheduler.group('a').running]).toEqual([true, 0]);
  });

  it('take over what the options of those around them decide', () => {
    const tasks = syncManager({ groups: { 'a/b': { releaseSlot: 'on-cancel' }, a: { releaseSlot: 'on-settle', concurrency: 1 } } });
    const never = (): Promise<never> => new Promise(() => {});
    tasks.add(never, { group: 'a/b' }).cancel();
    expect(tasks.scheduler.group('a').running).toBe(0);
    tasks.add(never, { group: 'a/c' }).cancel();
    expect(tasks.scheduler.group('a').running).toBe(1);
  });

  it('are forgotten when a limit of theirs is lifted', () => {
    const tasks = syncManager();
    for (const change of [
      (): void => { tasks.group('a/b').resume(); },
      (): void => { tasks.group('a/b').policies = []; },
      (): void => { tasks.group('a/b').concurrency = Infinity; },
    ]) {
      change();
      expect((tasks.scheduler as unknown as { groups: Map<string, unknown> }).groups.size).toBe(0);
    }
  });
});
