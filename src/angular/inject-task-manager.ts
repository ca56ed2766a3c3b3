import type { Injector } from '@angular/core';

import type { TaskManager } from '../index.ts';
import { checkProvided } from './check-provided.ts';
import { findRuntime } from './task-runtime.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/**
 * The manager that `provideTasks` or the nearest `provideTaskScope` has provided: the same
 * `TaskManager` as outside Angular. It is closed when its injector is destroyed.
 *
 * @throws InvalidInputError when there is none
 *
 * @example
 * ```ts
 * import { Injectable } from '@angular/core';
 * import { injectTaskManager } from 'sluice/angular';
 *
 * @Injectable({ providedIn: 'root' })
 * export class Reports {
 *   readonly #tasks = injectTaskManager();
 *   readonly build = (year: number) => this.#tasks.add(({ year }) => `report of ${year}`, { kwargs: { year }, priority: -1 });
 * }
 * ```
 */
export function injectTaskManager(options: { readonly injector?: Injector | undefined } = {}): TaskManager {
  if (ngDevMode) checkProvided(injectTaskManager, options.injector);
  return findRuntime(options.injector).runtime.manager;
}
