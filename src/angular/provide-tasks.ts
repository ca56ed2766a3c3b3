import { type EnvironmentProviders, makeEnvironmentProviders, type Provider } from '@angular/core';

import { InvalidInputError } from '../index.ts';
import { checkOptions } from './check-options.ts';
import type { AngularTaskOptions } from './tasks-options.ts';
import type { TasksFeature } from './tasks-feature.ts';
import { HTTP_QUEUE, type HttpQueueOptions } from './with-http-queue.ts';
import { makeRuntime, START_FEATURE, TASK_RUNTIME } from './task-runtime.ts';

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
  return makeEnvironmentProviders(tasksProviders('provideTasks()', options, features));
}

export function tasksProviders(where: string, options: AngularTaskOptions, features: readonly TasksFeature[]): Provider[] {
  const checked = checkOptions(where, options);
  checkFeatures(where, features);
  return [
    { provide: TASK_RUNTIME, useFactory: () => makeRuntime(checked) },
    // A scope has the features that it is given, and not those of the application around it.
    { provide: HTTP_QUEUE, useValue: {} satisfies HttpQueueOptions },
    { provide: START_FEATURE, useValue: null },
    features.map(({ ɵproviders }) => ɵproviders),
  ];
}

declare const ngDevMode: unknown; // Angular's: false in a production build

function checkFeatures(where: string, features: readonly TasksFeature[]): void {
  if (!ngDevMode) return;
  for (const feature of features) {
    if (!Array.isArray((feature as Partial<TasksFeature> | null)?.ɵproviders)) {
      throw new InvalidInputError(`${where}: a feature`, 'what a function such as withHttpQueue() returns', feature);
    }
  }
}
