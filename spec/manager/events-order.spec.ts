import { NEVER, Observable, retry, Subject, throwError } from 'rxjs';
import { type Task, taskFamily, type TaskManager, type TaskOptions } from 'sluice';
import { describe, expect, it } from 'vitest';

import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { syncManager } from '../support/sync-manager.ts';

/** A manager in which work starts inside the call that lets it, and a log of all its events. */
function logged(concurrency = Infinity): { tasks: TaskManager; log: string[] } {
  const tasks = syncManager({ concurrency });
  const log: string[] = [];
  tasks.events$.pipe(mainEvents).subscribe((event) => log.push(describeEvent(event)));
  return { tasks, log };
}

describe('what happens when a run settles', () => {
  it('has one order: downstream, subscribers, its own event, its group, its slot, the next one', () => {
    const { tasks, log } = logged(1);
    const source = new Subject<object>();
    const a = tasks.task(() => source, { name: 'a', group: 'g' });
    const b = tasks.task(() => { log.push('b is called'); }, { name: 'b', upstream: [a] });
    b.start();
    tasks.add(() => { log.push('next is called'); }, { name: 'next', priority: 1 });
    a.subscribe({ complete: () => log.push(`a tells its subscribers, b is ${b.status}, running ${String(tasks.scheduler.running)}`) });
    tasks.group('g').finished$.subscribe(() => log.push(`running ${String(tasks.scheduler.running)}`));
    log.length = 0;
    source.complete();
    expect(log).toEqual([
      'a tells its subscribers, b is queued, running 1',
      'completed a',
      'running 1',
      'groupFinished g',
      'started next', 'next is called', 'completed next',
      'started b', 'b is called', 'completed b',
    ]);
  });

  it('has the same order when it fails', () => {
    const { tasks, log } = logged(1);
    const source = new Subject<object>();
    const a = tasks.add(() => source, { name: 'a', group: 'g' });
    tasks.add(() => 1, { name: 'b', upstream: [a], group: 'h' });
    tasks.add(() => 1, { name: 'next' });
    a.subscribe({ error: () => log.push('a tells its subscribers') });
    log.length = 0;
    source.error(new Error('x'));
    expect(log).toEqual([
      'a tells its subscribers', 'failed a', 'groupFinished g', 'failed b', 'groupFinished h', 'started next', 'completed next',
    ]);
  });

  it('has the same order when it is cancelled, and when it is withdrawn', () => {
    const { tasks, log } = logged(1);
    const a = tasks.task(() => new Observable(() => () => log.push('a is torn down')), { name: 'a', group: 'g' });
    const subscription = a.subscribe({ error: () => log.push('a tells its subscribers') });
    tasks.add(() => NEVER, { name: 'next' });
    log.length = 0;
    a.cancel();
    expect(log).toEqual(['a is torn down', 'a tells its subscribers', 'cancelled a', 'groupFinished g', 'started next']);
    expect(subscription.closed).toBe(true);
    tasks.cancelAll();
    const again = a.subscribe();
    tasks.add(() => NEVER, { name: 'next' });
    log.length = 0;
    again.unsubscribe();
    expect(log).toEqual(['a is torn down', 'withdrawn a', 'groupFinished g', 'started next']);
  });

  it('tears down a completed Observable before the next one starts', () => {
    const { tasks, log } = logged(1);
    const source = new Subject<never>();
    tasks.add(() => new Observable((subscriber) => {
      source.subscribe(subscriber);
      return () => log.push('a is torn down');
    }), { name: 'a' });
    tasks.add(() => NEVER, { name: 'next' });
    log.length = 0;
    source.complete();
    expect(log.indexOf('a is torn down')).toBeGreaterThan(-1);
    expect(log.indexOf('a is torn down')).toBeLessThan(log.indexOf('started next'));
  });

  it('starts the next by priority when a higher one is added meanwhile', () => {
    const { tasks, log } = logged(1);
    const source = new Subject<never>();
    const a = tasks.add(() => source, { name: 'a' });
    tasks.add(() => NEVER, { name: 'low' });
    a.subscribe({ complete: () => { tasks.add(() => NEVER, { name: 'high', priority: 1 }); } });
    source.complete();
    expect(log.slice(-2)).toEqual(['completed a', 'started high']);
  });
});

