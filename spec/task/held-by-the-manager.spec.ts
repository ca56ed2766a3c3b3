import { setImmediate as macrotask } from 'node:timers/promises';

import { NEVER, Subject } from 'rxjs';
import { type Task, TaskManager } from 'sluice';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

const unhandled = collectUnhandledErrors();

describe('add', () => {
  it('queues the task now, whoever listens', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const tasks = manager({ concurrency: 1 });
    const [first, second] = [cold('             --a|'), cold('   --b|')];
    tasks.add(() => first);
    const task = tasks.add(() => second);
    expectObservable(task, '     ----^').toBe('  -----b|');
    expectSubscriptions(first.subscriptions).toBe(' ^--!');
    expectSubscriptions(second.subscriptions).toBe('---^--!');
  }));

  it('is task and start', () => {
    const tasks = syncManager();
    const fn = vi.fn(() => NEVER);
    const task = tasks.task(fn);
    expect(task.start()).toBe(task);
    expect(task.status).toBe('running');
    task.start();
    expect(fn).toHaveBeenCalledOnce();
  });

  it('keeps a task that its subscribers have left', () => {
    const task = syncManager().add(() => NEVER);
    task.subscribe().unsubscribe();
    expect(task.status).toBe('running');
  });

  it('keeps a task that was subscribed to before it was started', () => {
    const task = syncManager().task(() => NEVER);
    const subscription = task.subscribe();
    task.start();
    subscription.unsubscribe();
    expect(task.status).toBe('running');
  });

  it('keeps it for one run: after that it is wanted by its subscribers alone', () => {
    const source = new Subject<never>();
    const task = syncManager().add((_, { attempt }) => (attempt === 1 ? source : NEVER));
    source.error('broken');
    expect(task.status).toBe('failed');
    task.subscribe().unsubscribe();
    expect(task.status).toBe('cancelled');
  });

  it('has upstream queued with it', () => {
    const tasks = syncManager();
    const upstream = tasks.task(() => ({ a: 1 }));
    const task = tasks.add(({ a }) => a, { upstream: [upstream] });
    expect([upstream.status, task.status]).toEqual(['completed', 'completed']);
  });
});

describe('a failure that no one listens to', () => {
  it.each([
    ['a throw', () => { throw new Error('boom'); }],
    ['a rejection', () => Promise.reject(new Error('boom'))],
  ])('is an event, never an unhandled error or rejection: %s', async (_, fn: () => unknown) => {
    const rejections = vi.fn();
    process.on('unhandledRejection', rejections);
    onTestFinished(() => void process.off('unhandledRejection', rejections));

    const tasks = new TaskManager();
    const failed = listen(tasks.failed$).heard;
    const task = tasks.add(fn);
    tasks.add(() => 1, { upstream: [task] });
    await tasks.onIdle();

    await reported();
    expect(unhandled).toEqual([]);
    expect(rejections).not.toHaveBeenCalled();
    expect(failed).toMatchObject([{ type: 'failed', error: { message: 'boom' } }, { error: { name: 'UpstreamFailedError' } }]);
    expect(task.state).toMatchObject({ status: 'failed', error: { message: 'boom' } });
  });

  it('is reported when the one subscriber of a cold task has no error handler, as with any Observable', async () => {
    const task = syncManager().task(() => { throw new Error('boom'); });
    task.subscribe();
    task.subscribe(() => {});
    await reported();
    expect(unhandled).toMatchObject([{ message: 'boom' }, { message: 'boom' }]);
  });
});

describe('get', () => {
  it('finds a task by its id as long as it is unsettled', () => {
    const tasks = syncManager();
    const source = new Subject<number>();
    const running = tasks.add(() => source, { group: 'g' });
    const waiting = tasks.add(() => 1, { upstream: [running] });
    expect([running.id, waiting.id]).toEqual([1, 2]);
    expect(tasks.get(1)).toBe(running);
    expect(tasks.get(2)).toBe(waiting);
    const later = tasks.add(() => NEVER);
    expect(tasks.get(3)).toBe(later);
    source.complete();
    expect([tasks.get(1), tasks.get(2)]).toEqual([undefined, undefined]);
    expect(tasks.get(99)).toBeUndefined();
  });
});

describe('a settled task', () => {
  it.each<[string, (tasks: TaskManager) => Task<unknown>]>([
    ['completed', (tasks) => tasks.add(() => ({ some: 'result' }), { group: 'g' })],
    ['completed with upstream', (tasks) => tasks.add(({ a }) => ({ a }), { upstream: [tasks.task(() => ({ a: 1 }))] })],
    ['failed', (tasks) => tasks.add(() => { throw new Error('x'); })],
    ['cancelled', (tasks) => {
      const task = tasks.add(() => NEVER, { group: 'g' });
      tasks.get(task.id);
      task.cancel();
      return task;
    }],
    ['withdrawn', (tasks) => {
      const task = tasks.task(() => NEVER);
      task.subscribe().unsubscribe();
      return task;
    }],
    ['invalidated', (tasks) => {
      const task = tasks.add(() => 1);
      task.invalidate();
      task.subscribe();
      return task;
    }],
  ])('is not held by its manager when it has %s', async (_, make) => {
    const tasks = syncManager();
    tasks.state$.subscribe();
    const references = Array.from({ length: 3 }, () => new WeakRef(make(tasks)));
    await macrotask();
    globalThis.gc!();
    expect(references.map((reference) => reference.deref())).toEqual([undefined, undefined, undefined]);
    expect(tasks.state.counts.running).toBe(0);
  });
});
