import type { ValueEqualityFn } from '@angular/core';

import type { ResultOf, TaskContext } from '../index.ts';
import { checkInjected, type InjectedTaskOptions } from './injected-options.ts';
import { makeTaskResource } from './injected-task.ts';
import type { ResourceUpstream, TaskRunInput } from './task-run-input.ts';
import type { TaskResource } from './task-resource.ts';
import { findRuntime } from './task-runtime.ts';

/** Options of {@link injectTask}. */
export interface InjectTaskOptions<R, P, Up extends ResourceUpstream> extends InjectedTaskOptions {
  /**
   * What the task is run for. It is reactive: other params replace the task, undefined leaves the
   * resource idle. Evaluated when the component is first checked, so it may read required inputs.
   */
  readonly params?: (() => P) | undefined;
  /**
   * What has to complete first: other tasks of `injectTask`, of a manager, or Observables. As a
   * dictionary their results come under its keys, as a list plain-object results are merged.
   */
  readonly upstream?: Up | undefined;
  /**
   * The function of the task: called outside the Angular zone and outside an injection context when the
   * task has got its slot. It returns a value, or a Promise, an Observable or an async iterable of values.
   */
  readonly run: (input: TaskRunInput<Exclude<NoInfer<P>, undefined>, NoInfer<Up>>, context: TaskContext) => R;
  /** Tells whether a new value is the same as the one before. Default `Object.is`. */
  readonly equal?: ValueEqualityFn<NoInfer<ResultOf<R>>> | undefined;
}

/**
 * A task of a component, directive or service, as a `Resource`: queued when the component is first
 * checked, again when `params` change, and cancelled when the component is destroyed.
 *
 * @param options - `run`, and whatever else any task may have: `group`, `priority`, `name` …
 * @throws InvalidInputError when there is no manager, and for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { HttpClient } from '@angular/common/http';
 * import { Component, inject, input, signal } from '@angular/core';
 * import { injectTask } from 'sluice/angular';
 *
 * @Component({
 *   selector: 'app-thumbnail',
 *   template: `@if (thumbnail.hasValue()) { {{ thumbnail.value().size }} bytes } @else { {{ thumbnail.phase() }} }`,
 * })
 * export class Thumbnail {
 *   readonly #http = inject(HttpClient);
 *   readonly id = input.required<string>();
 *   readonly visible = signal(false);
 *   readonly thumbnail = injectTask({
 *     group: 'thumbnails',
 *     params: () => this.id(),
 *     priority: () => (this.visible() ? 10 : 0),
 *     run: ({ params }) => this.#http.get(`/api/thumbnails/${params}`, { responseType: 'blob' }),
 *   });
 * }
 * ```
 */
export function injectTask<R, P = undefined, const Up extends ResourceUpstream = readonly []>(
  options: InjectTaskOptions<R, P, Up> & { readonly defaultValue: NoInfer<ResultOf<R>> },
): TaskResource<ResultOf<R>, Exclude<P, undefined>>;
export function injectTask<R, P = undefined, const Up extends ResourceUpstream = readonly []>(
  options: InjectTaskOptions<R, P, Up> & { readonly defaultValue?: undefined },
): TaskResource<ResultOf<R> | undefined, Exclude<P, undefined>>;
export function injectTask<R, P, Up extends ResourceUpstream>(
  options: InjectTaskOptions<R, P, Up> & { readonly defaultValue?: unknown },
): TaskResource<unknown> {
  const { params, upstream, run, priority, defaultValue, equal, onDestroy, injector, ...core } = options;
  const found = findRuntime('injectTask()', injectTask as () => unknown, injector);
  checkInjected('injectTask()', { run, onDestroy, priority }, core, found.runtime.manager);
  return makeTaskResource({
    ...found, core, priority, params, upstream, defaultValue,
    run: run as (input: object, context: TaskContext) => unknown,
    detach: onDestroy === 'detach',
    equal: equal as ValueEqualityFn<unknown> | undefined,
  });
}
