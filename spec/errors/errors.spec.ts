import { KwargsConflictError, TaskCancelledError, TaskManager, TaskManagerClosedError, UpstreamFailedError } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { synchronous } from '../support/synchronous.ts';

describe('KwargsConflictError', () => {
  it('names the key and both who supply it', () => {
    const error = new KwargsConflictError('user', ['kwargs', 'load profile']);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'KwargsConflictError',
      code: 'KWARGS_CONFLICT',
      key: 'user',
      sources: ['kwargs', 'load profile'],
      message:
        'The kwarg "user" is supplied by kwargs and by load profile. Give upstream as { key: task }, or set onConflict.',
    });
    expect('cause' in error).toBe(false);
    expect(String(error)).toMatch(/^KwargsConflictError: The kwarg "user"/);
  });
});

describe('TaskCancelledError', () => {
  it('is an AbortError, as that of fetch', () => {
    const error = new TaskCancelledError('load');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'AbortError', code: 'TASK_CANCELLED', cancelled: 'load', message: 'load was cancelled.',
    });
    expect('cause' in error).toBe(false);
  });

  it('takes a cause', () => {
    const cause = new Error('why');
    expect(new TaskCancelledError('load', { cause }).cause).toBe(cause);
  });

  it('takes no stack trace, and leaves those of other errors alone', () => {
    expect(new TaskCancelledError('load').stack).not.toContain(' at ');
    expect(new UpstreamFailedError('page', 'user', new Error('404')).stack).not.toContain(' at ');
    expect(new Error('other').stack).toContain(' at ');
  });

  it('can be made where built-in objects are frozen, with a stack trace then', () => {
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor;
    Object.defineProperty(Error, 'stackTraceLimit', { ...limit, writable: false });
    try {
      expect(new TaskCancelledError('load').cancelled).toBe('load');
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', limit);
    }
  });

  it('says what was cancelled: the task, its group, or all', () => {
    const tasks = new TaskManager({ ...synchronous });
    const cancelledBy = (cancel: (task: ReturnType<typeof tasks.add>) => void): string => {
      const task = tasks.add(() => new Promise(() => {}), { name: 'load', group: 'api' });
      const { heard } = listen(task);
      cancel(task);
      expect(heard).toHaveLength(1);
      expect(heard[0]).toBeInstanceOf(TaskCancelledError);
      return (heard[0] as TaskCancelledError).message;
    };
    expect(cancelledBy((task) => { task.cancel(); })).toBe('load was cancelled.');
    expect(cancelledBy(() => { tasks.group('api').cancel(); })).toBe('group api was cancelled.');
    expect(cancelledBy(() => { tasks.cancelAll(); })).toBe('every task was cancelled.');
  });

  it('is one for all that one cancel() ends, and the reason of their signals', () => {
    const tasks = new TaskManager({ ...synchronous });
    const signals: AbortSignal[] = [];
    const jobs = ['a', 'b'].map((name) => tasks.add((_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    }, { name }));
    const heard = jobs.flatMap((job) => [listen(job), listen(job)]);
    tasks.cancelAll();
    const errors = heard.flatMap((each) => each.heard);
    expect(errors).toHaveLength(4);
    expect(new Set([...errors, ...signals.map((signal): unknown => signal.reason)]).size).toBe(1);
    expect(errors[0]).toBeInstanceOf(TaskCancelledError);
  });
});

describe('TaskManagerClosedError', () => {
  it('says that the manager is closed', () => {
    const error = new TaskManagerClosedError();
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'TaskManagerClosedError', code: 'TASK_MANAGER_CLOSED', message: 'The manager is closed and takes no more work.',
    });
  });

  it('is what calls throw and subscribers receive after close()', async () => {
    const tasks = new TaskManager();
    const early = tasks.task(() => 1);
    await tasks.close();
    expect(() => tasks.task(() => 1)).toThrow(TaskManagerClosedError);
    expect(() => tasks.add(() => 1)).toThrow(TaskManagerClosedError);
    expect(() => tasks.passThrough({})).toThrow(TaskManagerClosedError);
    expect(() => early.start()).toThrow(TaskManagerClosedError);
    expect(listen(early).heard).toEqual([new TaskManagerClosedError()]);
  });
});
