import { BehaviorSubject, NEVER, Observable, of, ReplaySubject, Subject } from 'rxjs';
import { type Task, TaskCancelledError, type TaskManager, withRetry } from 'sluice';
import { describe, expect, it } from 'vitest';

import { keyed } from '../support/keyed.ts';
import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

const key = 'user/7';

describe('invalidate() of a family', () => {
  it('forgets a result, and the results downstream that came of it, which run for the next who asks', () => {
    const tasks = syncManager();
    const keys = keyed();
    let runs = 0;
    const user = keys.get(key, () => tasks.task(() => ({ user: ++runs })));
    const page = tasks.task(({ user }) => `page ${user}`, { upstream: [user] });
    const other = keys.get('other', () => tasks.task(() => ++runs));
    expect([listen(page).heard, listen(other).heard]).toEqual([['page 1', 'complete'], [2, 'complete']]);
    keys.invalidate(key);
    expect([user.status, page.status, other.status, runs]).toEqual(['idle', 'idle', 'completed', 2]);
    expect(listen(page).heard).toEqual(['page 3', 'complete']);
  });

  it('lets what is under way begin anew, so that no one receives what is out of date', () => {
    const tasks = syncManager();
    const keys = keyed();
    const runs: Subject<string>[] = [];
    const signals: AbortSignal[] = [];
    const user = keys.get(key, () => tasks.task((_, { signal, attempt }) => {
      expect(attempt).toBe(1);
      signals.push(signal);
      return runs[runs.push(new Subject()) - 1]!;
    }));
    const { heard } = listen(user);
    const page = listen(tasks.task(({ user }) => `page of ${user}`, { upstream: { user } }));
    keys.invalidate(key);
    expect([runs[0]!.observed, signals[0]!.reason as unknown, user.status]).toEqual([false, expect.any(TaskCancelledError), 'running']);
    runs[0]!.next('stale');
    runs[1]!.next('fresh');
    runs[1]!.complete();
    expect([heard, page.heard, user.status]).toEqual([['fresh', 'complete'], ['page of fresh', 'complete'], 'completed']);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, completed: 2, cancelled: 0 });
  });

  it('has a task downstream that runs begin anew, after its upstream has run again', () => {
    const tasks = syncManager();
    const keys = keyed();
    let runs = 0;
    const ends: Subject<string>[] = [];
    const user = keys.get(key, () => tasks.task(() => ++runs));
    const page = tasks.task(({ user }) => {
      const end = new Subject<string>();
      ends.push(end);
      return new Observable<string>((subscriber) => end.subscribe({ next: (text) => { subscriber.next(`${text} ${user}`); subscriber.complete(); } }));
    }, { upstream: { user } });
    const { heard } = listen(page);
    keys.invalidate({ prefix: 'user/' });
    expect([runs, ends.map(({ observed }) => observed), page.status]).toEqual([2, [false, true], 'running']);
    ends[1]!.next('page');
    expect(heard).toEqual(['page 2', 'complete']);
  });

  it('has a live task downstream run for the new value, and a task that waits for others take it', () => {
    const tasks = syncManager();
    const keys = keyed();
    let runs = 0;
    const user = keys.get(key, () => tasks.task(() => ++runs));
    const other = new BehaviorSubject('a');
    const live = listen(tasks.task(({ user, other }) => `${other} ${user}`, { join: 'combineLatest', upstream: { user, other } }));
    const late = new Subject<string>();
    const waiting = listen(tasks.task(({ user, late }) => `${late} ${user}`, { upstream: { user, late } }));
    keys.invalidate(key);
    other.next('b');
    late.next('late');
    late.complete();
    expect([live.heard, waiting.heard, runs]).toEqual([['a 1', 'a 2', 'b 2'], ['late 2', 'complete'], 2]);
    tasks.cancelAll();
  });

  it.each<[string, (tasks: TaskManager) => void]>([['queued', (tasks) => { tasks.pause(); }], ['waiting for upstream', () => {}]])(
    'leaves one that is %s in its place, and runs it once', (status, act) => {
      const tasks = syncManager();
      const keys = keyed();
      act(tasks);
      const up = new Subject<number>();
      let runs = 0;
      const { heard } = listen(keys.get(key, () => tasks.task(({ up }) => [up, ++runs], { upstream: { up: status === 'queued' ? of(1) : up } })));
      keys.invalidate(key);
      tasks.resume();
      up.next(1);
      up.complete();
      expect(heard).toEqual([[1, 1], 'complete']);
    },
  );

  it('lets one that waits for an attempt begin anew, with its first', () => {
    const tasks = syncManager();
    const keys = keyed();
    const notifier = new Subject();
    const attempts: number[] = [];
    const task = keys.get(key, () => tasks.task((_, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length < 4) throw new Error('failed');
      return 'ok';
    }, { policies: [withRetry({ count: 2, delay: () => notifier })] }));
    const { heard } = listen(task);
    notifier.next(1);
    keys.invalidate(key);
    notifier.next(1);
    expect([attempts, heard]).toEqual([[1, 2, 1, 2], ['ok', 'complete']]);
  });

  it('leaves alone what does not depend on it, also what is out of date for another reason', () => {
    const tasks = syncManager();
    const keys = keyed();
    const end = new Subject<number>();
    let runs = 0;
    const task = tasks.task(() => { runs++; return end; });
    const { heard } = listen(task);
    const page = tasks.task(({ task }) => { runs++; return task; }, { upstream: { task } });
    const heardPage = listen(page).heard;
    task.invalidate(); // goes on, and is not kept
    keys.get(key, () => tasks.task(() => 1)).start();
    keys.invalidate(key);
    end.next(1);
    end.complete();
    keys.invalidate(key);
    expect([runs, heard, heardPage, task.status]).toEqual([2, [1, 'complete'], [1, 'complete'], 'idle']);
  });

  it('leaves a task alone whose upstream was out of date when it took its result', () => {
    const tasks = syncManager();
    const keys = keyed();
    const [up, late] = [new Subject<number>(), new Subject<number>()];
    const task = tasks.task(() => up);
    let runs = 0;
    const { heard } = listen(tasks.task(({ task, late }) => { runs++; return task + late; }, { upstream: { task, late } }));
    task.invalidate();
    up.next(1);
    up.complete();
    keys.get(key, () => tasks.task(() => 1)).start();
    keys.invalidate(key);
    late.next(2);
    late.complete();
    expect([heard, runs]).toEqual([[3, 'complete'], 1]);
  });

  it('withdraws upstream that no one wants, and keeps what is wanted', () => {
    const tasks = syncManager();
    const keys = keyed();
    const seen: string[] = [];
    tasks.events$.subscribe((event) => { if ('task' in event) seen.push(`${event.type} ${event.task.name}`); });
    const up = tasks.task(() => NEVER, { name: 'up' });
    const task = keys.get(key, () => tasks.task(() => NEVER, { name: 'task', upstream: [up] }));
    const { subscription } = listen(task);
    keys.invalidate(key);
    expect([up.status, task.status]).toEqual(['running', 'waiting']);
    subscription.unsubscribe();
    expect([up.status, task.status]).toEqual(['cancelled', 'cancelled']);
    expect(seen.filter((entry) => entry.endsWith('up'))).toEqual(['queued up', 'ready up', 'started up', 'cancelled up']);
  });

  it('does nothing to what has failed, was cancelled or is idle', () => {
    const tasks = syncManager();
    const keys = keyed();
    const idle = keys.get('idle', () => tasks.task(() => 1));
    const cancelled = keys.get('cancelled', () => tasks.task(() => NEVER)).start();
    cancelled.cancel();
    const failed = keys.get('failed', () => tasks.task(() => { throw new Error('failed'); })).start();
    keys.invalidate({ prefix: '' });
    expect([idle.status, cancelled.status, failed.status]).toEqual(['idle', 'cancelled', 'failed']);
  });

  it('leaves a closed manager closed', async () => {
    const tasks = syncManager();
    const keys = keyed();
    const task = keys.get(key, () => tasks.task(() => 1)).start();
    await tasks.close();
    keys.invalidate(key);
    expect([task.status, listen(task).heard]).toEqual(['idle', [expect.objectContaining({ name: 'TaskManagerClosedError' })]]);
  });
});

