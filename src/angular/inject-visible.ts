import { isPlatformServer } from '@angular/common';
import { assertInInjectionContext, DestroyRef, ElementRef, inject, InjectionToken, Injector, NgZone, PLATFORM_ID, signal, type Signal } from '@angular/core';

import { InvalidInputError } from '../index.ts';
import { refuseUnknown } from './refuse-unknown.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** Options of {@link injectVisible}. */
export interface VisibleOptions {
  /** How near an element has to be to count: what CSS takes for a margin, such as `'200px'`. Default `'0px'`. */
  readonly margin?: string | undefined;
  /** That of the component or directive whose element is meant. Needed outside an injection context. Default: that of the caller. */
  readonly injector?: Injector | undefined;
}

/** The elements that are watched by one observer, with what they write. */
type Writers = Map<Element, Set<(visible: boolean) => void>>;

/** One observer for all elements of an application that are watched with the same margin. */
type Viewport = Map<string, { readonly observer: IntersectionObserver; readonly writers: Writers }>;

const VIEWPORT: InjectionToken<Viewport> = new InjectionToken<Viewport>('', { providedIn: 'root', factory: () => new Map() });

/**
 * Whether the element of the component or directive is in the viewport, or near it: as a signal that is undefined
 * until the browser has looked, and on a server. Where nothing can look (there is no `IntersectionObserver`, as in
 * jsdom) everything counts as visible.
 *
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { Component, input } from '@angular/core';
 * import { injectTask, injectVisible } from 'sluice/angular';
 *
 * @Component({ selector: 'app-tile', template: '{{ tile.value() }}' })
 * export class Tile {
 *   readonly id = input.required<number>();
 *   readonly #visible = injectVisible({ margin: '200px' });
 *   readonly tile = injectTask({
 *     params: () => (this.#visible() === undefined ? undefined : this.id()), // not before it is known
 *     priority: () => (this.#visible() ? 10 : 0),
 *     run: async ({ params }) => `tile ${params}`,
 *   });
 * }
 * ```
 */
export function injectVisible(options: VisibleOptions = {}): Signal<boolean | undefined> {
  if (ngDevMode) refuseWrong(options);
  const { margin = '0px', injector = inject(Injector) } = options;
  const visible = signal<boolean | undefined>(undefined);
  const destroyRef = injector.get(DestroyRef);
  if (destroyRef.destroyed || isPlatformServer(injector.get(PLATFORM_ID))) return visible.asReadonly();
  if (typeof IntersectionObserver === 'undefined') visible.set(true);
  else {
    const element = (injector.get(ElementRef) as ElementRef<Element>).nativeElement;
    const viewport = injector.get(VIEWPORT);
    let watched = viewport.get(margin);
    if (!watched) viewport.set(margin, watched = watch(margin, injector.get(NgZone)));
    const { observer, writers } = watched;
    const own = writers.get(element) ?? new Set();
    const write = (now: boolean): void => { visible.set(now); };
    writers.set(element, own.add(write));
    observer.observe(element);
    destroyRef.onDestroy(() => {
      own.delete(write);
      if (own.size > 0) return;
      writers.delete(element);
      observer.unobserve(element);
      if (writers.size > 0) return;
      observer.disconnect();
      viewport.delete(margin);
    });
  }
  return visible.asReadonly();
}

function watch(rootMargin: string, zone: NgZone): { observer: IntersectionObserver; writers: Writers } {
  const writers: Writers = new Map();
  const observer = zone.runOutsideAngular(() => new IntersectionObserver((entries) => {
    zone.run(() => {
      for (const { target, isIntersecting } of entries) for (const write of writers.get(target) ?? []) write(isIntersecting);
    });
  }, { rootMargin }));
  return { observer, writers };
}

function refuseWrong(options: VisibleOptions): void {
  refuseUnknown('injectVisible()', options, ['margin', 'injector']);
  const { margin, injector } = options;
  if (margin !== undefined && (typeof margin !== 'string' || !/\d/.test(margin))) {
    throw new InvalidInputError('injectVisible(): margin', "what CSS takes for a margin, such as '200px'", margin);
  }
  if (!injector) assertInInjectionContext(injectVisible);
}
