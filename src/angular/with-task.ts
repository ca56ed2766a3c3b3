import { HttpContext, HttpContextToken } from '@angular/common/http';

import type { CommonTaskOptions } from '../index.ts';
import { checkInjected } from './injected-options.ts';
import type { TaskGroupName } from './task-groups.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** How a request waits for its turn: options of any task. */
export interface HttpTaskOptions extends Omit<CommonTaskOptions, 'group' | 'priority' | 'join' | 'flatten' | 'onConflict' | 'freeze'> {
  /** The group whose limits apply, and with which it is watched, paused and cancelled. Default: that of `withHttpQueue`. */
  readonly group?: TaskGroupName | undefined;
  /**
   * Who goes next: any finite number, the higher the sooner. Default: that of `withHttpQueue`, or 0. A
   * function is read, untracked, whenever the queue is looked at.
   */
  readonly priority?: number | (() => number) | undefined;
  /** What is asked for: requests with the same key share one run, and its result while that is kept. */
  readonly key?: string | undefined;
  /** For how many milliseconds the result of a request with a key is kept. Default: as long as someone waits for it. */
  readonly keepFor?: number | undefined;
}

/** What a request's context says of its task. */
export const HTTP_TASK: HttpContextToken<HttpTaskOptions | 'bypass' | undefined> = new HttpContextToken<HttpTaskOptions | 'bypass' | undefined>(() => undefined);

/**
 * The context of a request that is to wait for its turn, or with `'bypass'` of one that must not.
 *
 * @param options - `group`, `priority`, `name` and other options of a task
 * @param context - one to add it to. Default: a new one
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { httpResource } from '@angular/common/http';
 * import { Component, input } from '@angular/core';
 * import { withTask } from 'sluice/angular';
 *
 * @Component({ selector: 'app-meta', template: '{{ meta.value() }}' })
 * export class Meta {
 *   readonly id = input.required<string>();
 *   readonly meta = httpResource.text(() => ({
 *     url: `/api/meta/${this.id()}`,
 *     context: withTask({ group: 'thumbnails', priority: 5 }),
 *   }));
 * }
 * ```
 */
export function withTask(options: HttpTaskOptions | 'bypass', context: HttpContext = new HttpContext()): HttpContext {
  if (ngDevMode && options !== 'bypass') checkInjected('withTask()', withTask, options, []);
  return context.set(HTTP_TASK, options);
}
