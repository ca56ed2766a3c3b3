import {
  catchError, concat, concatMap, defer, EMPTY, finalize, mergeMap, NEVER, Observable, of, repeat, retry, Subject, switchMap, take, throwError,
} from 'rxjs';
import { PriorityScheduler, queueOn, TaskManager, TaskManagerClosedError } from 'sluice';
import { describe, expect, it } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { Jobs } from '../support/jobs.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { synchronous } from '../support/synchronous.ts';

const unhandled = collectUnhandledErrors();

describe('queueOn', () => {
  it('subscribes at once when a slot is free, and passes everything unchanged', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const scheduler = new PriorityScheduler({ concurrency: 1 });
    const source = cold('-a-(bc)--|');
    const windows = '    ^--------!';
    const expected = '   -a-(bc)--|';
    expectObservable(source.pipe(queueOn(scheduler))).toBe(expected);
    expectSubscriptions(source.subscriptions).toBe(windows);
  }));

  it('waits for its turn, and holds the slot until it completes', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const queued = queueOn<string>(new PriorityScheduler({ concurrency: 1 }));
    const first = cold(' -a---|');
    const second = cold('     -b-(c|)');
    const third = cold('           d|');
    expectObservable(first.pipe(queued)).toBe('  -a---|');
    expectObservable(second.pipe(queued)).toBe(' ------b-(c|)');
    expectObservable(third.pipe(queued)).toBe('  --------d|');
    expectSubscriptions(first.subscriptions).toBe('  ^----!');
    expectSubscriptions(second.subscriptions).toBe(' -----^--!');
    expectSubscriptions(third.subscriptions).toBe('  --------^!');
  }));

  it('holds the slot until it fails', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const queued = queueOn<string>(new PriorityScheduler({ concurrency: 1 }));
    const first = cold(' -a-#');
    const second = cold('   -b|');
    expectObservable(first.pipe(queued)).toBe('  -a-#');
    expectObservable(second.pipe(queued)).toBe(' ----b|');
    expectSubscriptions(first.subscriptions).toBe('  ^--!');
    expectSubscriptions(second.subscriptions).toBe(' ---^-!');
  }));

  it('holds the slot until it is unsubscribed from', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const queued = queueOn<string>(new PriorityScheduler({ concurrency: 1 }));
    const first = cold(' -a-----');
    const second = cold('    -b|');
    expectObservable(first.pipe(queued), '               ^---!').toBe('-a---');
    expectObservable(second.pipe(queued)).toBe('         -----b|');
    expectSubscriptions(first.subscriptions).toBe('      ^---!');
    expectSubscriptions(second.subscriptions).toBe('     ----^-!');
  }));

  it('is taken from the queue when it is unsubscribed from before its turn', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const queued = queueOn<string>(new PriorityScheduler({ concurrency: 1 }));
    const first = cold(' -a---|');
    const second = cold('     -b|');
    const third = cold('      -c|');
    expectObservable(first.pipe(queued)).toBe('                  -a---|');
    expectObservable(second.pipe(queued), '               ^--!').toBe('---');
    expectObservable(third.pipe(queued)).toBe('                  ------c|');
    expectSubscriptions(second.subscriptions).toBe([]);
    expectSubscriptions(third.subscriptions).toBe('              -----^-!');
  }));

  it('goes by priority, then by age', () => marbles(({ cold, expectSubscriptions, flush }) => {
    const scheduler = new PriorityScheduler({ concurrency: 1 });
    const subscribe = (priority: number): ReturnType<typeof cold> => {
      const source = cold('--|');
      source.pipe(queueOn(scheduler, { priority })).subscribe();
      return source;
    };
    const [low, high, equal] = [subscribe(0), subscribe(1), subscribe(0)];
    flush();
    expectSubscriptions(high.subscriptions).toBe('  ^-!');
    expectSubscriptions(low.subscriptions).toBe('   --^-!');
    expectSubscriptions(equal.subscriptions).toBe(' ----^-!');
  }));

  it('waits for a slot of its group and one of the scheduler', () => marbles(({ cold, expectSubscriptions, flush }) => {
    const scheduler = new PriorityScheduler({ concurrency: 2, groups: { api: { concurrency: 1 } } });
    const subscribe = (marble: string, group?: string): ReturnType<typeof cold> => {
      const source = cold(marble);
      source.pipe(queueOn(scheduler, { group })).subscribe();
      return source;
    };
    const first = subscribe('---|', 'api');
    const second = subscribe('  -|', 'api');
    const other = subscribe('----|');
    const last = subscribe('-|');
    flush();
    expectSubscriptions(first.subscriptions).toBe('  ^--!');
    expectSubscriptions(second.subscriptions).toBe(' ---^!');
    expectSubscriptions(other.subscriptions).toBe('  ^---!');
    expectSubscriptions(last.subscriptions).toBe('   ----^!');
  }));

  it('queues each subscription by itself', () => marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('a-|');
    const queued = source.pipe(queueOn(new PriorityScheduler({ concurrency: 1 })));
    expectObservable(queued).toBe('a-|');
    expectObservable(queued).toBe('--a-|');
    expectSubscriptions(source.subscriptions).toBe(['^-!', '--^-!']);
  }));

  it('gives the slot back between repetitions and retries outside of it', () => marbles(({ cold, expectObservable }) => {
    const queued = queueOn<string>(new PriorityScheduler({ concurrency: 1 }));
    const repeated = cold('a-|').pipe(queued, repeat(2));
    const retried = cold(' b-#').pipe(queued, retry(1));
    expectObservable(repeated).toBe('a---a-|');
    expectObservable(retried).toBe(' --b---b-#');
  }));

  it('subscribes to synchronous sources one after the other', () => marbles(({ expectObservable }) => {
    const scheduler = new PriorityScheduler({ concurrency: 1 });
    const queued = concat(of('a', 'b'), of('c')).pipe(queueOn(scheduler));
    expectObservable(queued).toBe('(abc|)');
    expectObservable(queued).toBe('(abc|)');
    expectObservable(EMPTY.pipe(queueOn(scheduler))).toBe('|');
    expectObservable(throwError(() => 'error').pipe(queueOn(scheduler))).toBe('#');
  }));

  it('starts inside the call that subscribes, with queueScheduler as host', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    expect(listen(of(1, 2).pipe(queueOn(scheduler))).heard).toEqual([1, 2, 'complete']);
    expect(listen(NEVER.pipe(queueOn(scheduler))).heard).toEqual([]);
    expect([scheduler.running, scheduler.queued]).toEqual([1, 0]);
  });

  it('stops a synchronous source in the middle when it is unsubscribed from', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    let emitted = 0;
    const source = new Observable<number>((subscriber) => {
      while (!subscriber.closed) subscriber.next(++emitted);
    });
    expect(listen(source.pipe(queueOn(scheduler), take(3))).heard).toEqual([1, 2, 3, 'complete']);
    expect(emitted).toBe(3);
    expect([scheduler.running, scheduler.queued]).toEqual([0, 0]);
  });

  it('is not subscribed to when its subscriber leaves just before the slot is free', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const jobs = new Jobs(scheduler);
    const a = jobs.work('a').pipe(finalize(() => { b.unsubscribe(); }), queueOn(scheduler)).subscribe();
    const b = jobs.queue('b', { priority: 1 });
    jobs.queue('c');
    a.unsubscribe();
    expect(jobs.log).toEqual(['+a', '-a', '+c']);
    expect([scheduler.running, scheduler.queued]).toEqual([1, 0]);
  });
});

