import type { HttpClient } from '@angular/common/http';
import type { Resource, WritableSignal } from '@angular/core';
import { of } from 'rxjs';
import { TaskManager, type TaskStatus } from 'sluice';
import { injectTask, injectTaskRunner, provideTasks, type TaskHandle, type TaskResource, withTask } from 'sluice/angular';
import { describe, expectTypeOf, it } from 'vitest';

interface User { readonly id: number; readonly team: string }
declare const http: HttpClient;
declare const id: () => number | undefined;

describe('injectTask', () => {
  it('has the values of what `run` returns', () => {
    expectTypeOf(injectTask({ run: () => 1 })).toEqualTypeOf<TaskResource<number | undefined, undefined>>();
    expectTypeOf(injectTask({ run: async () => 'a' }).value).toEqualTypeOf<WritableSignal<string | undefined>>();
    expectTypeOf(injectTask({ run: () => http.get<User>('/user') }).value()).toEqualTypeOf<User | undefined>();
    expectTypeOf(injectTask({ run: () => http.get<User>('/user'), defaultValue: { id: 0, team: '' } }).value()).toEqualTypeOf<User>();
    expectTypeOf(injectTask({ run: () => 1 }).phase()).toEqualTypeOf<TaskStatus>();
  });

  it('gives `run` params that are not undefined', () => {
    const task = injectTask({
      params: id,
      run: ({ params, signal, progress }, context) => {
        expectTypeOf(params).toEqualTypeOf<number>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        progress(0.5);
        return context.attempt;
      },
    });
    expectTypeOf(task.params()).toEqualTypeOf<number | undefined>();
  });

  it('gives `run` the results of upstream, by key or merged', () => {
    const user = injectTask({ params: id, run: ({ params }) => http.get<User>(`/users/${params}`) });
    const theme = new TaskManager().task(() => ({ dark: true }));
    injectTask({
      upstream: { user, theme, size: of(1) },
      run: ({ user, theme, size }) => {
        expectTypeOf(user).toEqualTypeOf<User>();
        expectTypeOf(theme).toEqualTypeOf<{ dark: boolean }>();
        expectTypeOf(size).toEqualTypeOf<number>();
      },
    });
    injectTask({
      upstream: [user, theme],
      run: ({ team, dark }) => {
        expectTypeOf(team).toEqualTypeOf<string>();
        expectTypeOf(dark).toEqualTypeOf<boolean>();
      },
    });
    // @ts-expect-error no upstream supplies it
    injectTask({ upstream: { user }, run: ({ team }) => String(team) });
  });

  it('has a value once it says so', () => {
    const user = injectTask({ run: () => http.get<User>('/user') });
    if (user.hasValue()) expectTypeOf(user.value()).toEqualTypeOf<User>();
  });

  it('is a Resource', () => {
    expectTypeOf(injectTask({ run: () => 1 })).toExtend<Resource<number | undefined>>();
    expectTypeOf(injectTask({ run: () => 1, defaultValue: 0 })).toExtend<Resource<number>>();
  });

  it('refuses what does not exist', () => {
    // @ts-expect-error a typing error
    injectTask({ run: () => 1, prioritty: 1 });
    // @ts-expect-error one of two
    injectTask({ run: () => 1, onDestroy: 'keep' });
    // @ts-expect-error its default is no value of it
    injectTask({ run: () => 1, defaultValue: 'a' });
    // @ts-expect-error a typing error in a group
    provideTasks({ groups: { a: { concurency: 1 } } });
    // @ts-expect-error the host is its own
    provideTasks({ host: null });
    // @ts-expect-error a typing error
    withTask({ prio: 1 });
  });
});

describe('injectTaskRunner', () => {
  it('is called with what `run` takes, and has its values', () => {
    const upload = injectTaskRunner({ run: (file: { name: string }, { progress }) => { progress(1); return of(file.name.length); } });
    expectTypeOf(upload.run({ name: 'a' })).toEqualTypeOf<TaskHandle<number, { name: string }>>();
    expectTypeOf(upload.handles()).toEqualTypeOf<readonly TaskHandle<number, { name: string }>[]>();
    // @ts-expect-error it takes a file
    upload.run(1);
  });
});
