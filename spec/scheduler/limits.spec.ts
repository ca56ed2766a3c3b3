import { finalize, type Subscription } from 'rxjs';
import { PriorityScheduler, queueOn } from 'sluice';
import { describe, expect, it } from 'vitest';

import { microtasks } from '../support/event-loop.ts';
import { Jobs } from '../support/jobs.ts';
import { synchronous } from '../support/synchronous.ts';

/** A scheduler which starts inside the call, and jobs for it. */
function setUp(options: ConstructorParameters<typeof PriorityScheduler>[0] = {}): { scheduler: PriorityScheduler; jobs: Jobs } {
  const scheduler = new PriorityScheduler({ ...synchronous, ...options });
  return { scheduler, jobs: new Jobs(scheduler) };
}

describe('concurrency', () => {
  it('has no limit by default', () => {
    const { scheduler, jobs } = setUp();
    for (let i = 0; i < 1000; i++) jobs.queue(String(i));
    expect(scheduler.concurrency).toBe(Infinity);
    expect([scheduler.running, scheduler.queued]).toEqual([1000, 0]);
  });

  it('lets only so many run at once', () => {
    const { scheduler, jobs } = setUp({ concurrency: 2 });
    const [a, b, c] = ['a', 'b', 'c', 'd'].map((name) => jobs.queue(name));
    expect([scheduler.running, scheduler.queued]).toEqual([2, 2]);
    b?.unsubscribe();
    expect([scheduler.running, scheduler.queued]).toEqual([2, 1]);
    a?.unsubscribe();
    c?.unsubscribe();
    expect([scheduler.running, scheduler.queued]).toEqual([1, 0]);
    expect(jobs.log).toEqual(['+a', '+b', '-b', '+c', '-a', '+d', '-c']);
    expect(jobs.peak).toBe(2);
  });

  it('makes actions wait for a slot, and holds it while they are called', () => {
    const { scheduler, jobs } = setUp({ concurrency: 1 });
    const held = jobs.queue('held');
    const running: number[] = [];
    scheduler.schedule(() => { running.push(scheduler.running); });
    expect(running).toEqual([]);
    held.unsubscribe();
    expect(running).toEqual([1]);
    expect(scheduler.running).toBe(0);
  });

  it('starts more at once when it is raised', () => {
    const { scheduler, jobs } = setUp({ concurrency: 1 });
    for (const name of ['a', 'b', 'c', 'd']) jobs.queue(name);
    scheduler.concurrency = 3;
    expect(jobs.log).toEqual(['+a', '+b', '+c']);
    scheduler.concurrency = Infinity;
    expect(jobs.log).toEqual(['+a', '+b', '+c', '+d']);
  });

  it('lets those that run end when it is lowered, and starts none until they are few enough', () => {
    const { scheduler, jobs } = setUp({ concurrency: 3 });
    const [a, b, c] = ['a', 'b', 'c', 'd', 'e'].map((name) => jobs.queue(name));
    scheduler.concurrency = 1;
    expect(scheduler.running).toBe(3);
    a?.unsubscribe();
    b?.unsubscribe();
    expect(jobs.log).toEqual(['+a', '+b', '+c', '-a', '-b']);
    c?.unsubscribe();
    expect(jobs.log).toEqual(['+a', '+b', '+c', '-a', '-b', '-c', '+d']);
  });

  it('can be lowered and raised by the work itself', () => {
    const { scheduler, jobs } = setUp({ concurrency: 4 });
    const running: number[] = [];
    scheduler.schedule(() => {
      scheduler.concurrency = 1;
      for (const name of ['a', 'b', 'c']) jobs.queue(name);
      running.push(scheduler.running);
    });
    expect(jobs.log).toEqual(['+a']);
    scheduler.concurrency = 2;
    expect(jobs.log).toEqual(['+a', '+b']);
    expect(running).toEqual([1]);
  });
});

