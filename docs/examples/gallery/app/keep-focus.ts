import { afterNextRender, DestroyRef, DOCUMENT, inject, Injector } from '@angular/core';
import { NavigationEnd, Router } from '@angular/router';
import { filter, pairwise } from 'rxjs';

/**
 * Keeps the focus when the element that had it goes with its page: gives it to the link to the page one comes from,
 * if the new page has one, else to the content of the new page. Needs an injection context.
 */
export function keepFocus(): void {
  const [document, injector] = [inject(DOCUMENT), inject(Injector)];
  let stop = (): void => { /* nothing is looked for yet */ };
  const visits = inject(Router).events.pipe(filter((event) => event instanceof NavigationEnd), pairwise());
  const subscription = visits.subscribe(([{ urlAfterRedirects: before }]) => {
    stop();
    afterNextRender(() => {
      const main = document.querySelector('main')!;
      // Main stays when pages change, with the focus, if it has got it by the last of them.
      if (document.activeElement !== document.body && document.activeElement !== main) return;
      main.focus({ preventScroll: true });
      // Tiles come later than their page, once it is known which of them are in view.
      const look = (): void => {
        if (document.activeElement !== main) stop();
        else main.querySelector<HTMLElement>(`app-photo-tile a[href="${CSS.escape(before)}"]`)?.focus({ preventScroll: true });
      };
      const observer = new MutationObserver(look);
      stop = () => { observer.disconnect(); };
      observer.observe(main, { childList: true, subtree: true });
      look();
    }, { injector });
  });
  inject(DestroyRef).onDestroy(() => {
    subscription.unsubscribe();
    stop();
  });
}
