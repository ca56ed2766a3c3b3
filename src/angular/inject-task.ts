import type { ValueEqualityFn } from '@angular/core';

import type { OnUpstreamError, ResultOf, TaskContext } from '../index.ts';
import { checkProvided } from './check-provided.ts';
import type { InjectedTaskOptions } from './injected-options.ts';
import { type InjectedTaskDefinition, makeTaskResource } from './injected-task.ts';
import type { ResourceUpstream, TaskRunInput } from './task-run-input.ts';
import type { TaskResource } from './task-resource.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** Options of {@link injectTask}. */
export interface InjectTaskOptions<R, P, Up extends ResourceUpstream, OnError extends OnUpstreamError = 'fail'> extends InjectedTaskOptions<Exclude<NoInfer<P>, undefined>> {
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
  /** What it does when upstream fails or is skipped. May be said for each upstream: `{ user: { from: this.user, onError: 'skip' } }`. */
  readonly onUpstreamError?: OnError | undefined;
  /**
   * The function of the task: called outside the Angular zone and outside an injection context when the
   * task has got its slot. It returns a value, or a Promise, an Observable or an async iterable of values.
   */
  readonly run: (input: TaskRunInput<Exclude<NoInfer<P>, undefined>, NoInfer<Up>, NoInfer<OnError>>, context: TaskContext) => R;
  /**
   * Whether the value is kept while the next is loaded that other params or other upstream bring about. The status
   * is `loading` meanwhile. Default false: there is no value then. `reload()` keeps it in any case.
   */
  readonly keepPrevious?: boolean | undefined;
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
export function injectTask<R, P = undefined, const Up extends ResourceUpstream = readonly [], OnError extends OnUpstreamError = 'fail'>(
  options: InjectTaskOptions<R, P, Up, OnError> & { readonly defaultValue: NoInfer<ResultOf<R>> },
): TaskResource<ResultOf<R>, Exclude<P, undefined>>;
export function injectTask<R, P = undefined, const Up extends ResourceUpstream = readonly [], OnError extends OnUpstreamError = 'fail'>(
  options: InjectTaskOptions<R, P, Up, OnError> & { readonly defaultValue?: undefined },
): TaskResource<ResultOf<R> | undefined, Exclude<P, undefined>>;
export function injectTask<R, P, Up extends ResourceUpstream, OnError extends OnUpstreamError>(
  options: InjectTaskOptions<R, P, Up, OnError> & { readonly defaultValue?: unknown },
): TaskResource<unknown> {
  if (ngDevMode) checkProvided(injectTask as () => unknown, options.injector);
  return makeTaskResource(options as unknown as InjectedTaskDefinition);
}