describe('Called by the code of others, invalidate() of a family', () => {
  it.each<'queued' | 'started'>(['queued', 'started'])('may have a task begin anew as it is told to be %s', (when) => {
    const tasks = syncManager();
    const keys = keyed();
    const runs: string[] = [];
    let told = 0;
    tasks.events$.subscribe((event) => { if (event.type === when && event.task.name === 'page' && told++ === 0) keys.invalidate(key); });
    const source = new ReplaySubject<number>(1);
    source.next(1);
    const user = keys.get(key, () => tasks.task(() => { runs.push('user'); return 'Ada'; }, { name: 'user' }));
    const page = tasks.task(({ user, source }) => { runs.push('page'); return `${user} ${source}`; }, { name: 'page', upstream: { user, source } });
    const { heard } = listen(page);
    source.complete();
    expect(heard).toEqual(['Ada 1', 'complete']);
    expect(runs).toEqual(when === 'queued' ? ['user', 'page'] : ['user', 'user', 'page']);
    expect(source.observed).toBe(false);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
  });

  it('may have a task begin anew as it subscribes to its upstream, which is subscribed to once more', () => {
    const tasks = syncManager();
    const keys = keyed();
    let subscribed = 0;
    const first = new Observable<number>((subscriber) => {
      if (subscribed++ === 0) keys.invalidate(key);
      subscriber.next(subscribed);
      subscriber.complete();
    });
    const second = new BehaviorSubject('b');
    let runs = 0;
    const task = keys.get(key, () => tasks.task(({ first, second }) => [first, second, ++runs], { upstream: { first, second } }));
    const { heard } = listen(task);
    second.complete();
    expect(heard).toEqual([[2, 'b', 1], 'complete']);
    expect(second.observed).toBe(false);
  });

  it('may come while one is queued without upstream', () => {
    const tasks = syncManager();
    const keys = keyed();
    let told = 0;
    tasks.events$.subscribe(({ type }) => { if (type === 'queued' && told++ === 0) keys.invalidate(key); });
    let runs = 0;
    expect(listen(keys.get(key, () => tasks.task(() => ++runs))).heard).toEqual([1, 'complete']);
  });

  it('may be called again by an abort handler, and by who watches a state, of what begins anew', () => {
    const tasks = syncManager();
    const keys = keyed();
    let again = 0;
    const runs: Subject<string>[] = [];
    const task = keys.get(key, () => tasks.task((_, { signal }) => {
      signal.addEventListener('abort', () => { if (again++ === 0) keys.invalidate(key); });
      return runs[runs.push(new Subject()) - 1]!;
    }));
    const { heard } = listen(task);
    let looked = 0;
    task.state$.subscribe(({ status }) => { if (status === 'waiting' && looked++ === 0) keys.invalidate({ prefix: '' }); });
    keys.invalidate(key);
    expect(runs.filter(({ observed }) => observed)).toHaveLength(1);
    runs.at(-1)!.next('fresh');
    runs.at(-1)!.complete();
    expect(heard).toEqual(['fresh', 'complete']);
  });

  it('may be met by the teardown of upstream that cancels the task, which then does not begin anew', () => {
    const tasks = syncManager();
    const keys = keyed();
    const up = tasks.task(() => NEVER);
    const task: Task<unknown> = keys.get(key, () => tasks.task(() => 1, { upstream: { up, source: new Observable(() => () => { task.cancel(); }) } }));
    const { heard } = listen(task);
    keys.invalidate(key);
    expect([heard, task.status, up.status]).toEqual([[expect.any(TaskCancelledError)], 'cancelled', 'cancelled']);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0, cancelled: 2 });
  });

  it('may be met by a listener that cancels what is about to begin anew', () => {
    const tasks = syncManager();
    const keys = keyed();
    let runs = 0;
    const user = keys.get(key, () => tasks.task(() => ++runs, { name: 'user' }));
    const page: Task<unknown> = tasks.task(() => NEVER, { upstream: { user }, name: 'page' });
    const { heard } = listen(page);
    tasks.events$.subscribe((event) => { if (event.type === 'queued' && event.task.name === 'user') page.cancel(); });
    keys.invalidate(key);
    expect([heard, page.status, user.status, runs]).toEqual([[expect.any(TaskCancelledError)], 'cancelled', 'cancelled', 1]);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
  });

  it('may be met by a task that ends before its turn to begin anew has come', () => {
    const tasks = syncManager();
    const keys = keyed();
    let runs = 0;
    const pages: Task<unknown>[] = [];
    const user = keys.get(key, () => tasks.task(() => ++runs));
    for (let i = 0; i < 2; i++) {
      pages.push(tasks.add((_, { signal }) => {
        signal.addEventListener('abort', () => { for (const page of pages) page.cancel(); });
        return NEVER;
      }, { upstream: { user } }));
    }
    keys.invalidate(key);
    expect(pages.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
  });
});