describe('a subscriber that has left before it subscribes', () => {
  it('is not queued, and takes no slot', async () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const jobs = new Jobs(scheduler);
    const queued = jobs.work('a').pipe(queueOn(scheduler, { group: 'g' }));
    scheduler.paused = true; // what is queued now stays queued
    new Observable<never>((subscriber) => {
      subscriber.unsubscribe();
      queued.subscribe(subscriber);
    }).subscribe();
    expect([jobs.log, scheduler.queued, scheduler.running]).toEqual([[], 0, 0]);
    await scheduler.onIdle();
    scheduler.paused = false;
    jobs.queue('b', { group: 'g' });
    expect(jobs.log).toEqual(['+b']);
  });
});

describe('a slot held by queueOn', () => {
  it('is free when a source throws as it is subscribed to', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const error = new Error('thrown on subscribe');
    const throwing = new Observable<number>((subscriber) => {
      subscriber.next(1);
      throw error;
    });
    expect(listen(throwing.pipe(queueOn(scheduler))).heard).toEqual([1, error]);
    expect(listen(of(2).pipe(queueOn(scheduler))).heard).toEqual([2, 'complete']);
    expect(scheduler.running).toBe(0);
  });

  it('is free when the subscribe method of a source throws', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const error = new Error('thrown by subscribe');
    class Broken extends Observable<never> {
      override subscribe(): never {
        throw error;
      }
    }
    expect(listen(new Broken().pipe(queueOn(scheduler))).heard).toEqual([error]);
    expect(scheduler.running).toBe(0);
  });

  it('is free when a subscriber throws, and that is reported', async () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const error = new Error('thrown by a subscriber');
    of(1).pipe(queueOn(scheduler)).subscribe({ next: () => { throw error; } });
    of(1).pipe(queueOn(scheduler)).subscribe({ complete: () => { throw error; } });
    expect(listen(of(2).pipe(queueOn(scheduler))).heard).toEqual([2, 'complete']);
    await reported();
    expect(unhandled).toEqual([error, error]);
  });

  it('is free when a teardown throws, and the others go on', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const throwing = new Observable<never>(() => () => { throw new Error('teardown'); });
    const first = throwing.pipe(queueOn(scheduler)).subscribe();
    const second = listen(of(2).pipe(queueOn(scheduler)));
    expect(() => { first.unsubscribe(); }).toThrow('teardown');
    expect(second.heard).toEqual([2, 'complete']);
    expect(scheduler.running).toBe(0);
  });

  it('is free when the teardown of a source throws that was done as it was subscribed to, and that is reported', async () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const error = new Error('teardown');
    const source = new Observable<number>((subscriber) => {
      subscriber.next(1);
      subscriber.complete();
      return () => { throw error; };
    });
    expect(listen(source.pipe(queueOn(scheduler))).heard).toEqual([1, 'complete']);
    expect(scheduler.running).toBe(0);
    await reported();
    expect(unhandled).toEqual([error]);
  });

  it('is held while the result is handed on: the next starts after that', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const jobs = new Jobs(scheduler);
    const source = new Subject<void>();
    source.pipe(queueOn(scheduler)).subscribe({ complete: () => { jobs.log.push('complete'); } });
    jobs.queue('next');
    source.complete();
    expect(jobs.log).toEqual(['complete', '+next']);
  });

  // RxJS adds the inner subscriptions of these operators to their subscriber as they come: behind
  // whatever queueOn has added when it subscribed.
  it.each<[string, (work: Observable<never>, start: Observable<void>) => Observable<unknown>]>([
    ['the source itself', (work) => work],
    ['mergeMap', (work, start) => start.pipe(mergeMap(() => work))],
    ['switchMap', (work, start) => start.pipe(switchMap(() => work))],
    ['concatMap', (work, start) => start.pipe(concatMap(() => work))],
    ['concat', (work, start) => concat(start.pipe(take(1)), work)],
    ['catchError', (work, start) => start.pipe(mergeMap(() => throwError(() => 'error')), catchError(() => work))],
    ['repeat', (work, start) => {
      let round = 0;
      return defer(() => (round++ === 0 ? start.pipe(take(1)) : work)).pipe(repeat(2));
    }],
  ])('is free after the teardown of %s', (_, wrap) => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const jobs = new Jobs(scheduler);
    const start = new Subject<void>();
    const first = wrap(jobs.work('a'), start).pipe(queueOn(scheduler)).subscribe();
    start.next();
    jobs.queue('b');
    first.unsubscribe();
    expect(jobs.log).toEqual(['+a', '-a', '+b']);
    expect(jobs.peak).toBe(1);
  });

  it('is free after the teardown of what still runs when a part of the source fails', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const jobs = new Jobs(scheduler);
    const parts = new Subject<Observable<never>>();
    parts.pipe(mergeMap((part) => part), queueOn(scheduler)).subscribe({ error: () => { jobs.log.push('error'); } });
    parts.next(jobs.work('a'));
    jobs.queue('b');
    parts.next(throwError(() => 'error'));
    expect(jobs.log).toEqual(['+a', 'error', '-a', '+b']);
    expect(jobs.peak).toBe(1);
  });
});

