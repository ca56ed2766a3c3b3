import { type EnvironmentProviders, inject, Injector, makeEnvironmentProviders } from '@angular/core';

import { type AngularTaskOptions, provideTasks, TASK_BACKEND, type TasksFeature } from '../index.ts';
import { TaskTestingController } from './task-testing-controller.ts';

/**
 * In place of `provideTasks`, for tests: tasks are queued and wait for their turn as ever, but start
 * inside the call that queues them when there is a free slot, and their functions are not called. The
 * test ends them through `TestBed.inject(TaskTestingController)`.
 *
 * Requests that wait through `taskInterceptor` are sent: `HttpTestingController` is there for them.
 *
 * @param options - those of `provideTasks`. Without any there are no limits
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { TestBed } from '@angular/core/testing';
 * import { injectTask } from 'sluice/angular';
 * import { provideTasksTesting, TaskTestingController } from 'sluice/angular/testing';
 *
 * TestBed.configureTestingModule({ providers: [provideTasksTesting()] });
 * const user = TestBed.runInInjectionContext(() => injectTask({ name: 'user', run: () => ({ name: 'Ada' }) }));
 * TestBed.tick();
 * TestBed.inject(TaskTestingController).expectOne('user').flush({ name: 'Grace' });
 * console.log(user.value()); // { name: 'Grace' }
 * ```
 */
export function provideTasksTesting(options: AngularTaskOptions = {}, ...features: readonly TasksFeature[]): EnvironmentProviders {
  return makeEnvironmentProviders([
    provideTasks({ timeSlice: Infinity, ...options }, ...features), // no test is to depend on how fast the machine is
    { provide: TaskTestingController, useFactory: () => new TaskTestingController(inject(Injector)) },
    { provide: TASK_BACKEND, useExisting: TaskTestingController },
  ]);
}
