import { isPlatformServer } from '@angular/common';
import { ApplicationRef, assertInInjectionContext, DestroyRef, inject, InjectionToken, Injector, NgZone, PLATFORM_ID, TransferState } from '@angular/core';

import { InvalidInputError, type TaskContext, TaskManager } from '../index.ts';
import { type AngularHost, makeHost } from './angular-host.ts';
import type { CheckedOptions } from './check-options.ts';
import { keepUnstable } from './keep-unstable.ts';
import { type PriorityFunctions, refresh } from './priority-functions.ts';
import { makePublisher, type Publisher } from './publisher.ts';
import { type QueuePositions, watchPositions } from './queue-positions.ts';
import { RunScope } from './run-scope.ts';
import { TASK_BACKEND } from './task-backend.ts';

/** A manager, and what ties it to its application. */
export interface TaskRuntime {
  readonly options: CheckedOptions;
  readonly destroyRef: DestroyRef;
  readonly zone: NgZone;
  readonly server: boolean;
  readonly host: AngularHost;
  readonly manager: TaskManager;
  readonly publisher: Publisher;
  readonly priorities: PriorityFunctions;
  readonly positions: QueuePositions;
  readonly scope: RunScope;
  /** Calls the function of a task, once it has got its slot. */
  readonly call: (run: () => unknown, context: TaskContext, group: string | undefined, input: unknown) => unknown;
  /** After a task has been queued: lets it start now, where it must not wait for a microtask. */
  readonly startNow: () => void;
}

export function makeRuntime(options: CheckedOptions): TaskRuntime {
  const destroyRef = inject(DestroyRef);
  const zone = inject(NgZone);
  const server = isPlatformServer(inject(PLATFORM_ID));
  const backend = inject(TASK_BACKEND, { optional: true });
  const transferState = inject(TransferState);
  const scope = new RunScope();
  const priorities: PriorityFunctions = new Map();
  const publisher = makePublisher(zone, !server, () => { release(); });
  const host = makeHost(zone, () => { refresh(priorities); });
  const manager = new TaskManager({ ...options.core, host });
  const positions = watchPositions(manager, publisher);
  const release = keepUnstable(manager, positions.unsettled, zone, options, server ? options.serverMaxWait : Infinity, publisher);
  const settle = (): void => {
    host.flush();
    publisher.flush();
  };
  // While a page that the server has rendered is taken over, what can start must start at once: a task
  // that is queued for only a microtask has its HTML thrown away.
  let stable = server;
  void inject(ApplicationRef).whenStable().then(() => { stable = true; });
  const runtime: TaskRuntime = {
    options, destroyRef, zone, server, host, manager, publisher, priorities, positions, scope,
    call(run, context, group, input): unknown {
      const call = (): unknown => scope.run(run);
      return backend ? backend.handle({ context, group, input, run: call, settle }) : call();
    },
    startNow(): void {
      if (backend?.immediate === true || !(stable || transferState.isEmpty)) host.flush();
    },
  };
  if (server) for (const [name, group] of Object.entries(options.groups)) if (group.server === 'skip') manager.group(name).pause();
  inject(START_FEATURE)?.(runtime);
  destroyRef.onDestroy(() => {
    publisher.stop();
    void manager.close();
  });
  return runtime;
}

/** Called with a runtime once it is made. */
export const START_FEATURE: InjectionToken<((runtime: TaskRuntime) => void) | null> = new InjectionToken<((runtime: TaskRuntime) => void) | null>('');

export const TASK_RUNTIME: InjectionToken<TaskRuntime> = new InjectionToken<TaskRuntime>('');

/**
 * What an inject function needs, from its injector or that of the present context.
 *
 * @throws InvalidInputError when no manager is provided
 */
export function findRuntime(fn: () => unknown, injector?: Injector): { readonly runtime: TaskRuntime; readonly injector: Injector; readonly destroyRef: DestroyRef } {
  if (ngDevMode) refuseMissing(fn, injector);
  injector ??= inject(Injector);
  return { runtime: injector.get(TASK_RUNTIME), injector, destroyRef: injector.get(DestroyRef) };
}

declare const ngDevMode: unknown; // Angular's: false in a production build

function refuseMissing(fn: () => unknown, injector?: Injector): void {
  if (!injector) assertInInjectionContext(fn);
  injector ??= inject(Injector);
  if (injector.get(TASK_RUNTIME, null)) return;
  throw new InvalidInputError(`${fn.name}(): the injector`, 'one that has a task manager', injector, 'Call provideTasks(), or provideTaskScope() for a route or component.');
}