describe('queueOn and a manager that is closed', () => {
  it('ends what runs and what waits with an error, after the teardown of what runs', async () => {
    const tasks = new TaskManager({ concurrency: 1, ...synchronous });
    const jobs = new Jobs(tasks.scheduler);
    const running = listen(jobs.work('a').pipe(queueOn(tasks.scheduler)));
    const queued = listen(jobs.work('b').pipe(queueOn(tasks.scheduler, { group: 'api' })));
    await tasks.close();
    expect(running.heard).toEqual([new TaskManagerClosedError()]);
    expect(queued.heard).toEqual([new TaskManagerClosedError()]);
    expect(jobs.log).toEqual(['+a', '-a']);
    expect([tasks.scheduler.running, tasks.scheduler.queued]).toEqual([0, 0]);
  });

  it('refuses later subscriptions, without subscribing to the source', async () => {
    const tasks = new TaskManager({ ...synchronous });
    const jobs = new Jobs(tasks.scheduler);
    const source = jobs.work('a').pipe(queueOn(tasks.scheduler));
    await tasks.close();
    const { heard } = listen(source);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toBeInstanceOf(TaskManagerClosedError);
    expect(jobs.log).toEqual([]);
  });

  it('closes the window of the source', () => marbles(({ manager, cold, when, expectObservable, expectSubscriptions }) => {
    const tasks = manager({ concurrency: 1 });
    const running = cold('-a------');
    const queued = cold(' -b------');
    const error = new TaskManagerClosedError();
    when('                               ---x', () => { void tasks.close(); });
    expectObservable(running.pipe(queueOn(tasks.scheduler))).toBe(' -a-#', undefined, error);
    expectObservable(queued.pipe(queueOn(tasks.scheduler))).toBe('  ---#', undefined, error);
    expectSubscriptions(running.subscriptions).toBe('               ^--!');
    expectSubscriptions(queued.subscriptions).toBe([]);
  }));

  it('tells all of them, even if a teardown throws', async () => {
    const tasks = new TaskManager({ ...synchronous });
    const throwing = new Observable<never>(() => () => { throw new Error('teardown'); });
    const first = listen(throwing.pipe(queueOn(tasks.scheduler)));
    const second = listen(NEVER.pipe(queueOn(tasks.scheduler)));
    await tasks.close();
    expect([...first.heard, ...second.heard]).toEqual([new TaskManagerClosedError(), new TaskManagerClosedError()]);
    await reported();
    expect(unhandled).toHaveLength(1);
  });

  it('refuses to schedule actions', async () => {
    const tasks = new TaskManager();
    const lane = tasks.scheduler.lane({ priority: 1 });
    await tasks.close();
    expect(() => tasks.scheduler.schedule(() => {})).toThrow(TaskManagerClosedError);
    expect(() => lane.schedule(() => {})).toThrow(TaskManagerClosedError);
  });

  it('drops the actions that wait, so that it is idle', async () => {
    const tasks = new TaskManager({ ...synchronous });
    const ran: string[] = [];
    tasks.pause();
    const action = tasks.scheduler.schedule(() => { ran.push('queued'); });
    await tasks.close();
    tasks.resume();
    expect(ran).toEqual([]);
    expect(tasks.scheduler.queued).toBe(0);
    expect(action.closed).toBe(true);
    await tasks.scheduler.onIdle();
  }, 1000);

  it('lets an action that runs end, and not run again', () => {
    const tasks = new TaskManager({ ...synchronous });
    let runs = 0;
    tasks.scheduler.schedule(function () {
      runs++;
      void tasks.close();
      this.schedule(undefined, 1);
      this.schedule();
    });
    expect(runs).toBe(1);
    expect([tasks.scheduler.running, tasks.scheduler.queued]).toEqual([0, 0]);
  });

  it('drops the actions whose delay is not over, and lets go of the host', () => marbles(({ manager, when, flush }) => {
    const tasks = manager();
    const ran: number[] = [];
    tasks.scheduler.schedule(() => { ran.push(tasks.scheduler.now()); }, 5);
    tasks.scheduler.schedule(function () {
      ran.push(tasks.scheduler.now());
      this.schedule(undefined, 2);
    });
    when('---x', () => { void tasks.close(); });
    flush();
    expect(ran).toEqual([0, 2]);
    expect(tasks.scheduler.queued).toBe(0);
    expect(tasks.scheduler.now()).toBe(3);
  }));
});