describe('a group', () => {
  it('has a limit besides that of the scheduler', () => {
    const { scheduler, jobs } = setUp({ concurrency: 3, groups: { api: { concurrency: 1 } } });
    const [a] = ['a', 'b', 'c'].map((name) => jobs.queue(name, { group: 'api' }));
    for (const name of ['d', 'e', 'f']) jobs.queue(name);
    expect(jobs.log).toEqual(['+a', '+d', '+e']);
    a?.unsubscribe();
    expect(jobs.log).toEqual(['+a', '+d', '+e', '-a', '+b']);
    expect(scheduler.group('api').running).toBe(1);
  });

  it('that is full holds up nobody, whatever its priority', () => {
    const { jobs } = setUp({ groups: { api: { concurrency: 1 } } });
    jobs.queue('a', { group: 'api' });
    jobs.queue('b', { group: 'api', priority: 9 });
    jobs.queue('c', { priority: -9 });
    jobs.queue('d', { group: 'other', priority: -9 });
    expect(jobs.log).toEqual(['+a', '+c', '+d']);
  });

  it('counts those of all its lanes and all queueOn', () => {
    const { scheduler, jobs } = setUp({ groups: { api: { concurrency: 1 } } });
    const held = jobs.queue('a', { group: 'api' });
    const log: string[] = [];
    scheduler.lane({ group: 'api' }).schedule(() => { log.push('low'); });
    scheduler.lane({ group: 'api', priority: 1 }).schedule(() => { log.push('high'); });
    expect(log).toEqual([]);
    held.unsubscribe();
    expect(log).toEqual(['high', 'low']);
  });

  it('can be limited later, while it runs, and again', () => {
    const { scheduler, jobs } = setUp();
    const api = scheduler.group('api');
    expect([api.name, api.concurrency, api.paused, api.running]).toEqual(['api', Infinity, false, 0]);
    const running = ['a', 'b'].map((name) => jobs.queue(name, { group: 'api' }));
    api.concurrency = 1;
    expect([api.concurrency, api.running]).toEqual([1, 2]);
    jobs.queue('c', { group: 'api' });
    running[0]?.unsubscribe();
    expect(jobs.log).toEqual(['+a', '+b', '-a']);
    api.concurrency = 2;
    expect(jobs.log).toEqual(['+a', '+b', '-a', '+c']);
  });

  it('keeps its limit while it is empty, and has it in every handle', () => {
    const { scheduler, jobs } = setUp();
    scheduler.group('api').concurrency = 1;
    jobs.queue('a', { group: 'api' }).unsubscribe();
    expect(scheduler.group('api').concurrency).toBe(1);
    for (const name of ['b', 'c']) jobs.queue(name, { group: 'api' });
    expect(jobs.log).toEqual(['+a', '-a', '+b']);
    scheduler.group('api').concurrency = Infinity;
    expect(jobs.log).toEqual(['+a', '-a', '+b', '+c']);
  });

  it('may have any name', () => {
    const { scheduler, jobs } = setUp({ groups: { constructor: { concurrency: 1 } } });
    for (const group of ['constructor', '__proto__', ' ', 'toString']) {
      scheduler.group(group).concurrency = 1;
      jobs.queue(`${group}1`, { group });
      jobs.queue(`${group}2`, { group });
      expect([scheduler.group(group).running, scheduler.group(group).concurrency]).toEqual([1, 1]);
    }
    expect([scheduler.running, scheduler.queued]).toEqual([4, 4]);
  });

  it('is one and the same in a handle that is older than its work', () => {
    const { scheduler, jobs } = setUp();
    const handle = scheduler.group('api');
    jobs.queue('a', { group: 'api' }).unsubscribe();
    const b = jobs.queue('b', { group: 'api' });
    expect(handle.running).toBe(1);
    handle.paused = true;
    jobs.queue('c', { group: 'api' });
    b.unsubscribe();
    expect(jobs.log).toEqual(['+a', '-a', '+b', '-b']);
  });
});

