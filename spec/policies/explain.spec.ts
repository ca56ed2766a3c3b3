import { BehaviorSubject, map, NEVER, of, Subject, Subscription, take } from 'rxjs';
import { explain, explain$, type Explanation, queueOn, type Task, TaskManager, withRetry, withMaxWait, withRate } from 'sluice';
import { describe, expect, it } from 'vitest';

import { macrotask } from '../support/event-loop.ts';
import { ManualHost } from '../support/manual-host.ts';
import { syncManager } from '../support/sync-manager.ts';
import { VirtualTime } from '../support/virtual-time.ts';

/** What is said of a task. */
const say = (task: Task<unknown>): string => String(explain(task));

/** What `explain$` says, each time anew. */
function sayings(task: Task<unknown>): { readonly said: string[]; unsubscribe(): void } {
  const said: string[] = [];
  const subscription = explain$(task).subscribe((explanation) => { said.push(String(explanation)); });
  return { said, unsubscribe: () => { subscription.unsubscribe(); } };
}

describe('explain()', () => {
  it('says what a task is, that does not wait', () => {
    const tasks = syncManager();
    const idle = tasks.task(() => 1, { name: 'photo' });
    expect(say(idle)).toBe('photo has not been asked for: subscribe to it or start it.');
    expect(say(tasks.add(() => NEVER, { name: 'photo' }))).toBe('photo is running.');
    expect(say(tasks.add(() => 1, { name: 'photo' }))).toBe('photo has completed.');
    expect(say(tasks.add(() => { throw new Error('no'); }, { name: 'photo' }))).toBe('photo has failed.');
    const cancelled = tasks.add(() => NEVER, { name: 'photo' });
    cancelled.cancel();
    expect(say(cancelled)).toBe('photo was cancelled.');
    const skipped = tasks.add(() => 1, { name: 'photo', upstream: [tasks.task(() => { throw new Error('no'); })], onUpstreamError: 'skip' });
    expect(say(skipped)).toBe('photo was skipped.');
    expect(explain(idle)).toMatchObject({ name: 'photo', status: 'idle', obstacles: [] });
  });

  it('says that it is about to start, before the queue is looked at', () => {
    const tasks = new TaskManager();
    expect(say(tasks.add(() => NEVER, { name: 'photo' }))).toBe('photo is about to start.');
    tasks.cancelAll();
  });

  it('names upstream that has not settled', () => {
    const tasks = syncManager();
    const ends = new Subject<number>();
    const one = tasks.task(() => ends, { name: 'one' });
    const two = tasks.task(() => NEVER, { name: 'two' });
    const task = tasks.add(() => 1, { name: 'photo', upstream: { one, done: tasks.add(() => 1), two, other: NEVER } });
    expect(say(task)).toBe('photo waits: for one, two and other.');
    ends.complete();
    expect(explain(task).obstacles).toEqual([{ type: 'upstream', names: ['two', 'other'] }]);
  });

  it('has no obstacle for one that is just being tied to its upstream', () => {
    const tasks = syncManager();
    const said: string[] = [];
    const task = tasks.task(() => NEVER, { name: 'photo', upstream: [of(1)] });
    tasks.events$.subscribe(({ type }) => { said.push(`${type}: ${say(task)}`); });
    task.subscribe();
    expect(said).toEqual(['queued: photo waits: for upstream[0].', 'ready: photo is about to start.', 'started: photo is running.']);
    const live = tasks.task(() => NEVER, { name: 'live', join: 'combineLatest', upstream: [new BehaviorSubject(1)] });
    live.subscribe();
    expect(say(live)).toBe('live is running.');
  });

  it('names the tasks that its function has started and waits for', () => {
    const tasks = syncManager();
    const parent = tasks.add((_, { run }) => run(() => NEVER, { name: 'child' }), { name: 'photo' });
    expect(say(parent)).toBe('photo waits: for child, which it has started.');
    expect(explain(parent).obstacles).toEqual([{ type: 'children', names: ['child'] }]);
  });

  it('says which attempt it waits for', () => {
    const time = new VirtualTime();
    const task = time.tasks.add(() => { throw new Error('no'); }, { name: 'photo', policies: [withRetry({ count: 3, delay: 100 })] });
    time.run(50);
    expect(say(task)).toBe('photo waits: for attempt 2.');
    expect(explain(task).obstacles).toEqual([{ type: 'retry', attempt: 2 }]);
    task.cancel();
  });

  it('says what is paused: its group, one around it, the manager', () => {
    const tasks = syncManager();
    const task = tasks.task(() => NEVER, { name: 'photo', group: 'uploads/images' });
    tasks.pause();
    tasks.group('uploads').pause();
    tasks.group('uploads/images').pause();
    task.start();
    expect(say(task)).toBe('photo waits: group "uploads/images" is paused; group "uploads" is paused; the manager is paused.');
    expect(explain(task).obstacles).toEqual(['uploads/images', 'uploads', undefined].map((group) => ({ type: 'paused', group })));
  });

  it('says what is full, and by whom, up to ten', () => {
    const tasks = syncManager({ groups: { uploads: { concurrency: 2 }, many: { concurrency: 12 } } });
    tasks.add(() => NEVER, { name: 'one', group: 'uploads' });
    tasks.add(() => NEVER, { name: 'two', group: 'uploads/images' });
    const task = tasks.add(() => NEVER, { name: 'photo', group: 'uploads' });
    expect(say(task)).toBe('photo waits: group "uploads" is full, 2 of 2 slots taken by one and two.');
    expect(explain(task).obstacles).toEqual([{ type: 'full', group: 'uploads', running: 2, concurrency: 2, by: ['one', 'two'] }]);
    for (let i = 0; i < 12; i++) tasks.add(() => NEVER, { name: `${i}`, group: 'many' });
    expect(explain(tasks.add(() => NEVER, { group: 'many' })).obstacles).toMatchObject([{ running: 12, by: Array.from({ length: 10 }, (_, i) => `${i}`) }]);
  });

  it('says what is full of no tasks, and of too many slots', () => {
    const tasks = syncManager({ concurrency: 1 });
    NEVER.pipe(queueOn(tasks.scheduler)).subscribe();
    const task = tasks.add(() => NEVER, { name: 'photo' });
    expect(say(task)).toBe('photo waits: the manager is full, 1 of 1 slot taken.');
    tasks.concurrency = 2;
    expect(say(task)).toBe('photo is running.');
    tasks.concurrency = 3;
    expect(say(tasks.add(() => NEVER, { name: 'big', slots: 2 }))).toBe('big waits: the manager is full, 2 of 3 slots taken by photo.');
  });

  it('says how long a rate limit lets nothing start', () => {
    const time = new VirtualTime({ groups: { api: { policies: [withRate({ limit: 1, per: 1000 })] } } });
    time.add({ group: 'api' }, 1);
    const { task } = time.add({ name: 'photo', group: 'api/users' });
    time.run(250);
    expect(say(task)).toBe('photo waits: group "api" has reached its rate of 1 in 1000 ms, for 750 ms more.');
    expect(explain(task)).toMatchObject({ time: 250, obstacles: [{ type: 'policy', policy: 'rate', group: 'api', reason: 'has reached its rate of 1 in 1000 ms', until: 1000 }] });
    time.run(1000);
    expect(say(task)).toBe('photo is running.');
  });

  it('counts those that go first: by priority and order, not those that others hold back', () => {
    const tasks = syncManager({ concurrency: 1, groups: { full: { concurrency: 1 } } });
    tasks.group('held').pause();
    tasks.add(() => NEVER, { name: 'one' });
    tasks.add(() => NEVER, { priority: 2 });
    NEVER.pipe(queueOn(tasks.scheduler, { priority: 1 })).subscribe();
    tasks.add(() => NEVER, { group: 'held', priority: 9 });
    tasks.add(() => NEVER, { group: 'full/a', priority: 3 });
    const task = tasks.add(() => NEVER, { name: 'photo' });
    tasks.add(() => NEVER);
    expect(say(task)).toBe('photo waits: the manager is full, 1 of 1 slot taken by one; 3 others go first.');
    expect(explain(task.setPriority(2)).obstacles.at(-1)).toEqual({ type: 'behind', count: 2 });
    expect(say(task.setPriority(3))).toMatch(/; 1 other goes first\.$/);
    expect(explain(task.setPriority(4)).obstacles.map(({ type }) => type)).toEqual(['full']);
  });

  it('says that nobody goes first where nobody else waits, though no timer has told that a rate is over', () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, groups: { api: { policies: [withRate({ limit: 1, per: 10 })] } } });
    tasks.add(() => NEVER, { group: 'api' });
    host.turn();
    const task = tasks.add(() => NEVER, { group: 'api', name: 'photo' });
    host.turn();
    host.time = 12;
    expect(say(task)).toBe('photo is about to start.');
  });

  it('counts those that go first as they are overdue', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { old: { policies: [withMaxWait(10)] }, older: { policies: [withMaxWait(5)] } } });
    time.add({ priority: 9 });
    const { task } = time.add({ name: 'photo', priority: 5 });
    const overdue = time.add({ name: 'old', group: 'old' }).task;
    const longer = time.add({ name: 'older', group: 'older' }).task;
    const twin = time.add({ name: 'twin', group: 'older' }).task;
    time.run(1);
    const ahead = (): unknown[] => [task, overdue, longer, twin].map((each) => explain(each).obstacles.find((obstacle) => obstacle.type === 'behind')?.count ?? 0);
    expect(ahead()).toEqual([0, 1, 2, 3]);
    time.run(7);
    expect(ahead()).toEqual([2, 3, 0, 1]);
    time.run(10);
    expect(ahead()).toEqual([3, 2, 0, 1]);
  });

  it('is data that can be kept and sent', () => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.add(() => NEVER, { name: 'one' });
    const explanation = explain(tasks.add(() => NEVER, { name: 'photo' }));
    expect(Object.isFrozen(explanation) && Object.isFrozen(explanation.obstacles) && Object.isFrozen(explanation.obstacles[0])).toBe(true);
    expect(structuredClone(explanation)).toMatchObject({ name: 'photo', status: 'queued', obstacles: [{ type: 'full', by: ['one'] }] });
  });
});

