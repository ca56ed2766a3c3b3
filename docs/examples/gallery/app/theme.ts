import { DOCUMENT, effect, inject, Service, signal } from '@angular/core';

/** Light or dark: as the system has it, until someone says otherwise. */
@Service()
export class Theme {
  readonly #document = inject(DOCUMENT);
  readonly #dark = signal(matchMedia('(prefers-color-scheme: dark)').matches);
  readonly dark = this.#dark.asReadonly();

  constructor() {
    effect(() => { this.#document.documentElement.dataset['theme'] = this.#dark() ? 'dark' : 'light'; });
  }

  toggle(): void {
    this.#dark.update((dark) => !dark);
  }
}