describe('a failing cascade', () => {
  /** `a` feeds `b1` and `b2`; `b1` feeds `c1`, `b2` feeds `c2`; both feed `d`. */
  function cascade() {
    const { tasks, log } = logged();
    const source = new Subject<object>();
    const a = tasks.task((_, { attempt }) => (attempt === 1 ? source : NEVER), { name: 'a' });
    const b1 = tasks.task(() => 1, { name: 'b1', upstream: [a] });
    const b2 = tasks.task(() => 1, { name: 'b2', upstream: [a] });
    const c1 = tasks.task(() => 1, { name: 'c1', upstream: [b1] });
    const c2 = tasks.task(() => 1, { name: 'c2', upstream: [b2] });
    const d = tasks.task(() => 1, { name: 'd', upstream: [b2, b1] });
    for (const task of [d, c2, c1, b2, b1]) task.start(); // not the order in which they were made
    log.length = 0;
    return { tasks, log, source, a, b1, b2, c1, c2, d };
  }
  const failures = ['failed a', 'failed b1', 'failed b2', 'failed c1', 'failed d', 'failed c2'];

  it('goes breadth first, in the order in which the tasks were made', () => {
    const { log, source } = cascade();
    source.error(new Error('x'));
    expect(log).toEqual(failures);
  });

  it('is through before anything starts, whatever a subscriber or a listener adds meanwhile', () => {
    const { tasks, log, source, a, b1 } = cascade();
    a.subscribe({ error: () => { tasks.add(() => 1, { name: 'x' }); } });
    b1.subscribe({ error: () => { a.start(); } });
    source.error(new Error('x'));
    const at = (line: string): number => log.indexOf(line);
    expect(log.filter((line) => line.startsWith('failed')).slice(0, 6)).toEqual(failures);
    expect(at('queued x')).toBeLessThan(at('failed b1'));
    expect(at('started x')).toBeGreaterThan(at('failed c2'));
    expect(at('started a')).toBeGreaterThan(at('failed c2'));
  });

  it('passes over what a subscriber has ended or queued anew meanwhile', () => {
    const { log, source, b1, b2, c2 } = cascade();
    b1.subscribe({ error: () => {
      b2.cancel();
      c2.start(); // has b2 and a queued again
    } });
    source.error(new Error('x'));
    expect(log.filter((line) => / (b2|c2)$/.test(line))).toEqual(['cancelled b2', 'cancelled c2', 'queued b2', 'queued c2']);
    expect([b2.status, c2.status]).toEqual(['waiting', 'waiting']);
  });
});

describe('events', () => {
  it('tell of a task what becomes of it, in order', () => {
    const { tasks, log } = logged(1);
    const up = tasks.task((_, { progress }) => { progress(1); }, { name: 'up' });
    tasks.add(() => 1, { name: 'down', upstream: [up] });
    expect(log).toEqual(['queued up', 'queued down', 'started up', 'progress up', 'completed up', 'started down', 'completed down']);
  });

  it('carry what came of it', () => {
    const tasks = syncManager();
    const events: unknown[] = [];
    tasks.events$.subscribe((event) => events.push(event));
    const task = tasks.add((_, { attempt }) => {
      if (attempt === 1) throw 'first';
      return 'second';
    });
    task.start();
    const time = expect.any(Number) as number;
    expect(events).toEqual([
      { type: 'queued', task, time }, { type: 'started', task, attempt: 1, time }, { type: 'failed', task, error: 'first', time },
      { type: 'queued', task, time }, { type: 'started', task, attempt: 2, time }, { type: 'completed', task, result: 'second', time },
    ]);
    events.length = 0;
    const empty = tasks.add(() => new Observable((subscriber) => { subscriber.complete(); }));
    expect(events.at(-1)).toEqual({ type: 'completed', task: empty, result: undefined, time });
  });

  it('reach the listeners of the group before those of the manager', () => {
    const { tasks, log } = logged();
    tasks.group('g').events$.subscribe(({ type }) => log.push(`group: ${type}`));
    tasks.add(() => NEVER, { name: 'a', group: 'g' });
    expect(log).toEqual(['group: queued', 'queued a', 'group: started', 'started a']);
  });

  it.each<[string, 'queued' | 'started', TaskOptions]>([
    ['queued', 'queued', {}], ['queued, with upstream', 'queued', { upstream: [[]] }], ['started', 'started', {}],
  ])('can end what they tell of: what is cancelled when it is %s never runs', (_, type, options) => {
    const { tasks, log } = logged(1);
    tasks.events$.subscribe((event) => { if (event.type === type && event.task.name === 'a') event.task.cancel(); });
    tasks.add(() => { log.push('a is called'); }, { name: 'a', ...options });
    expect(log).not.toContain('a is called');
    expect(log).toContain('cancelled a');
    expect(tasks.add(() => 1).status).toBe('completed');
  });

  it('of what is queued together can end what is still to be told of', () => {
    const { tasks, log } = logged(1);
    const up = tasks.task(() => 1, { name: 'up' });
    const down = tasks.task(() => 1, { name: 'down', upstream: [up] });
    tasks.events$.subscribe(({ type }) => { if (type === 'queued') down.cancel(); });
    down.start();
    expect([up.status, down.status]).toEqual(['cancelled', 'cancelled']);
    expect(log).not.toContain('started up');
  });
});

