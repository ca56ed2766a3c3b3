import { assertInInjectionContext, inject, Injector } from '@angular/core';

import { InvalidInputError } from '../index.ts';
import { TASK_RUNTIME } from './task-runtime.ts';

/**
 * For development: what is missing is told with the function that was called, and with the one to call.
 *
 * @throws InvalidInputError when no manager is provided
 */
export function checkProvided(fn: () => unknown, injector?: Injector): void {
  if (!injector) assertInInjectionContext(fn);
  injector ??= inject(Injector);
  if (injector.get(TASK_RUNTIME, null)) return;
  const error = new InvalidInputError(`${fn.name}(): the injector`, 'one that has a task manager', injector, 'Call provideTasks().');
  error.message = `${fn.name}() finds no task manager: add provideTasks() to the providers of the application, as in app.config.ts, or provideTaskScope() to those of this route or component.`;
  throw error;
}
