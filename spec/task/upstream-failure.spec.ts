import { NEVER, of, Subject, throwError } from 'rxjs';
import { TaskCancelledError, UpstreamFailedError } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { describeEvent } from '../support/describe-event.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

const unhandled = collectUnhandledErrors();

describe('a failed upstream', () => {
  it('fails all that is downstream at once', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const tasks = manager();
    const [bad, slow] = [cold('                   --#'), cold('----a|')];
    const upstream = tasks.task(() => bad, { name: 'load' });
    const task = tasks.task(() => 1, { name: 'show', upstream: [upstream, tasks.task(() => slow)] });
    const failed = new UpstreamFailedError('show', 'load', 'error');
    expectObservable(upstream).toBe('             --#');
    expectObservable(task).toBe('                 --#', undefined, failed);
    expectSubscriptions(slow.subscriptions).toBe('^-!');
  }));

  it('is told as an UpstreamFailedError with the first error as its cause, and the names between as its path', () => {
    const tasks = syncManager();
    const cause = new Error('404');
    const a = tasks.task(() => { throw cause; }, { name: 'a' });
    const b = tasks.task(() => 1, { name: 'b', upstream: { a } });
    const c = tasks.task(() => 1, { name: 'c', upstream: [b] });
    const { heard } = listen(c);
    expect(heard).toMatchObject([{ name: 'UpstreamFailedError', code: 'UPSTREAM_FAILED', path: ['a', 'b', 'c'] }]);
    const [error] = heard as [UpstreamFailedError];
    expect(error.cause).toBe(cause);
    expect(error.message).toContain('c cannot run');
    expect(error.message).toContain('404');
    expect(b.state.error).toMatchObject({ path: ['a', 'b'], cause });
    expect(a.state.error).toBe(cause);
  });

  it('keeps whatever was thrown, an Error or not', () => {
    const tasks = syncManager();
    for (const thrown of [undefined, null, 'text', 0]) {
      const { heard } = listen(tasks.task(() => 1, { upstream: [throwError(() => thrown)] }));
      expect((heard[0] as Error).cause).toBe(thrown);
      expect(heard[0]).toHaveProperty('cause');
    }
  });

  it('may be an Observable that throws when it is subscribed to, which harms none of those queued with it', async () => {
    const tasks = syncManager();
    const closed = new Subject<object>();
    closed.unsubscribe();
    const bad = tasks.task(() => 1, { name: 'bad', upstream: { closed } });
    const good = tasks.task(() => 2, { name: 'good', upstream: [of({})] });
    const both = tasks.add(() => 3, { upstream: { bad, good } });
    const kept = tasks.add(() => 4, { upstream: { good } });
    expect(bad.state.error).toMatchObject({ name: 'UpstreamFailedError', path: ['closed', 'bad'], cause: { name: 'ObjectUnsubscribedError' } });
    expect([both.status, good.status, kept.status]).toEqual(['failed', 'completed', 'completed']);
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
    await tasks.onIdle();
    await reported();
    expect(unhandled).toEqual([]);
  });

  class Unreadable extends Error {
    override get message(): string {
      throw new TypeError('not for you');
    }
  }
  const revoked = (): object => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };

  it.each<[string, () => unknown]>([
    ['whose message cannot be read', () => new Unreadable()],
    ['whose message is a symbol', () => Object.assign(new Error('x'), { message: Symbol('x') })],
    ['that is a revoked proxy', revoked],
    ['that is an error behind a proxy which refuses', () => new Proxy(new Error('x'), { getPrototypeOf: () => { throw new TypeError('not for you'); } })],
  ])('is passed on with an error %s, and so are later failures', async (_, make) => {
    const tasks = syncManager();
    const cause = make();
    const upstream = tasks.task((): object => { throw cause; }, { name: 'load' });
    const [merged, further] = [tasks.task(() => ({}), { name: 'merge', upstream: [upstream] }), tasks.task(() => 1, { name: 'show', upstream: [] })];
    const last = tasks.add(() => 1, { name: 'show', upstream: [merged, further] });
    expect([merged.status, last.status]).toEqual(['failed', 'failed']);
    const error = last.state.error as UpstreamFailedError;
    expect(error.cause === cause).toBe(true);
    expect(error.path).toEqual(['load', 'merge', 'show']);
    expect(error.message).toBe('show cannot run: its upstream merge failed.');
    const later = tasks.task(() => { throw new Error('later'); });
    expect(tasks.add(() => 1, { upstream: [later] }).state.error).toMatchObject({ cause: { message: 'later' } });
    expect(tasks.state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
    await reported();
    expect(unhandled).toEqual([]);
  });

  it('goes on through an Observable between two tasks', () => {
    const [tasks, others] = [syncManager(), syncManager()];
    const a = tasks.task(() => { throw new Error('x'); }, { name: 'a' });
    const b = tasks.task(() => 1, { name: 'b', upstream: [a] });
    const { heard } = listen(others.task(() => 1, { name: 'c', upstream: { key: b } }));
    expect(heard).toMatchObject([{ path: ['a', 'b', 'c'], cause: { message: 'x' } }]);
  });

  it('fails each task once, though it is downstream by several ways', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const failed: string[] = [];
    tasks.failed$.subscribe(({ task }) => failed.push(task.name));
    const top = tasks.task(() => source, { name: 'top' });
    const left = tasks.task(() => 1, { name: 'left', upstream: [top] });
    const right = tasks.task(() => 1, { name: 'right', upstream: [top] });
    const bottom = listen(tasks.task(() => 1, { name: 'bottom', upstream: [left, right, top] }));
    source.error(new Error('x'));
    expect(failed).toEqual(['top', 'left', 'right', 'bottom']);
    expect(bottom.heard).toMatchObject([{ path: ['top', 'bottom'] }]);
  });

  it('never calls the function of what is downstream', () => {
    const tasks = syncManager();
    const fn = vi.fn();
    tasks.add(fn, { upstream: [tasks.task(() => { throw new Error('x'); })] });
    expect(fn).not.toHaveBeenCalled();
  });

  it('has upstream that no one else needs withdrawn, and leaves what someone needs', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const bad = tasks.task(() => source);
    const [lone, wanted] = [tasks.task(() => NEVER), tasks.add(() => NEVER)];
    tasks.add(() => 1, { upstream: [bad, lone, wanted] });
    source.error(new Error('x'));
    expect([lone.status, wanted.status]).toEqual(['cancelled', 'running']);
  });

  it('frees its slot for the next', () => {
    const tasks = syncManager({ concurrency: 1 });
    const source = new Subject<object>();
    const bad = tasks.task(() => source);
    tasks.add(() => 1, { upstream: [bad] });
    const next = tasks.add(() => 2);
    expect(next.status).toBe('queued');
    source.error(new Error('x'));
    expect(next.status).toBe('completed');
  });

  it('fails a task that had begun to wait for others, which may emit later for nothing', () => {
    const tasks = syncManager();
    const [bad, late] = [new Subject<object>(), new Subject<object>()];
    const { heard } = listen(tasks.task(() => 1, { upstream: [bad, late] }));
    bad.error(new Error('x'));
    late.next({});
    late.complete();
    expect(heard).toMatchObject([{ name: 'UpstreamFailedError' }]);
    expect(late.observed).toBe(false);
  });

  it('waits for the cascade before it when it happens in the middle of another failure', () => {
    const tasks = syncManager();
    const [one, two] = [new Subject<object>(), new Subject<object>()];
    const events: string[] = [];
    tasks.failed$.subscribe((event) => events.push(describeEvent(event)));
    const a = tasks.task(() => one, { name: 'a' });
    const b = tasks.task(() => two, { name: 'b' });
    tasks.add(() => 1, { name: 'after a', upstream: [a] });
    tasks.add(() => 1, { name: 'after b', upstream: [b] });
    a.subscribe({ error: () => { two.error(new Error('b')); } });
    one.error(new Error('a'));
    expect(events).toEqual(['failed a', 'failed after a', 'failed b', 'failed after b']);
  });
});

describe('a cancelled upstream', () => {
  it('cancels all that is downstream, with one error for all', () => {
    const tasks = syncManager();
    const a = tasks.task(() => NEVER, { name: 'a' });
    const b = tasks.task(() => 1, { name: 'b', upstream: [a] });
    const [first, second] = [listen(a), listen(tasks.task(() => 1, { name: 'c', upstream: { b, x: of(1) } }))];
    a.cancel();
    expect(first.heard).toEqual([expect.any(TaskCancelledError)]);
    expect(second.heard[0]).toBe(first.heard[0]);
    expect(first.heard).toMatchObject([{ name: 'AbortError', code: 'TASK_CANCELLED', cancelled: 'a' }]);
    expect(b.status).toBe('cancelled');
  });
});
