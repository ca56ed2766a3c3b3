import { throwError } from 'rxjs';
import { type Task, TaskManager, UpstreamFailedError } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { synchronous } from '../support/synchronous.ts';

/** What a task fails with. */
function failureOf(task: Task<unknown>): UpstreamFailedError {
  const { heard } = listen(task);
  expect(heard).toHaveLength(1);
  expect(heard[0]).toBeInstanceOf(UpstreamFailedError);
  return heard[0] as UpstreamFailedError;
}

describe('UpstreamFailedError', () => {
  it('has the first error as cause, and names the task and its upstream', () => {
    const cause = new Error('404');
    const error = new UpstreamFailedError('page', 'user', cause);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'UpstreamFailedError',
      code: 'UPSTREAM_FAILED',
      path: ['user', 'page'],
      message: 'page cannot run: its upstream user failed (404).',
    });
    expect(error.cause).toBe(cause);
  });

  it.each([['a string', 'text'], ['undefined', undefined], ['null', null], ['an object', { status: 404 }]])('takes %s for a cause as it is', (_, cause) => {
    const error = new UpstreamFailedError('page', 'user', cause);
    expect(error.cause).toBe(cause);
    expect('cause' in error).toBe(true);
    expect(error.message).toBe('page cannot run: its upstream user failed.');
  });

  it('made of another one leads on from it: the same cause, a longer path', () => {
    const cause = new Error('404');
    const first = new UpstreamFailedError('b', 'a', cause);
    const second = new UpstreamFailedError('c', 'b', first);
    const third = new UpstreamFailedError('d', 'c', second);
    expect(third.cause).toBe(cause);
    expect(third.path).toEqual(['a', 'b', 'c', 'd']);
    expect(third.message).toBe('d cannot run: its upstream c failed (404).');
    // Those it was made of are as they were.
    expect(second.path).toEqual(['a', 'b', 'c']);
    expect(first.path).toEqual(['a', 'b']);
  });

  it('names the way through a chain of tasks, to each task its own', () => {
    const tasks = new TaskManager({ ...synchronous });
    const cause = new Error('404');
    const a = tasks.task((): object => { throw cause; }, { name: 'a' });
    const b = tasks.task(() => ({}), { name: 'b', upstream: [a] });
    const c = tasks.task(() => ({}), { name: 'c', upstream: { b } });
    const [ofB, ofC] = [b, c].map((task) => failureOf(task));
    expect(ofB?.path).toEqual(['a', 'b']);
    expect(ofC?.path).toEqual(['a', 'b', 'c']);
    expect([ofB?.cause, ofC?.cause]).toEqual([cause, cause]);
    expect(listen(a).heard).toEqual([cause]);
  });

  it('names the branch that failed first where branches meet', () => {
    const tasks = new TaskManager({ ...synchronous });
    const top = tasks.task((): object => { throw new Error('top'); }, { name: 'top' });
    const left = tasks.task(() => ({}), { name: 'left', upstream: [top] });
    const right = tasks.task(() => ({}), { name: 'right', upstream: [top] });
    const bottom = tasks.task(() => ({}), { name: 'bottom', upstream: [left, right] });
    expect(failureOf(bottom).path).toEqual(['top', 'left', 'bottom']);
  });

  it('names an upstream that is no task by its key or its place', () => {
    const tasks = new TaskManager({ ...synchronous });
    const source = throwError(() => new Error('offline'));
    expect(failureOf(tasks.task(() => 1, { name: 'page', upstream: { user: source } })).path).toEqual([expect.stringContaining('user'), 'page']);
    expect(failureOf(tasks.task(() => 1, { name: 'page', upstream: [source] })).path).toEqual([expect.stringContaining('0'), 'page']);
  });

  it('keeps the path of a long chain whole', () => {
    let error: unknown = new Error('first');
    for (let i = 1; i <= 10_000; i++) error = new UpstreamFailedError(String(i), String(i - 1), error);
    const { path, cause } = error as UpstreamFailedError;
    expect(path).toHaveLength(10_001);
    expect([path[0], path[1], path.at(-1)]).toEqual(['0', '1', '10000']);
    expect(cause).toEqual(new Error('first'));
  });
});