describe('what a watcher does in the middle', () => {
  it('comes after the event of what it has seen: a start', () => {
    const { tasks, log } = logged();
    const task = tasks.task(() => NEVER, { name: 'a' });
    task.state$.subscribe(({ status }) => { if (status === 'running') task.cancel(); });
    task.start();
    expect(log).toEqual(['queued a', 'started a', 'cancelled a']);
  });

  it('comes after the event of what it has seen: progress', () => {
    const { tasks, log } = logged();
    const task = tasks.task((_, { progress }) => {
      progress(0.5);
      return NEVER;
    }, { name: 'a' });
    task.state$.subscribe(({ progress }) => { if (progress) task.cancel(); });
    task.start();
    expect(log).toEqual(['queued a', 'started a', 'progress a', 'cancelled a']);
  });

  it.each<[string, (end: () => void) => Observable<object>, string]>([
    ['is cancelled', (end) => new Observable(() => { end(); }), 'cancelled'],
    ['has failed', () => throwError(() => 'x'), 'failed'],
  ])('comes after all that is queued together has been told of, when an upstream %s as it is subscribed to', (_, make, ended) => {
    const { tasks, log } = logged();
    const first: Task<object> = tasks.task(() => ({}), { name: 'first', upstream: [make(() => { first.cancel(); })] });
    const second = tasks.task(() => 1, { name: 'second', upstream: [first] });
    second.start();
    expect(log).toEqual(['queued first', 'queued second', `${ended} first`, `${ended} second`]);
  });
});

describe('the events of one task', () => {
  it.each([
    ['retry(1), after a failure', (task: Task<unknown>) => task.pipe(retry(1)).subscribe({ error: () => undefined })],
    ['one who watches its state', (task: Task<unknown>) => {
      let again = true;
      task.state$.subscribe(({ settledAt }) => {
        if (settledAt === undefined || !again) return;
        again = false;
        task.start();
      });
      task.start();
    }],
    ['a task downstream that is asked for', (task: Task<unknown>, tasks: TaskManager) => {
      const downstream = tasks.task(() => 1, { name: 'downstream', upstream: [task] });
      task.subscribe({ error: () => { downstream.start(); } });
    }],
  ])('are those of one run after the other, though it is queued again by %s', (_, ask) => {
    const { tasks, log } = logged();
    const source = new Subject<number>();
    let calls = 0;
    const task: Task<unknown> = tasks.task(() => (++calls === 1 ? source : 1), { name: 'a' });
    ask(task, tasks);
    source.error(new Error('x'));
    const own = log.filter((line) => line.endsWith(' a'));
    expect(own).toEqual(['queued a', 'started a', 'failed a', 'queued a', 'started a', 'completed a']);
  });

  it('begin with its being queued, though a listener to a task that is queued with it ends it', () => {
    const { tasks, log } = logged();
    tasks.events$.subscribe(({ type }) => { if (type === 'queued') b.cancel(); });
    const a = tasks.task(() => NEVER, { name: 'a' });
    const b = tasks.task(() => NEVER, { name: 'b', upstream: [a] });
    b.start();
    expect(log).toEqual(['queued a', 'queued b', 'cancelled b', 'withdrawn a']);
  });

  it('are those of one run after the other, though it is queued again as something downstream begins anew', () => {
    const { tasks, log } = logged();
    const fresh = taskFamily(() => tasks.task(() => 1, { name: 'fresh' }));
    const gone = tasks.task(() => NEVER, { name: 'gone' });
    tasks.add(() => NEVER, { name: 'downstream', upstream: { fresh: fresh(), gone: { from: gone, onError: 'continue' } } });
    gone.subscribe({ error: () => { fresh.invalidate(); } });
    log.length = 0;
    gone.cancel({ downstream: false });
    const own = log.filter((line) => line.endsWith(' gone'));
    expect(own).toEqual(['cancelled gone', 'queued gone', 'started gone']);
  });
});
