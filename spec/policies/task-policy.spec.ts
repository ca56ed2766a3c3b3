import fc from 'fast-check';
import { concat, defer, EMPTY, NEVER, type Observable, of, retry, Subject, switchMap, throwError, timeout, TimeoutError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { InvalidInputError, type TaskHooks, TaskManager, type TaskPolicy, withExpiry, withRetry, withTimeout } from 'sluice';
import { describe, expect, it } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { eventLog } from '../support/event-log.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

/** A policy that logs what it hears, and does what `failed` says. */
function logging(log: string[], name: string, failed: TaskHooks['failed'] = () => undefined): TaskPolicy {
  return {
    name,
    attach: () => {
      log.push(`${name} attached`);
      return {
        queued: () => { log.push(`${name} queued`); },
        started: (attempt) => { log.push(`${name} started ${String(attempt)}`); },
        emitted: (value) => { log.push(`${name} emitted ${String(value)}`); },
        failed: (error) => {
          log.push(`${name} failed ${String(error)}`);
          return failed(error);
        },
        settled: (status) => { log.push(`${name} settled ${status}`); },
      };
    },
  };
}

const failing = (): never => { throw 'failed'; };

describe('The policies of a task', () => {
  it('may add tasks when they are told that it is queued, which starts when all have been told so', () => {
    const tasks = syncManager();
    const log: string[] = [];
    tasks.events$.subscribe(({ type }) => { log.push(type); });
    let added = false;
    const adding: TaskPolicy = {
      name: 'adding',
      attach: () => ({
        queued: () => {
          if (added) return;
          added = true;
          tasks.add(() => log.push('another'));
        },
      }),
    };
    tasks.add(() => log.push('its function'), { policies: [adding, logging(log, 'last')] });
    expect(log.indexOf('its function')).toBeGreaterThan(log.indexOf('last queued'));
    expect(log.filter((line) => line.startsWith('last'))).toEqual(['last attached', 'last queued', 'last started 1', 'last settled completed']);
    expect(log.slice(0, 1)).toEqual(['queued']);
  });

  it('may end what is downstream of a task that completes, which then does not run', async () => {
    const tasks = syncManager();
    const ending: TaskPolicy = { name: 'ending', attach: () => ({ settled: () => { downstream.cancel(); } }) };
    const source = new Subject<number>();
    const upstream = tasks.task(() => source, { policies: [ending] });
    let calls = 0;
    const downstream = tasks.add(() => ++calls, { upstream: [upstream] });
    source.complete();
    await tasks.onIdle();
    expect([downstream.status, calls, tasks.state.status]).toEqual(['cancelled', 0, 'idle']);
  });

  // How long an attempt takes, and whether it fails then.
  const script = fc.array(fc.record({ takes: fc.integer({ min: 1, max: 12 }), fails: fc.boolean() }), { maxLength: 12 });
  const step = fc.oneof(
    fc.record({ policy: fc.constant('retry' as const), count: fc.nat({ max: 3 }), delay: fc.nat({ max: 5 }) }),
    fc.record({ policy: fc.constant('timeout' as const), ms: fc.integer({ min: 1, max: 40 }) }),
  );
  const pipeline = fc.array(step, { maxLength: 5 }).filter((steps) => steps.every(({ policy }, i) => policy !== steps[i - 1]?.policy));

  it("are read like RxJS's pipe: the first stands nearest to the function", () => {
    fc.assert(fc.property(script, pipeline, (attempts, steps) => {
      const play = (subscribe: (source: () => Observable<string>, host: TestScheduler) => Observable<string>): string[] => {
        const host = new TestScheduler(() => {});
        const log: string[] = [];
        const say = (text: string): void => { log.push(`${String(host.now())} ${text}`); };
        host.run(() => {
          let calls = 0;
          const source = (): Observable<string> => {
            const { takes, fails } = attempts[calls++] ?? { takes: 0, fails: false };
            say(`attempt ${String(calls)}`);
            // Fractions of a millisecond, so that an end and a timeout never fall together.
            return timer(takes + 0.5 + calls / 100).pipe(switchMap((): Observable<string> => (fails ? throwError(() => 'failed') : of('done'))));
          };
          subscribe(source, host).subscribe({
            next: say,
            error: (error: unknown) => { say(error instanceof TimeoutError ? 'timed out' : String(error)); },
            complete: () => { say('completes'); },
          });
        });
        return log;
      };
      const rxjs = play((source, host) => {
        let result = defer(source);
        for (const each of steps) {
          result = each.policy === 'retry'
            ? result.pipe(retry(each.delay === 0 ? { count: each.count } : { count: each.count, delay: each.delay }))
            : whole(result, each.ms, host);
        }
        return result;
      });
      const policies = steps.map((each) => (each.policy === 'retry'
        ? withRetry(each.delay === 0 ? { count: each.count } : { count: each.count, delay: each.delay })
        : withTimeout(each.ms)));
      expect(play((source, host) => new TaskManager({ host }).task(source, { policies }))).toEqual(rxjs);
    }), propertyRuns(1_000));
  });

  it('hear of a run in order, and are attached anew where one after them takes a failure over', () => {
    const tasks = syncManager();
    const log: string[] = [];
    const inner = logging(log, 'inner');
    const outer = logging(log, 'outer');
    const task = tasks.task((_, { attempt }) => concat(of(attempt), attempt === 1 ? throwError(() => 'x') : EMPTY), { policies: [inner, withRetry(1), outer] });
    expect(listen(task).heard).toEqual([1, 2, 'complete']);
    expect(log).toEqual([
      'inner attached', 'outer attached', 'inner queued', 'outer queued', 'inner started 1', 'outer started 1', 'inner emitted 1', 'outer emitted 1',
      'inner failed x', 'inner settled failed',
      'inner attached', 'inner queued', 'outer queued', 'inner started 2', 'outer started 2', 'inner emitted 2', 'outer emitted 2',
      'inner settled completed', 'outer settled completed',
    ]);
  });

  it.each<[string, (task: { cancel: () => void }) => void, string]>([
    ['cancelled', (task) => { task.cancel(); }, 'cancelled'],
    ['withdrawn', () => {}, 'cancelled'],
  ])('are told once when the task is %s', (how, act, status) => {
    const tasks = syncManager();
    const log: string[] = [];
    const task = tasks.task(() => NEVER, { policies: [logging(log, 'policy')] });
    const { subscription } = listen(task);
    if (how === 'withdrawn') subscription.unsubscribe();
    else act(task);
    expect(log.slice(-1)).toEqual([`policy settled ${status}`]);
    expect(log.filter((entry) => entry.includes('settled'))).toHaveLength(1);
  });

  it('are attached to each combination of a live task', () => {
    const tasks = syncManager();
    const log: string[] = [];
    const up = new Subject<number>();
    const task = tasks.task(({ up }) => (up === 1 ? NEVER : up), { join: 'combineLatest', upstream: { up }, policies: [logging(log, 'policy')] });
    listen(task);
    up.next(1);
    up.next(2);
    expect(log.filter((entry) => /attached|settled/.test(entry))).toEqual(['policy attached', 'policy settled cancelled', 'policy attached', 'policy settled completed']);
  });

  it('ask those after one whose notifier fails', () => {
    const tasks = syncManager();
    const log: string[] = [];
    const first = logging(log, 'first', () => throwError(() => 'notifier'));
    const second = logging(log, 'second');
    expect(listen(tasks.task(failing, { policies: [first, second] })).heard).toEqual(['notifier']);
    expect(log.filter((entry) => entry.includes('failed'))).toEqual(['first failed failed', 'second failed notifier', 'first settled failed', 'second settled failed']);
  });

  it('may fail the attempt by their port, which those after them are asked about', () => {
    const tasks = syncManager();
    const impatient: TaskPolicy = { name: 'impatient', attach: ({ fail, task }) => ({ started: (attempt) => { if (attempt < 3) fail(`${task.name} is slow`); } }) };
    const log = eventLog(tasks);
    let calls = 0;
    const task = tasks.task(() => ++calls, { name: 'task', policies: [impatient, withRetry(5)] });
    expect(listen(task).heard).toEqual([1, 'complete']);
    expect(log.map((entry) => entry.replace(/^\d+ /, ''))).toEqual(['queued task', 'retrying task 1', 'retrying task 2', 'started task 3', 'completed task']);
  });

  it('do nothing by a port whose run has settled', () => {
    const tasks = syncManager();
    let late: ((error: unknown) => void) | undefined;
    const policy: TaskPolicy = { name: 'late', attach: ({ fail }) => { late = fail; return {}; } };
    const task = tasks.task(() => 1, { policies: [policy] });
    expect(listen(task).heard).toEqual([1, 'complete']);
    late!('too late');
    expect(task.status).toBe('completed');
    task.invalidate();
    tasks.pause();
    const { heard } = listen(task);
    late!('of this run');
    expect(heard).toEqual(['of this run']);
  });

  it('limit all attempts together, the waits between them too, where a timeout stands after a retry', () => {
    let log: string[] = [];
    marbles(({ manager }) => {
      const tasks = manager();
      log = eventLog(tasks);
      tasks.add(() => timer(3).pipe(switchMap(() => throwError(() => 'failed'))), { name: 'slow', policies: [withRetry({ delay: 4 }), withTimeout(12)] });
    });
    expect(log).toEqual(['0 queued slow', '0 started slow 1', '3 retrying slow 1', '7 started slow 2', '10 retrying slow 2', '12 failed slow']);
  });

  it('retry a wait for a slot that is too long, where a retry stands after an expiry', () => {
    let log: string[] = [];
    marbles(({ manager }) => {
      const tasks = manager({ concurrency: 1 });
      tasks.add(() => timer(20), { name: 'long' });
      log = eventLog(tasks);
      tasks.add(() => 1, { name: 'news', policies: [withExpiry(5), withRetry({ count: 2, delay: 10 })] });
    });
    expect(log.filter((entry) => entry.includes('news'))).toEqual(['0 queued news', '5 retrying news 0', '20 retrying news 0', '30 started news 1', '30 completed news']);
  });
});

describe('A policy that throws', () => {
  const unhandled = collectUnhandledErrors();

  it.each(['attach', 'queued', 'started', 'emitted', 'settled'])('in %s is reported, and harms nobody', async (where) => {
    const tasks = syncManager({ concurrency: 1 });
    const broken = (): never => { throw new Error(where); };
    const policy: TaskPolicy = { name: 'broken', attach: () => (where === 'attach' ? broken() : { [where]: broken }) };
    expect(listen(tasks.task(() => of(1), { policies: [policy, withRetry(1)] })).heard).toEqual([1, 'complete']);
    expect(listen(tasks.task(() => 'next')).heard).toEqual(['next', 'complete']);
    await reported();
    expect(unhandled).toEqual([new Error(where)]);
  });

  it('in failed fails the task with what it throws', () => {
    const tasks = syncManager();
    const policy: TaskPolicy = { name: 'broken', attach: () => ({ failed: () => { throw 'thrown'; } }) };
    expect(listen(tasks.task(failing, { policies: [policy] })).heard).toEqual(['thrown']);
  });
});

describe('The option policies', () => {
  it.each<[unknown, RegExp]>([
    [withRetry(1), /^task\(\): policies must be an array of policies/],
    [[undefined], /^task\(\): policies\[0\] must be a TaskPolicy, such as withRetry\(3\)/],
    [[{ name: 'retry' }], /^task\(\): policies\[0\] must be a TaskPolicy/],
    [[withRetry(1), withRetry(2)], /^task\(\): policies\[1\] must be another policy than the one before/],
  ])('is refused at the call: %o', (policies, message) => {
    const tasks = syncManager();
    expect(() => tasks.task(() => 1, { policies: policies as never })).toThrow(InvalidInputError);
    expect(() => tasks.task(() => 1, { policies: policies as never })).toThrow(message);
  });

  it('is copied: what is done to the list later changes nothing', () => {
    const tasks = syncManager();
    const policies = [withRetry(1)];
    const task = tasks.task((_, { attempt }) => (attempt === 1 ? failing() : attempt), { policies });
    policies.length = 0;
    expect(listen(task).heard).toEqual([2, 'complete']);
  });

  it('can be written as JSON', () => {
    expect(JSON.stringify([withRetry(3), withRetry({ count: 2, delay: 500, resetOnSuccess: true }), withRetry(Infinity), withTimeout(10), withExpiry(20)]))
      .toBe('[{"name":"retry","count":3},{"name":"retry","count":2,"delay":500,"resetOnSuccess":true},{"name":"retry"},{"name":"timeout","ms":10},{"name":"expiry","ms":20}]');
  });
});

/** RxJS has no operator for the whole of a subscription: `timeout` with `first` ends with the first value. */
function whole(source: Observable<string>, ms: number, scheduler: TestScheduler): Observable<string> {
  return source.pipe(timeout({ first: ms, scheduler }));
}
