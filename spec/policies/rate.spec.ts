import fc from 'fast-check';
import { NEVER, of, queueScheduler, type SchedulerLike } from 'rxjs';
import { explain, groupStates, PriorityScheduler, queueOn, type Rate, TaskManager, withRate } from 'sluice';
import { describe, expect, it } from 'vitest';

import { groupsOf, optionsOf } from '../support/limits.ts';
import { ManualHost } from '../support/manual-host.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';
import { isWaiting, VirtualTime } from '../support/virtual-time.ts';

/** The groups of a name: it, and those that it is within. */
const around = (name: string): string[] => name.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'));

const rate = fc.record({ limit: fc.integer({ min: 1, max: 4 }), per: fc.integer({ min: 1, max: 20 }) });
const limits = fc.record({ rate, concurrency: fc.integer({ min: 1, max: 4 }) }, { requiredKeys: [] });
const names = ['api', 'api/users', 'api/files', 'disk'];

describe('A rate', () => {
  it('is never exceeded in any window, nor leaves idle what may start', () => {
    const add = fc.record({ at: fc.nat(60), group: fc.constantFrom(...names), priority: fc.nat(2), length: fc.nat(15), leaves: fc.option(fc.nat(30), { nil: undefined }) });
    const pause = fc.record({ from: fc.nat(60), length: fc.nat(20), group: fc.constantFrom(...names) });
    fc.assert(fc.property(limits, fc.tuple(...names.map(() => limits)), fc.array(add, { minLength: 1, maxLength: 30 }), fc.array(pause, { maxLength: 2 }), (own, each, adds, pauses) => {
      const groups = Object.fromEntries(names.map((name, i) => [name, each[i]!]));
      const time = new VirtualTime({ ...optionsOf(own), groups: groupsOf(groups) });
      for (const { at, group, priority, length, leaves } of adds) {
        time.at(at, () => {
          const { task } = time.add({ group, priority }, length);
          if (leaves !== undefined) time.at(time.now + leaves, () => { task.cancel(); });
        });
      }
      const paused = new Map<string, number>(names.map((name) => [name, 0]));
      for (const { from, length, group } of pauses) {
        const set = (by: number) => (): void => {
          paused.set(group, paused.get(group)! + by);
          time.tasks.group(group)[paused.get(group)! > 0 ? 'pause' : 'resume']();
        };
        time.at(from, set(1));
        time.at(from + length, set(-1));
      }
      const scopes: readonly [string | undefined, { rate?: Rate; concurrency?: number }][] = [[undefined, own], ...Object.entries(groups)];
      const isIn = (name: string | undefined) => ({ task }: { task: { group: string | undefined } }): boolean => name === undefined || around(task.group!).includes(name);
      const mayStart = (name: string | undefined, { rate, concurrency = Infinity }: { rate?: Rate; concurrency?: number }): boolean =>
        !(name !== undefined && paused.get(name)! > 0)
        && time.starts.filter(isIn(name)).filter(({ left }) => left === undefined).length < concurrency
        && (!rate || time.starts.filter(isIn(name)).filter(({ started }) => started! > time.now - rate.per).length < rate.limit);
      for (let t = 0; t < 2000; t++) {
        time.run(t);
        for (const waiting of time.added.filter(isWaiting)) {
          const stopped = scopes.some(([name, scope]) => isIn(name)(waiting) && !mayStart(name, scope));
          expect(stopped, `${waiting.task.group!} could have started at ${t}`).toBe(true);
        }
        if (t > 100 && time.timers === 0) break;
      }
      expect(time.added).toHaveLength(adds.length);
      expect(time.added.filter(isWaiting)).toEqual([]);
      for (const [name, { rate }] of scopes) {
        const starts = time.starts.filter(isIn(name)).map(({ started }) => started!);
        if (rate) for (let i = rate.limit; i < starts.length; i++) expect(starts[i]! - starts[i - rate.limit]!).toBeGreaterThanOrEqual(rate.per);
      }
    }), propertyRuns(150));
  });

  it('spreads starts over a window that slides', () => {
    const time = new VirtualTime({ groups: { api: { policies: [withRate({ limit: 2, per: 10 })] } } });
    for (const at of [0, 9, 9, 9, 9]) time.at(at, () => { time.add({ group: 'api' }, 1); });
    time.run();
    expect(time.starts.map(({ started }) => started)).toEqual([0, 9, 10, 19, 20]);
  });

  it('counts starts, whatever they become and however many slots they take', () => {
    const time = new VirtualTime({ policies: [withRate({ limit: 2, per: 10 })] });
    time.add({ slots: 5 }, 1);
    time.add({}, 1).task.cancel(); // has not started
    time.at(1, () => { time.added[0]!.task.cancel(); });
    time.at(2, () => { time.add().task.cancel(); });
    time.at(3, () => { time.add({}, 1); time.add({}, 1); });
    time.run();
    expect(time.starts.map(({ started }) => started)).toEqual([0, 3, 10]);
  });

  it('holds for what waits by queueOn and in lanes as well', () => {
    const host = new ManualHost();
    const scheduler = new PriorityScheduler({ host, groups: { api: { policies: [withRate({ limit: 1, per: 5 })] } } });
    const log: string[] = [];
    scheduler.lane({ group: 'api' }).schedule(() => { log.push(`lane at ${host.time}`); });
    of('queueOn').pipe(queueOn(scheduler, { group: 'api' })).subscribe((value) => { log.push(`${value} at ${host.time}`); });
    for (; host.time < 10; host.time++) host.turn();
    expect(log).toEqual(['lane at 0', 'queueOn at 5']);
  });

  it('is not used up by a function that takes its slot back', async () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, concurrency: 1, groups: { api: { policies: [withRate({ limit: 2, per: 1000 })] } } });
    const log: string[] = [];
    tasks.add(async (_, { run }) => {
      log.push(`parent at ${host.time}`);
      const child = await run(() => `child at ${host.time}`);
      log.push(child, `parent again at ${host.time}`);
    }, { group: 'api' });
    for (let i = 0; i < 20; i++) {
      host.turn();
      await Promise.resolve();
    }
    expect(log).toEqual(['parent at 0', 'child at 0', 'parent again at 0']);
    expect(tasks.group('api').policies.map((policy) => policy.toJSON?.())).toEqual([{ name: 'rate', limit: 2, per: 1000 }]);
  });

  it('counts from when functions are called, however long listeners to their start take', () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, timeSlice: Infinity, policies: [withRate({ limit: 1, per: 100 })] });
    tasks.events$.subscribe(({ type }) => { if (type === 'started') host.time += 58; });
    const calls: number[] = [];
    for (let i = 0; i < 3; i++) tasks.add(() => { calls.push(host.time); });
    host.pass(500);
    expect(calls).toHaveLength(3);
    for (let i = 1; i < calls.length; i++) expect(calls[i]! - calls[i - 1]!).toBeGreaterThanOrEqual(100);
  });

  it('does not count one that a listener to its start has cancelled', () => {
    const tasks = syncManager({ policies: [withRate({ limit: 1, per: 1e6 })] });
    tasks.events$.subscribe((event) => { if (event.type === 'started' && event.task.name === 'first') event.task.cancel(); });
    const [first, second] = [tasks.add(() => 1, { name: 'first' }), tasks.add(() => 2)];
    expect([first.status, second.status]).toEqual(['cancelled', 'completed']);
  });

  it('can be changed, lifted and set at any time: what has started before counts', () => {
    const time = new VirtualTime({ groups: { api: { policies: [withRate({ limit: 3, per: 10 })] } } });
    const api = time.tasks.group('api');
    for (let i = 0; i < 12; i++) time.add({ group: 'api' }, 1);
    time.at(5, () => { api.policies = [withRate({ limit: 1, per: 10 })]; }); // none of the three before are forgotten
    time.at(25, () => { api.policies = [withRate({ limit: 2, per: 10 })]; }); // of which one is known
    time.at(40, () => { api.policies = []; });
    time.run();
    expect(time.starts.map(({ started }) => started)).toEqual([0, 0, 0, 10, 20, 25, 30, 35, 40, 40, 40, 40]);
    expect(api.policies).toEqual([]);
    expect(groupStates(time.tasks.state).map(({ name }) => name)).toEqual(['api']); // declared
  });

  it('of the manager can be changed too, and is shown as it was given', () => {
    const time = new VirtualTime();
    expect(time.tasks.policies).toEqual([]);
    time.tasks.policies = [withRate({ limit: 1, per: 5 })];
    time.tasks.group('a').policies = [withRate({ limit: 7, per: 2 })];
    const [first, second] = [time.tasks.policies, time.tasks.group('a').policies];
    expect([first, second].map(([policy]) => policy?.toJSON?.())).toEqual([{ name: 'rate', limit: 1, per: 5 }, { name: 'rate', limit: 7, per: 2 }]);
    expect(time.tasks.scheduler.policies).toBe(first);
    for (let i = 0; i < 3; i++) time.add({}, 1);
    time.run();
    expect(time.starts.map(({ started }) => started)).toEqual([0, 5, 10]);
    time.tasks.group('a').policies = [];
    expect(time.tasks.state.groups).toEqual([]);
  });

  it('of months is waited out, though timers cannot be set for so long', () => {
    const delays: number[] = [];
    const host = new ManualHost();
    const asked: SchedulerLike = {
      now: () => host.now(),
      schedule: (...[work, delay, state]: Parameters<SchedulerLike['schedule']>) => {
        delays.push(delay ?? 0);
        return host.schedule(work, delay, state);
      },
    };
    const per = 1e10;
    const tasks = new TaskManager({ host: asked, policies: [withRate({ limit: 1, per })] });
    const ran: number[] = [];
    for (let i = 0; i < 2; i++) tasks.add(() => { ran.push(host.time); });
    for (; host.time <= per; host.time += 1e9) host.turn();
    expect(ran).toEqual([0, per]);
    expect(Math.max(...delays)).toBe(2 ** 31 - 1);
  });

  it('has a timer only while something waits for it, and one at most', () => {
    const time = new VirtualTime({ groups: { api: { policies: [withRate({ limit: 1, per: 100 })] } } });
    time.add({ group: 'api' }, 1);
    time.run(50);
    expect(time.timers).toBe(0);
    const waiting = [time.add({ group: 'api' }), time.add({ group: 'api' })];
    time.run(60);
    expect(time.timers).toBe(1);
    time.tasks.group('api').policies = [withRate({ limit: 1, per: 200 })];
    expect(time.timers).toBe(1);
    for (const { task } of waiting) task.cancel();
    expect(time.timers).toBe(0);
  });

  it('needs no timer where nothing waits, asked or not', () => {
    const timers: number[] = [];
    const host: SchedulerLike = {
      now: () => 0,
      schedule: (...[work, delay = 0, state]: Parameters<SchedulerLike['schedule']>) => {
        if (delay > 0) timers.push(delay);
        return queueScheduler.schedule(work, delay, state);
      },
    };
    const tasks = new TaskManager({ host, timeSlice: Infinity, policies: [withRate({ limit: 1, per: 1000 })] });
    tasks.add(() => NEVER);
    const cold = tasks.task(() => 1);
    expect(String(explain(cold))).toBe('task 2 has not been asked for: subscribe to it or start it.');
    expect(timers).toEqual([]);
  });
});