describe('pause', () => {
  it('starts nothing, lets go on what runs, and goes on in order when it is over', () => {
    const { scheduler, jobs } = setUp();
    const a = jobs.queue('a');
    scheduler.paused = true;
    jobs.queue('b');
    jobs.queue('c', { priority: 1, group: 'api' });
    expect(jobs.log).toEqual(['+a']);
    expect([scheduler.paused, scheduler.running, scheduler.queued]).toEqual([true, 1, 2]);
    a.unsubscribe();
    expect(jobs.log).toEqual(['+a', '-a']);
    scheduler.paused = false;
    expect(jobs.log).toEqual(['+a', '-a', '+c', '+b']);
  });

  it('of a group leaves the others alone', () => {
    const { scheduler, jobs } = setUp();
    scheduler.group('api').paused = true;
    jobs.queue('a', { group: 'api', priority: 1 });
    jobs.queue('b', { group: 'other' });
    jobs.queue('c');
    expect(jobs.log).toEqual(['+b', '+c']);
    scheduler.group('api').paused = false;
    expect(jobs.log).toEqual(['+b', '+c', '+a']);
    expect(scheduler.group('api').paused).toBe(false);
  });

  it('of the scheduler and of a group are two: both must be over', () => {
    const { scheduler, jobs } = setUp();
    scheduler.paused = true;
    scheduler.group('api').paused = true;
    jobs.queue('a', { group: 'api' });
    scheduler.paused = false;
    expect(jobs.log).toEqual([]);
    scheduler.paused = true;
    scheduler.group('api').paused = false;
    expect(jobs.log).toEqual([]);
    scheduler.paused = false;
    expect(jobs.log).toEqual(['+a']);
  });

  it('holds up what has been queued in the same turn', async () => {
    const scheduler = new PriorityScheduler({ timeSlice: Infinity });
    const jobs = new Jobs(scheduler);
    jobs.queue('a');
    scheduler.paused = true;
    await microtasks();
    expect(jobs.log).toEqual([]);
    scheduler.paused = false;
    await microtasks();
    expect(jobs.log).toEqual(['+a']);
  });

  it('can be begun by what runs, and then nothing behind it starts', () => {
    const { scheduler, jobs } = setUp();
    scheduler.paused = true;
    scheduler.schedule(() => { scheduler.paused = true; });
    jobs.queue('a');
    scheduler.paused = false;
    expect(jobs.log).toEqual([]);
    expect([scheduler.running, scheduler.queued]).toEqual([0, 1]);
  });
});