describe('explain$', () => {
  it('gives the explanation now, and each other one', () => {
    const time = new VirtualTime({ concurrency: 1 });
    const { tasks } = time;
    const upstream = new Subject<number>();
    const task = tasks.task(() => NEVER, { name: 'photo', upstream: [upstream] });
    const { said } = sayings(task);
    let first: Task<unknown> = task;
    let waiting = new Subscription();
    for (const step of [
      (): void => { task.start(); },
      (): void => { first = tasks.add(() => NEVER, { name: 'first' }); },
      (): void => { upstream.complete(); },
      (): void => { tasks.pause(); },
      (): void => { waiting = NEVER.pipe(queueOn(tasks.scheduler, { priority: 1 })).subscribe(); },
      (): void => { waiting.unsubscribe(); },
      (): void => { first.cancel(); },
      (): void => { tasks.resume(); },
      (): void => { task.cancel(); },
    ]) {
      step();
      time.run(time.now + 1);
    }
    expect(said).toEqual([
      'photo has not been asked for: subscribe to it or start it.',
      'photo waits: for upstream[0].',
      'photo waits: the manager is full, 1 of 1 slot taken by first.',
      'photo waits: the manager is paused; the manager is full, 1 of 1 slot taken by first.',
      'photo waits: the manager is paused; the manager is full, 1 of 1 slot taken by first; 1 other goes first.',
      'photo waits: the manager is paused; the manager is full, 1 of 1 slot taken by first.',
      'photo waits: the manager is paused.',
      'photo is running.',
      'photo was cancelled.',
    ]);
  });

  it('gives one a turn, however much happens in it', () => {
    const time = new VirtualTime({ concurrency: 1 });
    const { task } = time.add({ name: 'photo', priority: -1 });
    const { said } = sayings(task);
    for (let i = 0; i < 5; i++) time.add({ name: `${i}` });
    time.run(1);
    expect(said).toEqual(['photo is about to start.', 'photo waits: the manager is full, 1 of 1 slot taken by 0; 4 others go first.']);
  });

  it('gives one a turn of the event loop, with the default host', async () => {
    const tasks = new TaskManager({ concurrency: 1, timeSlice: Infinity });
    const ends = new Subject<void>();
    tasks.add(() => ends, { name: 'first' });
    const task = tasks.add(() => NEVER, { name: 'photo', priority: -1 });
    const { said, unsubscribe } = sayings(task);
    for (let i = 0; i < 10; i++) tasks.add(() => Promise.resolve());
    ends.complete();
    for (let turn = 0; turn < 5; turn++) await macrotask();
    expect(said).toEqual(['photo waits: 1 other goes first.', 'photo is running.']);
    tasks.add(() => 1);
    unsubscribe(); // before the turn comes
    await macrotask();
    expect(said).toHaveLength(2);
    tasks.cancelAll();
  });

  it('says when the time of a rate limit is over, though something else keeps the task', () => {
    const time = new VirtualTime({ concurrency: 1, groups: { api: { policies: [withRate({ limit: 1, per: 10 })] } } });
    time.add({ name: 'first', group: 'api' });
    const { task } = time.add({ name: 'photo', group: 'api' });
    time.run(1);
    const { said, unsubscribe } = sayings(task);
    time.run(20);
    expect(said).toEqual([
      'photo waits: group "api" has reached its rate of 1 in 10 ms, for 9 ms more; the manager is full, 1 of 1 slot taken by first.',
      'photo waits: the manager is full, 1 of 1 slot taken by first.',
    ]);
    unsubscribe();
  });

  it('leaves nothing behind when its subscriber leaves, in the middle of it or later', () => {
    const time = new VirtualTime({ groups: { api: { policies: [withRate({ limit: 1, per: 1000 })] } } });
    time.add({ group: 'api' });
    const { task } = time.add({ group: 'api', name: 'photo' });
    time.run(1);
    const before = time.timers;
    const seen: Explanation[] = [];
    for (let i = 0; i < 3; i++) explain$(task).subscribe((explanation) => { seen.push(explanation); }).unsubscribe();
    explain$(task).pipe(take(1)).subscribe();
    const late = explain$(task).subscribe((explanation) => { seen.push(explanation); });
    expect([seen.length, time.timers]).toEqual([4, before + 1]);
    time.tasks.pause();
    late.unsubscribe(); // before the turn comes
    time.run(2);
    expect([seen.length, time.timers]).toEqual([4, before]);
  });

  it.each<readonly [string, (time: VirtualTime, task: Task<unknown>) => void]>([
    ['the rate is lifted', ({ tasks }) => { tasks.group('api').policies = []; }],
    ['the task is cancelled', (_, task) => { task.cancel(); }],
    ['the manager is closed', ({ tasks }) => { void tasks.close(); }],
  ])('keeps no timer once %s', (_, end) => {
    const time = new VirtualTime({ groups: { api: { policies: [withRate({ limit: 1, per: 1000 })] } } });
    time.add({ group: 'api' }, 1);
    time.run(1);
    const { task } = time.add({ group: 'api', name: 'photo' });
    const { said, unsubscribe } = sayings(task);
    time.run(2);
    expect([said.length, time.timers]).toEqual([1, 2]);
    end(time, task);
    time.run(3);
    expect([said.length, time.timers]).toEqual([2, 0]);
    unsubscribe();
  });

  it('never ends by itself', () => {
    const tasks = syncManager();
    const task = tasks.add(() => 1);
    let ended = false;
    explain$(task).subscribe({ complete: () => { ended = true; } });
    void tasks.close();
    expect(ended).toBe(false);
  });
});

describe('explain() and explain$()', () => {
  it.each<[string, unknown]>([['an Observable made of one', new TaskManager().task(() => 1).pipe(map((value) => value))], ['an id', 7], ['nothing', undefined]])('is refused what is no task: %s', (_, given) => {
    expect(() => explain(given as Task<unknown>)).toThrow(/^explain\(\): task must be a task of a TaskManager/);
    expect(() => explain$(given as Task<unknown>)).toThrow(/^explain\$\(\): task must be a task of a TaskManager/);
  });
});
