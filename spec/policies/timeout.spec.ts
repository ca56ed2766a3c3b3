import { finalize, interval, NEVER, Observable, Subject, TimeoutError, timer } from 'rxjs';
import { InvalidInputError, type Task, TaskManager, withRetry, withTimeout } from 'sluice';
import { describe, expect, it } from 'vitest';

import { eventLog } from '../support/event-log.ts';
import { ManualHost } from '../support/manual-host.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

const timers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;

describe('withTimeout()', () => {
  it("fails a run that takes longer with RxJS's TimeoutError, aborts its signal and frees its slot", () => {
    let log: string[] = [];
    let heard: unknown[] = [];
    let torn = false;
    let signal: AbortSignal | undefined;
    marbles(({ manager }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      const slow = tasks.task((_, context) => {
        ({ signal } = context);
        return NEVER.pipe(finalize(() => { torn = true; }));
      }, { name: 'slow', policies: [withTimeout(10)] });
      ({ heard } = listen(slow));
      tasks.add(() => timer(3), { name: 'next' });
    });
    expect(log).toEqual(['0 queued slow', '0 queued next', '0 started slow 1', '10 failed slow', '10 started next 1', '13 completed next']);
    expect(heard).toEqual([expect.any(TimeoutError)]);
    expect(signal).toMatchObject({ aborted: true, reason: heard[0] });
    expect(torn).toBe(true);
  });

  it('counts from the start of the run, not while it waits for its slot', () => {
    let log: string[] = [];
    marbles(({ manager }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      tasks.add(() => timer(20), { name: 'first' });
      tasks.add(() => timer(9), { name: 'second', policies: [withTimeout(10)] });
    });
    expect(log.slice(-2)).toEqual(['20 started second 1', '29 completed second']);
  });

  it('is for the whole run, however many values there are', () => {
    let heard: unknown[] = [];
    marbles(({ manager }) => {
      ({ heard } = listen(manager().task(() => interval(4), { policies: [withTimeout(10)] })));
    });
    expect(heard).toEqual([0, 1, expect.any(TimeoutError)]);
  });

  it('is for each attempt, and is retried like any other failure', () => {
    let log: string[] = [];
    let heard: unknown[] = [];
    marbles(({ manager }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      ({ heard } = listen(tasks.task((_, { attempt }) => timer(attempt === 3 ? 9 : 100), { name: 'slow', policies: [withTimeout(10), withRetry({ count: 2, delay: 5 })] })));
    });
    expect(log).toEqual([
      '0 queued slow', '0 started slow 1', '10 retrying slow 1', '15 started slow 2', '25 retrying slow 2', '30 started slow 3', '39 completed slow',
    ]);
    expect(heard).toEqual([0, 'complete']);
  });

  it('fails what is downstream, with the TimeoutError as cause', () => {
    let heard: unknown[] = [];
    marbles(({ manager }) => {
      const tasks = manager();
      ({ heard } = listen(tasks.task(() => 1, { upstream: { slow: tasks.task(() => NEVER, { policies: [withTimeout(10)] }) } })));
    });
    expect(heard).toMatchObject([{ name: 'UpstreamFailedError', cause: expect.any(TimeoutError) as unknown }]);
  });

  it("keeps the slot until the function has ended, with releaseSlot: 'on-settle', and the next attempt waits for it", () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, concurrency: 1, releaseSlot: 'on-settle' });
    const turn = (time: number): void => {
      host.time = time;
      host.turn();
    };
    const log = eventLog(tasks);
    const ends: (() => void)[] = [];
    // A thenable, whose end is seen at once.
    const work = (): PromiseLike<void> => ({ then: (resolve: () => void) => { ends.push(resolve); } }) as unknown as PromiseLike<void>;
    const task = tasks.add(work, { name: 'stubborn', policies: [withTimeout(10), withRetry(1)] });
    turn(0);
    turn(10);
    turn(50);
    expect([task.status, tasks.scheduler.running]).toEqual(['queued', 1]);
    ends[0]!();
    turn(60);
    ends[1]!();
    expect(log).toEqual(['0 queued stubborn', '0 started stubborn 1', '10 retrying stubborn 1', '60 started stubborn 2', '60 completed stubborn']);
    expect(tasks.scheduler.running).toBe(0);
  });

  it('ignores what comes of a run that is over', async () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host });
    let settle: ((value: string) => void) | undefined;
    const { heard } = listen(tasks.task(() => new Promise<string>((resolve) => { settle = resolve; }), { policies: [withTimeout(10)] }));
    host.turn();
    host.time = 10;
    host.turn();
    settle!('late');
    await tasks.onIdle();
    expect(heard).toEqual([expect.any(TimeoutError)]);
    await tasks.close();
  });

  it('counts while the function waits for tasks it has started, which are withdrawn', () => {
    let log: string[] = [];
    marbles(({ manager }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      tasks.add((_, { run }) => run(() => NEVER, { name: 'child' }), { name: 'parent', policies: [withTimeout(10)] });
    });
    expect(log.slice(-2)).toEqual(['10 withdrawn child', '10 failed parent']);
  });

  it('is over for one that waits to have its slot back, and tries again in its turn', () => {
    let log: string[] = [];
    marbles(({ manager, when }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      tasks.add((_, { run, attempt }) => (attempt === 1 ? new Observable(() => { void run(() => timer(2), { name: 'child' }).catch(() => {}); }) : 'ok'), {
        name: 'parent', policies: [withTimeout(10), withRetry({ count: 1, delay: 5 })],
      });
      when('-a', () => { tasks.add(() => timer(30), { name: 'long', priority: 1 }); });
    });
    expect(log).toEqual([
      '0 queued parent', '0 started parent 1', '0 queued child', '0 started child 1', '1 queued long', '2 completed child', '2 started long 1',
      '10 retrying parent 1', '32 completed long', '32 started parent 2', '32 completed parent',
    ]);
  });

  it('begins anew with each run of a live task, and ends with it', () => {
    let log: string[] = [];
    let heard: unknown[] = [];
    marbles(({ manager, cold }) => {
      const tasks = manager();
      log = eventLog(tasks);
      const up = cold('a-----b-----c');
      const task = tasks.task(({ up }) => (up === 'c' ? NEVER : timer(8)), { name: 'live', join: 'combineLatest', upstream: { up }, policies: [withTimeout(10)] });
      ({ heard } = listen(task));
    });
    expect(log).toEqual(['0 queued live', '0 started live 1', '6 started live 2', '12 started live 3', '22 failed live']);
    expect(heard).toEqual([expect.any(TimeoutError)]);
  });

  it('does not count while a live task waits between its runs', () => {
    let heard: unknown[] = [];
    marbles(({ manager, cold }) => {
      const task = manager().task(({ up }) => up, { join: 'combineLatest', upstream: { up: cold('a-------------------b|') }, policies: [withTimeout(10)] });
      ({ heard } = listen(task));
    });
    expect(heard).toEqual(['a', 'b', 'complete']);
  });

  it.each<[string, (task: Task<unknown>, end: Subject<void>) => void]>([
    ['has completed', (_, end) => { end.complete(); }], ['has failed', (_, end) => { end.error('failed'); }], ['is cancelled', (task) => { task.cancel(); }],
  ])('leaves no timer once the run %s', (_, act) => {
    const tasks = syncManager();
    const end = new Subject<void>();
    const before = timers();
    const task = tasks.add(() => end, { policies: [withTimeout(100_000)] });
    expect(timers()).toBe(before + 1);
    act(task, end);
    expect(timers()).toBe(before);
  });

  it('has a run that a listener to its start has ended leave no timer', () => {
    const tasks = syncManager();
    const before = timers();
    tasks.events$.subscribe(({ type, ...rest }) => { if (type === 'started') (rest as { task: Task<unknown> }).task.cancel(); });
    const task = tasks.add(() => NEVER, { policies: [withTimeout(100_000)] });
    expect([task.status, timers()]).toEqual(['cancelled', before]);
  });

  it('may be met by an abort handler that cancels the task, which then fails all the same, once', () => {
    const types: string[] = [];
    marbles(({ manager }) => {
      const tasks = manager();
      tasks.events$.subscribe(({ type }) => { types.push(type); });
      const task: Task<unknown> = tasks.add((_, { signal }) => {
        signal.addEventListener('abort', () => { task.cancel(); });
        return NEVER;
      }, { policies: [withTimeout(10)] });
    });
    expect(types).toEqual(['queued', 'started', 'failed']);
  });

  it('of Infinity is none, and takes no timer', () => {
    const tasks = syncManager();
    const before = timers();
    const task = tasks.add(() => NEVER, { policies: [withTimeout(Infinity)] });
    expect([task.status, timers()]).toEqual(['running', before]);
  });

  it.each([[0], [-1], [NaN], ['10'], [null], [2 ** 31]])('is refused at the call: %s', (ms: unknown) => {
    expect(() => withTimeout(ms as number)).toThrow(InvalidInputError);
    expect(() => withTimeout(ms as number)).toThrow(/^withTimeout\(\): ms must be a positive number of milliseconds below 2 \*\* 31, or Infinity/);
  });
});
