import type { Injector } from '@angular/core';

import type { TaskManager } from '../index.ts';
import { findRuntime } from './task-runtime.ts';

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
  return findRuntime(injectTaskManager, options.injector).runtime.manager;
}
