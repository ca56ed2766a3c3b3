import { NEVER, timer } from 'rxjs';
import { InvalidInputError, TaskExpiredError, TaskManager, withExpiry, withRetry } from 'sluice';
import { describe, expect, it } from 'vitest';

import { eventLog } from '../support/event-log.ts';
import { flaky } from '../support/flaky.ts';
import { listen } from '../support/listen.ts';
import { ManualHost } from '../support/manual-host.ts';
import { marbles, type Marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

/** The events of a manager with one slot, which `long` takes for 20 ms. */
function eventsOf(act: (tasks: TaskManager, helpers: Marbles) => void): string[] {
  let log: string[] = [];
  marbles((helpers) => {
    const tasks = helpers.manager({ concurrency: 1 });
    tasks.add(() => timer(20), { name: 'long' });
    log = eventLog(tasks);
    act(tasks, helpers);
  });
  return log.filter((entry) => !entry.includes('long'));
}

describe('withExpiry()', () => {
  it('fails a task that waits longer for its slot with a TaskExpiredError, and never calls its function', () => {
    let heard: unknown[] = [];
    let called = false;
    const log = eventsOf((tasks) => {
      ({ heard } = listen(tasks.task(() => { called = true; }, { name: 'news', policies: [withExpiry(5)] })));
    });
    expect(log).toEqual(['0 queued news', '5 failed news']);
    expect(heard).toEqual([expect.any(TaskExpiredError)]);
    expect(heard).toMatchObject([{ name: 'TaskExpiredError', code: 'TASK_EXPIRED', task: 'news', expires: 5, message: 'news has waited for a slot for more than 5 ms' }]);
    expect(called).toBe(false);
  });

  it('leaves alone a task that has its slot in time, however long it runs', () => {
    const log = eventsOf((tasks) => { tasks.add(() => timer(100), { name: 'news', policies: [withExpiry(21)] }); });
    expect(log).toEqual(['0 queued news', '20 started news 1', '120 completed news']);
  });

  it('does not count while the task waits for upstream, with which it is queued', () => {
    const log = eventsOf((tasks, { cold }) => {
      tasks.add(() => 1, { name: 'one', upstream: { up: cold('------------------(a|)') }, policies: [withExpiry(5)] });
      tasks.add(() => 1, { name: 'two', upstream: { up: cold('----------(a|)') }, policies: [withExpiry(5)] });
    });
    expect(log).toEqual(['0 queued one', '0 queued two', '15 failed two', '20 started one 1', '20 completed one']);
  });

  it('counts while the task is paused', () => {
    const log = eventsOf((tasks) => {
      tasks.group('held').pause();
      tasks.add(() => 1, { name: 'held', group: 'held', policies: [withExpiry(30)] });
    });
    expect(log).toEqual(['0 queued held', '30 failed held', '30 groupFinished held']);
  });

  it('is not retried, and counts anew for each attempt, not while it waits for one', () => {
    let log: string[] = [];
    marbles(({ manager, when }) => {
      const tasks = manager({ concurrency: 1 });
      log = eventLog(tasks);
      tasks.add(flaky(3), { name: 'flaky', policies: [withRetry({ delay: 10 }), withExpiry(5)] });
      when('------------a', () => { tasks.add(() => timer(30), { name: 'long' }); });
    });
    expect(log.filter((entry) => entry.includes('flaky'))).toEqual([
      '0 queued flaky', '0 started flaky 1', '1 retrying flaky 1', '11 started flaky 2', '12 retrying flaky 2', '27 failed flaky',
    ]);
  });

  it('counts anew for each combination of a live task', () => {
    const log = eventsOf((tasks, { cold }) => {
      tasks.add(() => 1, { name: 'live', join: 'combineLatest', upstream: { up: cold('--a--b--c--d') }, policies: [withExpiry(7)] });
    });
    expect(log).toEqual(['0 queued live', '18 failed live']);
  });

  it('fails what is downstream, with the TaskExpiredError as cause', () => {
    let heard: unknown[] = [];
    eventsOf((tasks) => {
      ({ heard } = listen(tasks.task(() => 1, { upstream: { news: tasks.task(() => 1, { policies: [withExpiry(5)] }) } })));
    });
    expect(heard).toMatchObject([{ name: 'UpstreamFailedError', cause: expect.any(TaskExpiredError) as unknown }]);
  });

  it('counts anew when the task is asked for again', () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, concurrency: 1 });
    tasks.add(() => NEVER);
    const task = tasks.task(() => 1, { policies: [withExpiry(5)] });
    const at = (time: number): void => {
      host.time = time;
      host.turn();
    };
    const { subscription } = listen(task);
    at(4);
    subscription.unsubscribe();
    const { heard } = listen(task);
    at(8);
    expect(heard).toEqual([]);
    at(9);
    expect(heard).toEqual([expect.any(TaskExpiredError)]);
  });

  it('leaves no timer once the task has started, or is cancelled', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const tasks = syncManager();
    const before = timers();
    tasks.add(() => NEVER, { policies: [withExpiry(100_000)] });
    expect(timers()).toBe(before);
    tasks.pause();
    const waiting = tasks.add(() => NEVER, { policies: [withExpiry(100_000)] });
    expect(timers()).toBe(before + 1);
    waiting.cancel();
    tasks.add(() => NEVER, { policies: [withExpiry(Infinity)] });
    expect(timers()).toBe(before);
  });

  it.each([[0], [-1], [NaN], ['10'], [null], [2 ** 31]])('is refused at the call: %s', (ms: unknown) => {
    expect(() => withExpiry(ms as number)).toThrow(InvalidInputError);
    expect(() => withExpiry(ms as number)).toThrow(/^withExpiry\(\): ms must be a positive number of milliseconds below 2 \*\* 31, or Infinity/);
  });
});
