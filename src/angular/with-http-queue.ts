import { checkChoice } from './check-options.ts';
import type { HttpQueueOptions } from './http-queue-options.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import type { TasksFeature } from './tasks-feature.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/**
 * Decides which requests of `HttpClient` wait for their turn. `taskInterceptor` has to be among the
 * interceptors, as the last of them.
 *
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { provideHttpClient, withInterceptors } from '@angular/common/http';
 * import { provideTasks, taskInterceptor, withHttpQueue } from 'sluice/angular';
 *
 * export const providers = [
 *   provideTasks({ groups: { api: { concurrency: 4 } } }, withHttpQueue({ strategy: 'implicit', group: 'api' })),
 *   provideHttpClient(withInterceptors([taskInterceptor])),
 * ];
 * ```
 */
export function withHttpQueue(options: HttpQueueOptions = {}): TasksFeature {
  if (ngDevMode) refuseWrong(options);
  return { ɵhttpQueue: options };
}

function refuseWrong(options: HttpQueueOptions): void {
  refuseUnknown('withHttpQueue()', options, ['strategy', 'group', 'priority']);
  checkChoice('withHttpQueue(): strategy', options.strategy, ['explicit', 'implicit']);
}
