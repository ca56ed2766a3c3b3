import { isPlatformServer } from '@angular/common';
import { ApplicationRef, DestroyRef, inject, InjectionToken, Injector, NgZone, PLATFORM_ID, TransferState } from '@angular/core';

import { TaskManager } from '../index.ts';
import { type AngularHost, makeHost } from './angular-host.ts';
import { toManagerOptions } from './check-options.ts';
import { keepUnstable } from './keep-unstable.ts';
import { type PriorityFunctions, refresh } from './priority-functions.ts';
import { makePublisher, type Publisher } from './publisher.ts';
import { type QueuePositions, watchPositions } from './queue-positions.ts';
import { RunScope } from './run-scope.ts';
import { SharedTasks } from './shared-tasks.ts';
import { TASK_BACKEND, type TaskBackendRun } from './task-backend.ts';
import type { TasksFeature } from './tasks-feature.ts';
import type { AngularTaskOptions } from './tasks-options.ts';
import type { HttpQueueOptions } from './with-http-queue.ts';

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

export function makeRuntime(options: AngularTaskOptions, { ɵhttpQueue: httpQueue = {}, ɵstart: start }: TasksFeature): TaskRuntime {
  const { groups = {}, serverMaxWait = 10_000 } = options;
  const destroyRef = inject(DestroyRef);
  const zone = inject(NgZone);
  const server = isPlatformServer(inject(PLATFORM_ID));
  const backend = inject(TASK_BACKEND, { optional: true });
  const immediate = backend?.immediate === true;
  const transferState = inject(TransferState);
  const scope = new RunScope();
  const priorities: PriorityFunctions = new Map();
  const publisher = makePublisher(zone, !server, immediate, () => { release(); });
  const host = makeHost(zone, immediate, () => { refresh(priorities); });
  const manager = new TaskManager({ ...toManagerOptions(options), host });
  const positions = watchPositions(manager, publisher);
  const release = keepUnstable(manager, positions.unsettled, zone, groups, server ? serverMaxWait : Infinity, publisher);
  const settle = (): void => {
    host.flush();
    publisher.flush();
  };
  // While a page that the server has rendered is taken over, what can start must start at once: a task
  // that is queued for only a microtask has its HTML thrown away.
  let stable = server;
  void inject(ApplicationRef).whenStable().then(() => { stable = true; });
  const runtime: TaskRuntime = {
    groups, httpQueue, unlisted: new Set(), destroyRef, zone, server, host, manager, publisher, priorities, positions, scope, shared: new SharedTasks(),
    call(given): unknown {
      const run = (): unknown => scope.run(given.run);
      return backend ? backend.handle({ ...given, run, settle }) : run();
    },
    startNow(): void {
      if (!(stable || transferState.isEmpty)) host.flush();
    },
  };
  if (server) for (const [name, group] of Object.entries(groups)) if (group.server === 'skip') manager.group(name).pause();
  start?.(runtime);
  destroyRef.onDestroy(() => {
    publisher.stop();
    void manager.close();
  });
  return runtime;
}

export const TASK_RUNTIME: InjectionToken<TaskRuntime> = new InjectionToken<TaskRuntime>('');

/** What an inject function needs, from its injector or that of the present context. */
export function findRuntime(injector: Injector = inject(Injector)): { readonly runtime: TaskRuntime; readonly injector: Injector; readonly destroyRef: DestroyRef } {
  return { runtime: injector.get(TASK_RUNTIME), injector, destroyRef: injector.get(DestroyRef) };
}
