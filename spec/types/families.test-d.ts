import type { RetryConfig } from 'rxjs';
import { type DataPolicy, type Task, taskFamily, type TaskManager, type TaskPolicy, type TaskRetrying, withExpiry, withRetry, withTimeout } from 'sluice';
import { describe, expectTypeOf, it } from 'vitest';

declare const tasks: TaskManager;

describe('a family of tasks', () => {
  const users = taskFamily((id: number) => tasks.task(async () => ({ id }), { group: 'api' }), { keepFor: 1000 });

  it('is of the type of its tasks', () => {
    expectTypeOf(users(7)).toEqualTypeOf<Task<{ id: number }>>();
    expectTypeOf(tasks.task(({ user }) => user.id, { upstream: { user: users(7) } })).toEqualTypeOf<Task<number>>();
  });

  it('takes the arguments of the function that makes them', () => {
    // @ts-expect-error an id is a number
    users('7');
    // @ts-expect-error and is needed
    users();
    users.invalidate(7);
    users.invalidate((id) => id < 10);
    users.invalidate();
    // @ts-expect-error neither an id nor a function that picks
    users.invalidate('7');
    // @ts-expect-error a time is a number
    taskFamily(() => tasks.task(() => 1), { keepFor: '1 min' });
    // @ts-expect-error what is made is no task
    taskFamily(() => 1);
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
