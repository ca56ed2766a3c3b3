import { DOCUMENT, isPlatformServer } from '@angular/common';
import { assertInInjectionContext, DestroyRef, effect, inject, Injector, NgZone, PLATFORM_ID, untracked } from '@angular/core';
import { EMPTY, filter, fromEvent, interval, merge, type Observable, pairwise } from 'rxjs';

import { InvalidInputError } from '../index.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import type { TaskSource } from './task-run-input.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** When {@link withRefetch} loads again. */
export interface RefetchOptions {
  /** Whether it does when the user comes back to the page: when that becomes visible. Default false. */
  readonly onFocus?: boolean | undefined;
  /** Whether it does when the browser says that it is online again. Default false. */
  readonly onReconnect?: boolean | undefined;
  /** After how many milliseconds, again and again, while the page is visible. Default: never. */
  readonly every?: number | undefined;
  /**
   * Whether it does when its result is forgotten: by `invalidate()` of its task or of one upstream, or by key or
   * prefix with {@link injectInvalidate}. For resources of `injectTask`. Default false.
   */
  readonly onInvalidate?: boolean | undefined;
  /** Whose end ends it. Needed outside an injection context. Default: that of the caller. */
  readonly injector?: Injector | undefined;
}

/** What can be loaded again: a `TaskResource`, and any `resource()` or `httpResource()`. */
export interface Refetchable {
  reload(): unknown;
}

/**
 * Loads a resource again when it may be out of date, until its component or service is destroyed. The value is
 * kept meanwhile, and one that is loading is left alone. On a server it does nothing.
 *
 * @returns the resource
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { HttpClient } from '@angular/common/http';
 * import { Component, inject } from '@angular/core';
 * import { injectTask, withRefetch } from 'sluice/angular';
 *
 * @Component({ selector: 'app-inbox', template: `{{ inbox.value()?.length }}` })
 * export class Inbox {
 *   readonly #http = inject(HttpClient);
 *   readonly inbox = withRefetch(
 *     injectTask({ key: 'inbox', run: () => this.#http.get<string[]>('/api/inbox') }),
 *     { onFocus: true, onReconnect: true, every: 60_000, onInvalidate: true },
 *   );
 * }
 * ```
 */
export function withRefetch<R extends Refetchable>(resource: R, options: RefetchOptions): R {
  if (ngDevMode) refuseWrong(resource, options);
  const { onFocus, onReconnect, every, onInvalidate, injector = inject(Injector) } = options;
  const destroyRef = injector.get(DestroyRef);
  if (destroyRef.destroyed || isPlatformServer(injector.get(PLATFORM_ID))) return resource;
  const document = injector.get(DOCUMENT);
  const zone = injector.get(NgZone);
  const visible = (): boolean => document.visibilityState !== 'hidden';
  const reload = (): void => { zone.run(() => { untracked(() => resource.reload()); }); };
  const occasions: Observable<unknown> = merge(
    onFocus ? fromEvent(document, 'visibilitychange').pipe(filter(visible)) : EMPTY,
    onReconnect ? fromEvent(document.defaultView!, 'online') : EMPTY,
    every === undefined ? EMPTY : interval(every).pipe(filter(visible)),
  );
  const subscription = zone.runOutsideAngular(() => occasions.subscribe(reload));
  destroyRef.onDestroy(() => { subscription.unsubscribe(); });
  if (onInvalidate) {
    effect((onCleanup) => {
      // The one that has completed: what is shown is its result.
      const states = (resource as R & TaskSource<unknown>).task()?.state$.pipe(pairwise());
      const watched = zone.runOutsideAngular(() => states?.subscribe(([before, { status }]) => {
        if (before.status === 'completed' && status === 'idle') reload();
      }));
      onCleanup(() => { watched?.unsubscribe(); });
    }, { injector });
  }
  return resource;
}

function refuseWrong(resource: Refetchable, options: RefetchOptions): void {
  if (typeof (Object(resource) as Partial<Refetchable>).reload !== 'function') throw new InvalidInputError('withRefetch(): resource', 'one that has a reload()', resource);
  refuseUnknown('withRefetch()', options, ['onFocus', 'onReconnect', 'every', 'onInvalidate', 'injector']);
  const { every, onInvalidate, injector } = options;
  if (every !== undefined && !(every > 0)) throw new InvalidInputError('withRefetch(): every', 'a positive number of milliseconds', every);
  if (onInvalidate && !('task' in resource)) {
    throw new InvalidInputError('withRefetch(): onInvalidate', 'left out', onInvalidate, 'Only a resource of injectTask() has a task whose result can be forgotten.');
  }
  if (!injector) assertInInjectionContext(withRefetch);
}
