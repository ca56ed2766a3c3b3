import { isPlatformServer } from '@angular/common';
import { ApplicationRef, DestroyRef, inject, NgZone, PLATFORM_ID, TransferState } from '@angular/core';

import { TaskManager } from '../index.ts';
import { makeHost } from './angular-host.ts';
import { toManagerOptions } from './check-options.ts';
import { keepUnstable } from './keep-unstable.ts';
import { type PriorityFunctions, refresh } from './priority-functions.ts';
import { makePublisher } from './publisher.ts';
import { watchPositions } from './queue-positions.ts';
import { RunScope } from './run-scope.ts';
import { SharedTasks } from './shared-tasks.ts';
import { TASK_BACKEND } from './task-backend.ts';
import type { TasksFeature } from './tasks-feature.ts';
import type { AngularTaskOptions } from './tasks-options.ts';
import type { TaskRuntime } from './task-runtime.ts';

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
