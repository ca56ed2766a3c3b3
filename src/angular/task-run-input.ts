import type { Signal } from '@angular/core';

import type { KwargsOf, OnUpstreamError, Task, TaskContext, Upstream, UpstreamWithPolicy } from '../index.ts';

/** What has a task of its own for each run: a `TaskResource`. */
export interface TaskSource<T> {
  readonly task: Signal<Task<T> | undefined>;
}

type UpstreamOf<Input> =
  Input extends TaskSource<infer T> ? Task<T>
  : Input extends { readonly from: TaskSource<infer T> } ? Omit<Input, 'from'> & { readonly from: Task<T> }
  : Input;

/** What a task of `injectTask` depends on: other such tasks, tasks of a manager, and other `ObservableInput`s. */
export type ResourceUpstream =
  | readonly (TaskSource<unknown> | UpstreamInputs)[]
  | Readonly<Record<string, TaskSource<unknown> | UpstreamInputs | UpstreamWithPolicy<TaskSource<unknown> | UpstreamInputs>>>;

type UpstreamInputs = Extract<Upstream, readonly unknown[]>[number];

/** The same in the terms of a manager. */
export type ManagerUpstream<Up> = { readonly [Key in keyof Up]: UpstreamOf<Up[Key]> };

/** What `run` is called with: the results of upstream, `params`, and how to report and to notice a cancel. */
export type TaskRunInput<P, Up, OnError extends OnUpstreamError = 'fail'> = KwargsOf<{}, ManagerUpstream<Up> extends infer U extends Upstream ? U : readonly [], OnError>
  & { readonly params: P } & Pick<TaskContext, 'signal' | 'progress'>;
