import { type EnvironmentProviders, makeEnvironmentProviders, type Provider } from '@angular/core';

import { InvalidInputError } from '../index.ts';
import { checkOptions } from './check-options.ts';
import type { AngularTaskOptions } from './tasks-options.ts';
import type { TasksFeature } from './tasks-feature.ts';
import { makeRuntime } from './make-runtime.ts';
import { TASK_RUNTIME } from './task-runtime.ts';
import { warnUnqueued } from './warn-unqueued.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/**
 * Gives an application its task manager. It is made when first asked for, one for each application (on
 * a server: for each request), and closed with it.
 *
 * @param options - those of a `TaskManager`, and what its groups do on a server
 * @param features - `withHttpQueue()`, `withNetworkPause()`
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { provideHttpClient, withInterceptors } from '@angular/common/http';
 * import type { ApplicationConfig } from '@angular/core';
 * import { provideTasks, taskInterceptor, withHttpQueue, withNetworkPause } from 'sluice/angular';
 *
 * export const appConfig: ApplicationConfig = {
 *   providers: [
 *     provideTasks(
 *       { concurrency: 6, groups: { thumbnails: { concurrency: 4, server: 'skip' }, uploads: { concurrency: 2, stability: 'background' } } },
 *       withHttpQueue(),
 *       withNetworkPause({ groups: ['uploads'] }),
 *     ),
 *     provideHttpClient(withInterceptors([taskInterceptor])),
 *   ],
 * };
 * ```
 */
export function provideTasks(options: AngularTaskOptions = {}, ...features: readonly TasksFeature[]): EnvironmentProviders {
  if (ngDevMode) checkTasks('provideTasks()', options, features);
  const providers: (Provider | EnvironmentProviders)[] = tasksProviders(options, features);
  if (ngDevMode) for (const { ɵhttpQueue } of features) if (ɵhttpQueue) providers.push(warnUnqueued(ɵhttpQueue));
  return makeEnvironmentProviders(providers);
}

/** What `provideTasks` and `provideTaskScope` provide. */
export function tasksProviders(options: AngularTaskOptions, features: readonly TasksFeature[]): Provider[] {
  return [{ provide: TASK_RUNTIME, useFactory: () => makeRuntime(options, Object.assign({}, ...features) as TasksFeature) }];
}

/** For development. */
export function checkTasks(where: string, options: AngularTaskOptions, features: readonly TasksFeature[]): void {
  checkOptions(where, options);
  for (const feature of features) {
    const { ɵhttpQueue, ɵstart } = Object(feature) as TasksFeature;
    if (!ɵhttpQueue && !ɵstart) throw new InvalidInputError(`${where}: a feature`, 'what a function such as withHttpQueue() returns', feature);
  }
}
