import { filter, NEVER, Observable, Subject, take } from 'rxjs';
import { type Task, type TaskEvent, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { ManualHost } from '../support/manual-host.ts';
import { synchronous } from '../support/synchronous.ts';

// What the command test has found, in short.

/** Events as they come: what has happened to whom. */
function logEvents(tasks: TaskManager): string[] {
  const log: string[] = [];
  tasks.events$.subscribe((event) => { log.push(`${event.type} ${event.type === 'groupFinished' ? event.group : event.task.name}`); });
  return log;
}

function once(tasks: TaskManager, type: TaskEvent['type'], act: () => void): void {
  tasks.events$.pipe(filter((event) => event.type === type), take(1)).subscribe(act);
}

function settlings(log: readonly string[], name: string): string[] {
  return log.filter((line) => [`completed ${name}`, `failed ${name}`, `cancelled ${name}`].includes(line));
}

describe('A run settles once', () => {
  it('when a subscriber of its upstream withdraws the live task that would complete by it', () => {
    const tasks = new TaskManager(synchronous);
    const log = logEvents(tasks);
    const source = new Subject<object>();
    const upstream = tasks.task(() => source);
    const live = tasks.task(() => 1, { name: 'live', upstream: [upstream], join: 'combineLatest' });
    const subscription = live.subscribe();
    upstream.subscribe({ complete: () => { subscription.unsubscribe(); } });
    source.next({});
    source.complete();
    expect(settlings(log, 'live')).toEqual(['cancelled live']);
    expect(tasks.state.progress).toEqual({ done: 1, cancelled: 1, total: 2, fraction: 0.5 });
  });

  it('when it is cancelled by who watches a live task take its last value', async () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host });
    const log = logEvents(tasks);
    const source = tasks.add(() => Promise.resolve({}), { name: 'source' });
    const live = tasks.add(() => NEVER, { upstream: [source], join: 'combineLatest' });
    live.state$.subscribe(({ status }) => { if (status === 'queued') source.cancel(); });
    host.turn();
    await new Promise((resolve) => { setImmediate(resolve); });
    host.turn();
    expect(settlings(log, 'source')).toHaveLength(1);
    const { completed, failed, cancelled } = tasks.state.counts;
    expect(settlings(log, 'source').length + settlings(log, live.name).length).toBe(completed + failed + cancelled);
  });
});

describe('A slot is free again, and close() comes to its end,', () => {
  it.each(['on-cancel', 'on-settle'] as const)('when a listener cancels what is about to start (%s)', async (releaseSlot) => {
    const tasks = new TaskManager({ ...synchronous, releaseSlot });
    once(tasks, 'started', () => { first.cancel(); });
    let called = 0;
    const first = tasks.task(() => called++);
    first.subscribe({ error: () => {} });
    expect([called, first.status, tasks.scheduler.running]).toEqual([0, 'cancelled', 0]);
    await tasks.close();
  });
});

describe('Who watches a state sees the last one', () => {
  it('of a manager that is changed while the first is told', () => {
    const tasks = new TaskManager(synchronous);
    const seen: string[] = [];
    tasks.state$.subscribe(({ status }) => {
      seen.push(status);
      if (status === 'idle') tasks.pause();
    });
    expect(seen).toEqual(['idle', 'paused']);
  });

  it('of a manager, though another watcher came and left while the first was told', () => {
    const tasks = new TaskManager(synchronous);
    const seen: string[] = [];
    tasks.state$.subscribe(({ status }) => {
      seen.push(status);
      if (status === 'idle') tasks.state$.subscribe().unsubscribe();
    });
    tasks.pause();
    expect(seen).toEqual(['idle', 'paused']);
  });

  it('of a manager that another watcher changes and looks at', () => {
    const tasks = new TaskManager(synchronous);
    const seen: string[] = [];
    tasks.state$.subscribe(({ counts }) => {
      if (counts.running === 0 || tasks.paused) return;
      tasks.pause();
      expect(tasks.state.status).toBe('paused');
    });
    tasks.state$.subscribe(({ status }) => seen.push(status));
    tasks.add(() => NEVER);
    expect(seen.at(-1)).toBe('paused');
  });

  it('of a task that is started while the first is told', () => {
    const tasks = new TaskManager(synchronous);
    const task = tasks.task(() => NEVER);
    const seen: string[] = [];
    task.state$.subscribe(({ status }) => {
      seen.push(status);
      if (status === 'idle') task.start();
    });
    expect(seen.at(-1)).toBe('running');
  });
});

