import { DestroyRef, inject, InjectionToken, Injector, type NgZone } from '@angular/core';

import type { TaskManager } from '../index.ts';
import type { AngularHost } from './angular-host.ts';
import type { HttpQueueOptions } from './http-queue-options.ts';
import type { PriorityFunctions } from './priority-functions.ts';
import type { Publisher } from './publisher.ts';
import type { QueuePositions } from './queue-positions.ts';
import type { RunScope } from './run-scope.ts';
import type { SharedTasks } from './shared-tasks.ts';
import type { TaskBackendRun } from './task-backend.ts';
import type { AngularTaskOptions } from './tasks-options.ts';

/** A manager, and what ties it to its application. */
export interface TaskRuntime {
  readonly groups: NonNullable<AngularTaskOptions['groups']>;
  /** What requests do. */
  readonly httpQueue: HttpQueueOptions;
  /** For development: the groups of which it was said that they are not among these. */
  readonly unlisted: Set<string>;
  readonly destroyRef: DestroyRef;
  readonly zone: NgZone;
  readonly server: boolean;
  readonly host: AngularHost;
  readonly manager: TaskManager;
  readonly publisher: Publisher;
  readonly priorities: PriorityFunctions;
  readonly positions: QueuePositions;
  readonly scope: RunScope;
  readonly shared: SharedTasks;
  /** Calls the function of a task, once it has got its slot. */
  readonly call: (run: Omit<TaskBackendRun, 'settle'>) => unknown;
  /** After a task has been queued: lets it start now, where it must not wait for a microtask. */
  readonly startNow: () => void;
}

export const TASK_RUNTIME: InjectionToken<TaskRuntime> = new InjectionToken<TaskRuntime>('');

/** What an inject function needs, from its injector or that of the present context. */
export function findRuntime(injector: Injector = inject(Injector)): { readonly runtime: TaskRuntime; readonly injector: Injector; readonly destroyRef: DestroyRef } {
  return { runtime: injector.get(TASK_RUNTIME), injector, destroyRef: injector.get(DestroyRef) };
}
