import type { Provider } from '@angular/core';

import { checkTasks, tasksProviders } from './provide-tasks.ts';
import type { AngularTaskOptions } from './tasks-options.ts';
import type { TasksFeature } from './tasks-feature.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/**
 * Gives a component or a route a task manager of its own, which is closed with it. Its tasks may depend
 * on those of the application's manager.
 *
 * @param options - those of {@link provideTasks}
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { Component } from '@angular/core';
 * import { injectTask, provideTaskScope } from 'sluice/angular';
 *
 * @Component({
 *   selector: 'app-wizard',
 *   template: '{{ check.phase() }}',
 *   providers: [provideTaskScope({ concurrency: 1 })],
 * })
 * export class Wizard {
 *   readonly check = injectTask({ run: () => 'checked' });
 * }
 * ```
 */
export function provideTaskScope(options: AngularTaskOptions = {}, ...features: readonly TasksFeature[]): Provider[] {
  if (ngDevMode) checkTasks('provideTaskScope()', options, features);
  return tasksProviders(options, features);
}