describe('a slot', () => {
  it('is not lost when what waits for it is unsubscribed from', () => {
    const { scheduler, jobs } = setUp({ concurrency: 1 });
    const a = jobs.queue('a');
    const waiting = ['b', 'c', 'd'].map((name) => jobs.queue(name));
    waiting[0]?.unsubscribe();
    waiting[2]?.unsubscribe();
    a.unsubscribe();
    expect(jobs.log).toEqual(['+a', '-a', '+c']);
    expect([scheduler.running, scheduler.queued]).toEqual([1, 0]);
  });

  it('is not lost when what waits is unsubscribed from in the turn in which it would start', async () => {
    const scheduler = new PriorityScheduler({ concurrency: 1, timeSlice: Infinity });
    const jobs = new Jobs(scheduler);
    const a = jobs.queue('a');
    await microtasks();
    const b = jobs.queue('b');
    jobs.queue('c');
    a.unsubscribe();
    b.unsubscribe();
    await microtasks();
    expect(jobs.log).toEqual(['+a', '-a', '+c']);
  });

  it('is not lost, nor given twice, when a pause meets a resume', async () => {
    const scheduler = new PriorityScheduler({ concurrency: 2, timeSlice: Infinity });
    const jobs = new Jobs(scheduler);
    const running = ['a', 'b', 'c', 'd', 'e'].map((name) => jobs.queue(name, { group: 'api' }));
    const api = scheduler.group('api');
    await microtasks();
    for (const job of running) {
      scheduler.paused = true;
      api.paused = true;
      await microtasks();
      scheduler.paused = false;
      job.unsubscribe();
      api.paused = false;
      scheduler.paused = true;
      scheduler.paused = false;
      await microtasks();
    }
    expect(jobs.log.filter((line) => line.startsWith('+'))).toEqual(['+a', '+b', '+c', '+d', '+e']);
    expect(jobs.peak).toBe(2);
    expect([scheduler.running, scheduler.queued, api.running]).toEqual([0, 0, 0]);
    jobs.queue('f');
    jobs.queue('g');
    jobs.queue('h');
    await microtasks();
    expect([scheduler.running, scheduler.queued]).toEqual([2, 1]);
  });

  it('goes to the next when one is cancelled, and no other is cancelled with it', () => {
    const { scheduler, jobs } = setUp({ concurrency: 1 });
    const a = jobs.queue('a');
    jobs.queue('b');
    jobs.queue('c');
    a.unsubscribe();
    a.unsubscribe();
    expect(jobs.log).toEqual(['+a', '-a', '+b']);
    expect([scheduler.running, scheduler.queued]).toEqual([1, 1]);
  });

  it('is never given twice, whatever a teardown does', () => {
    const { scheduler, jobs } = setUp({ concurrency: 1 });
    const a = jobs.work('a').pipe(finalize(() => {
      scheduler.paused = true;
      jobs.queue('c', { priority: 1 });
      scheduler.concurrency = 2;
      scheduler.concurrency = 1;
      scheduler.paused = false;
    }), queueOn(scheduler)).subscribe();
    jobs.queue('b');
    a.unsubscribe();
    expect(jobs.log).toEqual(['+a', '-a', '+c']);
    expect(jobs.peak).toBe(1);
    expect([scheduler.running, scheduler.queued]).toEqual([1, 1]);
  });

  it('of a group is not lost when many come and go', () => {
    const { scheduler, jobs } = setUp({ concurrency: 3, groups: { x: { concurrency: 1 }, y: { concurrency: 2 } } });
    const queued = Array.from({ length: 60 }, (_, i) => jobs.queue(String(i), { priority: i % 7, group: ['x', 'y', undefined][i % 3] }));
    for (const i of [...queued.keys()].sort((a, b) => ((a * 37) % 61) - ((b * 37) % 61))) {
      queued[i]?.unsubscribe();
      expect(scheduler.group('x').running).toBeLessThanOrEqual(1);
      expect(scheduler.group('y').running).toBeLessThanOrEqual(2);
      expect(scheduler.running).toBeLessThanOrEqual(3);
    }
    expect([scheduler.running, scheduler.queued]).toEqual([0, 0]);
    expect(jobs.peak).toBe(3);
  });
});

describe('onIdle', () => {
  it('resolves at once when nothing is queued or running', async () => {
    await expect(new PriorityScheduler().onIdle()).resolves.toBeUndefined();
  });

  it('resolves for all who wait when the last one has ended, not before', async () => {
    const { scheduler, jobs } = setUp({ concurrency: 1 });
    const [a, b] = ['a', 'b'].map((name) => jobs.queue(name));
    let idle = 0;
    for (let i = 0; i < 2; i++) void scheduler.onIdle().then(() => { idle++; });
    await microtasks();
    a?.unsubscribe();
    await microtasks();
    expect(idle).toBe(0);
    b?.unsubscribe();
    await microtasks();
    expect(idle).toBe(2);
  });

  it('resolves when the last that waits is taken from the queue', async () => {
    const { scheduler, jobs } = setUp();
    scheduler.paused = true;
    const a = jobs.queue('a');
    let idle = false;
    void scheduler.onIdle().then(() => { idle = true; });
    await microtasks();
    expect(idle).toBe(false);
    a.unsubscribe();
    await microtasks();
    expect(idle).toBe(true);
  });

  it('resolves after the actions that are queued, not after those that are delayed', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    const delayed = scheduler.schedule(() => {}, 1e6);
    scheduler.schedule(() => { log.push('queued'); });
    await scheduler.onIdle();
    expect(log).toEqual(['queued']);
    delayed.unsubscribe();
  });

  it('does not resolve between one that ends and one that it starts', async () => {
    const { scheduler, jobs } = setUp();
    const started: Subscription[] = [];
    const a = jobs.work('a').pipe(finalize(() => { started.push(jobs.queue('b')); }), queueOn(scheduler)).subscribe();
    let idle = false;
    void scheduler.onIdle().then(() => { idle = true; });
    a.unsubscribe();
    await microtasks();
    expect(idle).toBe(false);
    started[0]?.unsubscribe();
    await microtasks();
    expect(idle).toBe(true);
  });
});
