import { DestroyRef, ElementRef, inject, Service, type Signal, signal } from '@angular/core';

type Write = (seen: boolean) => void;

/** One observer for all elements that are watched with the same margin. */
@Service()
class Viewport {
  readonly #observers = new Map<string, IntersectionObserver>();
  readonly #writers = new WeakMap<Element, Map<string, Write>>();

  watch(element: Element, margin: string, write: Write): () => void {
    let observer = this.#observers.get(margin);
    if (!observer) {
      observer = new IntersectionObserver((entries) => {
        for (const { target, isIntersecting } of entries) this.#writers.get(target)?.get(margin)?.(isIntersecting);
      }, { rootMargin: margin });
      this.#observers.set(margin, observer);
    }
    const writers = this.#writers.get(element) ?? new Map<string, Write>();
    this.#writers.set(element, writers.set(margin, write));
    observer.observe(element);
    return () => { observer.unobserve(element); };
  }
}

/**
 * Whether the component's element is in the viewport, or no farther from it than `margin`; undefined until
 * the browser has looked. Needs an injection context.
 */
export function injectSeen(margin = '0px'): Signal<boolean | undefined> {
  const seen = signal<boolean | undefined>(undefined);
  const stop = inject(Viewport).watch(inject<ElementRef<HTMLElement>>(ElementRef).nativeElement, margin, (now) => { seen.set(now); });
  inject(DestroyRef).onDestroy(stop);
  return seen.asReadonly();
}