describe('A result is not kept', () => {
  it('that came of a run which was invalidated while it was under way', () => {
    const tasks = new TaskManager(synchronous);
    const sources: Subject<{ n: number }>[] = [];
    const upstream = tasks.task(() => {
      const source = new Subject<{ n: number }>();
      sources.push(source);
      return source;
    });
    const downstream = tasks.task(({ n }) => n, { upstream: [upstream] });
    upstream.subscribe();
    upstream.invalidate();
    const seen: number[] = [];
    downstream.subscribe((n) => seen.push(n));
    sources[0]?.next({ n: 1 });
    sources[0]?.complete();
    downstream.subscribe((n) => seen.push(n));
    sources[1]?.next({ n: 2 });
    sources[1]?.complete();
    expect(seen.at(-1)).toBe(2);
  });
});

describe('Nothing starts', () => {
  it('before a completed Observable is torn down', () => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 1 });
    const log: string[] = [];
    const end = new Subject<void>();
    tasks.add(() => new Observable((subscriber) => {
      const subscription = end.subscribe(subscriber);
      return () => {
        log.push('torn down');
        subscription.unsubscribe();
      };
    }));
    tasks.add(() => log.push('the next starts'));
    end.complete();
    expect(log).toEqual(['torn down', 'the next starts']);
  });

  it.each<[string, (tasks: TaskManager, task: Task<unknown>, again: () => void) => void]>([
    ['a subscriber', (_, task, again) => { task.subscribe({ complete: again }); }],
    ['a listener to its end', (tasks, task, again) => { once(tasks, 'completed', again); task.start(); }],
    ['who watches its state', (_, task, again) => {
      task.state$.pipe(filter(({ status }) => status === 'completed'), take(1)).subscribe(again);
      task.start();
    }],
  ])('of the same task before its completed Observable is torn down, when %s has it run again', (_, listen) => {
    const tasks = new TaskManager(synchronous);
    const log: string[] = [];
    const end = new Subject<object>();
    const task = tasks.task(() => new Observable<object>((subscriber) => {
      log.push('starts');
      const subscription = end.subscribe(subscriber);
      return () => {
        log.push('torn down');
        subscription.unsubscribe();
      };
    }));
    listen(tasks, task, () => {
      task.invalidate();
      task.subscribe();
    });
    end.next({});
    end.complete();
    expect(log.slice(0, 3)).toEqual(['starts', 'torn down', 'starts']);
  });

  it('before a failed Observable is torn down', () => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 1 });
    const log: string[] = [];
    const end = new Subject<void>();
    tasks.add(() => new Observable((subscriber) => {
      end.subscribe(subscriber);
      return () => log.push('torn down');
    }));
    tasks.add(() => log.push('the next starts'));
    end.error(new Error('failed'));
    expect(log).toEqual(['torn down', 'the next starts']);
  });
});

describe('What is asked for while a cancel is under way', () => {
  const pair = (): { tasks: TaskManager; upstream: Task<object>; downstream: Task<unknown>; called: () => number } => {
    const tasks = new TaskManager(synchronous);
    let calls = 0;
    const upstream = tasks.add((): Observable<object> => NEVER);
    const downstream = tasks.add(() => calls++, { upstream: [upstream] });
    return { tasks, upstream, downstream, called: () => calls };
  };

  it('is not left waiting for upstream that is still to be cancelled', () => {
    const { tasks, downstream } = pair();
    once(tasks, 'cancelled', () => { downstream.start(); });
    downstream.cancel({ upstream: 'all' });
    const { waiting, queued, running } = tasks.state.counts;
    // Either it has been cancelled with its upstream, or its upstream runs again for it.
    expect([waiting + queued, running]).toEqual(downstream.status === 'waiting' ? [1, 1] : [0, 0]);
  });

  it('is not cancelled by what it was tied to before it was asked for anew', () => {
    const tasks = new TaskManager(synchronous);
    const log = logEvents(tasks);
    let calls = 0;
    const upstream = tasks.task((_, { signal }): Observable<object> => {
      if (calls++ > 0) return NEVER;
      signal.addEventListener('abort', () => {
        downstream.cancel();
        downstream.subscribe({ error: (error: unknown) => errors.push(error) });
      });
      return NEVER;
    }, { name: 'up' });
    const errors: unknown[] = [];
    const downstream: Task<unknown> = tasks.task(() => 1, { name: 'down', upstream: [upstream] });
    downstream.subscribe({ error: () => {} });
    upstream.cancel();
    expect(errors).toEqual([]);
    expect([downstream.status, upstream.status]).toEqual(['waiting', 'running']);
    expect([settlings(log, 'up'), settlings(log, 'down')]).toEqual([['cancelled up'], ['cancelled down']]);
  });

  it('is cancelled with its upstream, and does not run without it', () => {
    const { tasks, upstream, downstream } = pair();
    let called = 0;
    let late: Task<unknown> | undefined;
    once(tasks, 'cancelled', () => { late = tasks.add(() => called++, { upstream: [upstream] }); });
    downstream.cancel({ upstream: 'all' });
    expect([late?.status, called]).toEqual(['cancelled', 0]);
  });
});

