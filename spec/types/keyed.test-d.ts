import type { Observable, RetryConfig } from 'rxjs';
import { type DataPolicy, type Task, type TaskManager, type TaskPolicy, type TaskRetrying, withExpiry, withRetry, withTimeout } from 'sluice';
import { describe, expectTypeOf, it } from 'vitest';

declare const tasks: TaskManager;

describe('a task with a key', () => {
  it('is of the type that its own call says', () => {
    const user = (id: number): Task<{ id: number }> => tasks.task(async () => ({ id }), { key: `user/${id}`, keepFor: 1000 });
    expectTypeOf(tasks.task(({ user }) => user.id, { upstream: { user: user(7) }, key: 'id' })).toEqualTypeOf<Task<number>>();
    expectTypeOf(tasks.add(() => 'text', { key: 'text' })).toEqualTypeOf<Task<string>>();
    expectTypeOf(tasks.passThrough({ key: 'user', upstream: [user(7)] })).toExtend<Observable<{ id: number }>>();
  });

  it('is named by a string, and kept for a number', () => {
    // @ts-expect-error a key is a string
    tasks.task(() => 1, { key: 7 });
    // @ts-expect-error and a time a number
    tasks.task(() => 1, { key: 'one', keepFor: '1 min' });
    tasks.invalidate('user/7');
    tasks.invalidate({ prefix: 'user/' });
    // @ts-expect-error neither key nor prefix
    tasks.invalidate({ key: 'user/7' });
    // @ts-expect-error nor is that
    tasks.invalidate();
  });
});

describe('policies', () => {
  it("take RxJS's configuration and numbers of milliseconds, and leave the type of the result", () => {
    const config: RetryConfig = { count: 3, delay: 10, resetOnSuccess: true };
    expectTypeOf(tasks.task(() => 1, { policies: [withTimeout(10), withRetry(config), withExpiry(10)] })).toEqualTypeOf<Task<number>>();
    expectTypeOf(tasks.task(async () => 'a', { policies: [withRetry(3)] })).toEqualTypeOf<Task<string>>();
    withRetry({ delay: (_error, retries) => Promise.resolve(retries) });
    // @ts-expect-error no such option
    withRetry({ times: 3 });
    // @ts-expect-error no ObservableInput
    withRetry({ delay: () => 3 });
    // @ts-expect-error a timeout is a number
    withTimeout('1 s');
    // @ts-expect-error a policy is no number
    tasks.task(() => 1, { policies: [3] });
  });

  it('are data, but for a retry whose delay is a function', () => {
    expectTypeOf(withRetry(3)).toEqualTypeOf<DataPolicy>();
    expectTypeOf(withRetry({ count: 3, delay: 10 })).toEqualTypeOf<DataPolicy>();
    expectTypeOf(withRetry({ delay: () => [1] })).toEqualTypeOf<TaskPolicy>();
    expectTypeOf(withTimeout(10)).toEqualTypeOf<DataPolicy>();
    expectTypeOf(withExpiry(10)).toEqualTypeOf<DataPolicy>();
  });

  it('tell which attempt has failed', () => {
    tasks.events$.subscribe((event) => {
      if (event.type !== 'retrying') return;
      expectTypeOf(event).toEqualTypeOf<TaskRetrying>();
      expectTypeOf(event.attempt).toEqualTypeOf<number>();
      expectTypeOf(event.error).toEqualTypeOf<unknown>();
    });
  });
});
