import { BehaviorSubject, NEVER, of, queueScheduler, Subject, timeout } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { type Task, taskFamily, TaskManager, type TaskStatus, withExpiry, withRetry } from '../../src/index.ts';
import { TRANSITIONS } from '../../src/task/lifecycle.ts';
import { ManualHost } from '../support/manual-host.ts';
import { synchronous } from '../support/synchronous.ts';

type Watch = <T>(task: Task<T>) => Task<T>;

const fail = (): never => { throw new Error('failed'); };
const ignore = { error: () => undefined };

/** Each takes tasks through a part of what they can go through. */
const LIVES: readonly (readonly [what: string, live: (tasks: TaskManager, watch: Watch) => void])[] = [
  ['completes, and is forgotten', (tasks, watch) => {
    const task = watch(tasks.task(() => 1));
    task.subscribe();
    task.invalidate();
  }],
  ['waits for upstream, which completes', (tasks, watch) => {
    const up = new Subject<number>();
    watch(tasks.task(() => 1, { upstream: { up } })).subscribe();
    up.next(1);
    up.complete();
  }],
  ['fails, and is asked for again while upstream is to run', (tasks, watch) => {
    const up = tasks.task(() => 1);
    const task = watch(tasks.task(fail, { upstream: { up } }));
    task.subscribe(ignore);
    up.invalidate();
    tasks.pause();
    task.subscribe(ignore).unsubscribe();
    tasks.resume();
  }],
  ['fails, and is asked for again without upstream', (tasks, watch) => {
    const task = watch(tasks.task(fail));
    task.subscribe(ignore);
    task.subscribe(ignore);
  }],
  ['fails or is skipped as upstream fails, and is asked for again', (tasks, watch) => {
    const up = tasks.task(() => NEVER.pipe(timeout({ first: 0, scheduler: queueScheduler })));
    for (const onUpstreamError of ['fail', 'skip'] as const) {
      const task = watch(tasks.task(() => 1, { upstream: { up }, onUpstreamError }));
      for (let i = 0; i < 2; i++) task.subscribe(ignore);
    }
  }],
  ['is cancelled while it waits, is queued and runs', (tasks, watch) => {
    const waiting = watch(tasks.task(() => 1, { upstream: { up: NEVER } }));
    waiting.subscribe(ignore);
    waiting.cancel();
    waiting.subscribe(ignore).unsubscribe();
    const running = watch(tasks.task(() => NEVER));
    running.subscribe(ignore);
    running.cancel();
    tasks.pause();
    running.subscribe(ignore);
    running.cancel();
    tasks.resume();
  }],
  ['waits for another attempt, and for a task that it has started', (tasks, watch) => {
    watch(tasks.task((_, { attempt }) => (attempt === 1 ? fail() : 1), { policies: [withRetry(1)] })).subscribe();
    const parent = watch(tasks.task((_, { run }) => run(() => NEVER)));
    parent.subscribe(ignore).unsubscribe();
  }],
  ['is live, and completes, fails or is skipped by its upstream', (tasks, watch) => {
    for (const onUpstreamError of ['fail', 'skip'] as const) {
      const up = new BehaviorSubject(1);
      watch(tasks.task(() => NEVER, { upstream: { up }, join: 'combineLatest', onUpstreamError })).subscribe(ignore);
      up.error(new Error('x'));
      const held = new BehaviorSubject(1);
      tasks.pause();
      watch(tasks.task(() => NEVER, { upstream: { held }, join: 'combineLatest', onUpstreamError })).subscribe(ignore);
      held.error(new Error('x'));
      tasks.resume();
    }
    const up = new BehaviorSubject(1);
    watch(tasks.task(({ up }) => of(up), { upstream: { up }, join: 'combineLatest' })).subscribe();
    up.complete();
  }],
  ['begins anew while it is queued', (tasks, watch) => {
    const user = taskFamily(() => tasks.task(() => 1));
    tasks.group('held').pause();
    watch(tasks.task(() => 1, { upstream: { user: user() }, group: 'held' })).subscribe();
    user.invalidate();
  }],
];

describe('The table of what a task can go through', () => {
  it('has every change of status that is seen, and no other', () => {
    const seen = new Set<string>();
    const watch: Watch = (task) => {
      let before: TaskStatus = task.status;
      task.state$.subscribe(({ status }) => {
        if (status !== before) seen.add(`${before} → ${status}`);
        before = status;
      });
      return task;
    };
    for (const [, live] of LIVES) live(new TaskManager(synchronous), watch);

    // One that waits too long for its slot, by a clock.
    const host = new ManualHost();
    const tasks = new TaskManager({ host, concurrency: 1 });
    tasks.add(() => NEVER);
    watch(tasks.task(() => 1, { policies: [withExpiry(5)] })).subscribe(ignore);
    host.turn();
    host.pass(5);
    host.turn();

    const table = Object.entries(TRANSITIONS).flatMap(([from, to]) => to.map((each) => `${from} → ${each}`));
    expect([...seen].sort()).toEqual(table.sort());
  });
});