describe('Nothing starts in the middle of an end that reaches further', () => {
  /** What has ended before `added`, the task that is added meanwhile, starts. */
  const run = (reachesFurther: (tasks: TaskManager, add: () => void) => void): { log: string[]; tasks: TaskManager } => {
    const tasks = new TaskManager(synchronous);
    const log = logEvents(tasks);
    reachesFurther(tasks, () => {
      log.push('- added');
      tasks.add(() => 1, { name: 'added' });
    });
    return { log: log.filter((line) => /^(failed|cancelled|started added|- added)/.test(line)), tasks };
  };

  it('when a teardown adds', () => {
    const { log } = run((tasks, add) => {
      const upstream = tasks.task(() => new Observable<object>(() => add), { name: 'up' });
      tasks.add(() => 1, { name: 'down', upstream: [upstream] });
      upstream.cancel();
    });
    expect(log).toEqual(['- added', 'cancelled up', 'cancelled down', 'started added']);
  });

  it('when an abort handler adds', () => {
    const { log } = run((tasks, add) => {
      const upstream = tasks.task((_, { signal }): Observable<object> => {
        signal.addEventListener('abort', add);
        return NEVER;
      }, { name: 'up' });
      tasks.add(() => 1, { name: 'down', upstream: [upstream] });
      upstream.cancel();
    });
    expect(log).toEqual(['- added', 'cancelled up', 'cancelled down', 'started added']);
  });

  it('when the abort handler of what fails adds', () => {
    const source = new Subject<object>();
    const { log } = run((tasks, add) => {
      const upstream = tasks.task((_, { signal }) => {
        signal.addEventListener('abort', add);
        return source;
      }, { name: 'up' });
      tasks.add(() => 1, { name: 'down', upstream: [upstream] });
      source.error(new Error('x'));
    });
    expect(log).toEqual(['- added', 'failed up', 'failed down', 'started added']);
  });

  it('when an error handler adds, and upstream is yet to be withdrawn: of a failure', () => {
    const source = new Subject<object>();
    const { log } = run((tasks, add) => {
      const upstream = [tasks.task(() => source, { name: 'bad' }), tasks.task((): Observable<object> => NEVER, { name: 'lone' })];
      tasks.task(() => 1, { name: 'down', upstream }).subscribe({ error: add });
      source.error(new Error('x'));
    });
    expect(log).toEqual(['failed bad', '- added', 'failed down', 'cancelled lone', 'started added']);
  });

  it('when an error handler adds, and upstream is yet to be withdrawn: of a cancel', () => {
    const { log } = run((tasks, add) => {
      const upstream = [tasks.task((): Observable<object> => NEVER, { name: 'lone' })];
      const task = tasks.task(() => 1, { name: 'down', upstream });
      task.subscribe({ error: add });
      task.cancel();
    });
    expect(log).toEqual(['- added', 'cancelled down', 'cancelled lone', 'started added']);
  });

  it('when a teardown adds, and upstream is yet to be withdrawn with a subscriber that leaves', () => {
    const { log } = run((tasks, add) => {
      const source = new Subject<object>();
      const first = tasks.task((): Observable<object> => NEVER, { name: 'first' });
      const upstream = tasks.task(() => new Observable<object>(() => add), { name: 'up', upstream: [first], join: 'combineLatest' });
      const last = tasks.task(() => 1, { name: 'down', upstream: [upstream, tasks.task(() => source, { name: 'other' })] });
      last.subscribe().unsubscribe();
    });
    expect(log).not.toContain('- added'); // it has not run
    const live = run((tasks, add) => {
      const values = new Subject<object>();
      const first = tasks.task(() => values, { name: 'first' });
      const subscription = tasks.task(() => new Observable<object>(() => add), { name: 'live', upstream: [first], join: 'combineLatest' }).subscribe();
      values.next({});
      subscription.unsubscribe();
    });
    expect(live.log).toEqual(['- added', 'cancelled live', 'cancelled first', 'started added']);
  });
});
