import { asapScheduler, NEVER, type SchedulerLike } from 'rxjs';
import { taskFamily, TaskManager, withMaxWait, withRate } from 'sluice';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { macrotask } from '../support/event-loop.ts';
import { ManualHost } from '../support/manual-host.ts';

const HOUR = 3_600_000;

describe('A clock that is set back', () => {
  it('stalls no rate: starts that were counted in the future are long past', () => {
    const host = new ManualHost();
    host.time = HOUR;
    const tasks = new TaskManager({ host, groups: { api: { policies: [withRate({ limit: 2, per: 1000 })] } } });
    const starts: number[] = [];
    const add = (): void => { tasks.add(() => { starts.push(host.time); }, { group: 'api' }); };
    for (let i = 0; i < 3; i++) add();
    host.turn();
    expect(starts).toEqual([HOUR, HOUR]);
    host.time = 0;
    host.pass(5000);
    for (let i = 0; i < 3; i++) add();
    host.pass(5000);
    // The one that waited may start when the queue is next looked at; from there on the rate holds again.
    expect(starts.slice(2)).toEqual([5000, 5000, 6000, 6000]);
  });

  it('stalls no maxWait: what has waited since a time in the future is overdue', () => {
    const host = new ManualHost();
    host.time = HOUR;
    const tasks = new TaskManager({ host, concurrency: 1, policies: [withMaxWait(10)] });
    const log: string[] = [];
    const running = tasks.add(() => NEVER);
    tasks.add(() => { log.push('low'); }, { priority: -1 });
    host.turn();
    host.time = 0;
    tasks.add(() => { log.push('high'); }, { priority: 1 });
    running.cancel();
    host.turn(true);
    expect(log).toEqual(['low', 'high']);
  });

  it('keeps no result for longer: one that is kept since a time in the future is over', () => {
    const host = new ManualHost();
    host.time = HOUR;
    const tasks = new TaskManager({ host });
    let runs = 0;
    const make = (keepFor: number) => taskFamily(() => tasks.task(() => ++runs), { keepFor })();
    const [bounded, unbounded] = [make(1000), make(Infinity)];
    for (const each of [bounded, unbounded]) each.subscribe();
    host.turn();
    host.time = 0;
    expect([bounded.status, unbounded.status]).toEqual(['idle', 'completed']);
  });
});

describe('A clock that does not know the time', () => {
  it('stands still: a rate holds back what it would, and the program goes on', async () => {
    let time = 5;
    const host: SchedulerLike = { now: () => time, schedule: (...[work, delay, state]: Parameters<SchedulerLike['schedule']>) => asapScheduler.schedule(work, delay, state) };
    const tasks = new TaskManager({ host, policies: [withRate({ limit: 1, per: 1 })] });
    let runs = 0;
    time = NaN;
    for (let i = 0; i < 2; i++) tasks.add(() => { runs++; });
    await macrotask();
    expect(runs).toBe(1);
    time = 7;
    await tasks.onIdle();
    expect(runs).toBe(2);
  });
});

describe('The clock of the default host', () => {
  afterEach(() => { vi.restoreAllMocks(); });

  it('is not that of Date, which can be set: times go on', async () => {
    const tasks = new TaskManager();
    const before = tasks.scheduler.now();
    expect(Math.abs(before - Date.now())).toBeLessThan(HOUR); // it is a date all the same
    vi.spyOn(Date, 'now').mockReturnValue(NaN);
    const task = tasks.add(() => 1);
    await tasks.onIdle();
    expect(task.state.startedAt).toBeGreaterThanOrEqual(before);
    expect(Number.isInteger(task.state.startedAt)).toBe(true);
  });
});
