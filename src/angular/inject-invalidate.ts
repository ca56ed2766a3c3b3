import type { Injector } from '@angular/core';

import { InvalidInputError } from '../index.ts';
import { checkProvided } from './check-provided.ts';
import { findRuntime } from './task-runtime.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** Forgets the results of tasks by their key, or of all whose keys begin with a prefix. */
export type InvalidateTasks = (which: string | { readonly prefix: string }) => void;

/**
 * Forgets results of the application by key, and what came of them downstream. What is queued or running for
 * them begins anew; what is shown loads again where it says `withRefetch(…, { onInvalidate: true })`.
 *
 * A prefix is any characters: `'user'` takes `user/7` and `username`, `'user/'` the first alone. What is returned
 * throws an InvalidInputError for what is neither a key nor a prefix.
 *
 * @throws InvalidInputError when there is no manager
 *
 * @example
 * ```ts
 * import { Component } from '@angular/core';
 * import { injectInvalidate, injectTask } from 'sluice/angular';
 *
 * @Component({ selector: 'app-inbox', template: `<button (click)="invalidate({ prefix: 'mail/' })">Check mail</button>` })
 * export class Inbox {
 *   readonly inbox = injectTask({ key: 'mail/inbox', run: () => fetch('/mail') });
 *   readonly invalidate = injectInvalidate();
 * }
 * ```
 */
export function injectInvalidate(options: { readonly injector?: Injector } = {}): InvalidateTasks {
  if (ngDevMode) checkProvided(injectInvalidate, options.injector);
  const { shared } = findRuntime(options.injector).runtime;
  return (which) => {
    const prefix: unknown = (which as { readonly prefix?: unknown } | null | undefined)?.prefix;
    if (typeof prefix === 'string') shared.invalidate((key) => key.startsWith(prefix));
    else if (typeof which === 'string' && which !== '') shared.invalidate((key) => key === which);
    else throw new InvalidInputError('invalidate(): key', 'a string that is not empty, or { prefix: string }', which, "To take all tasks that have a key, give { prefix: '' }.");
  };
}
