import { DOCUMENT, isPlatformServer } from '@angular/common';
import { ApplicationRef, DestroyRef, inject, InjectionToken, type Injector, NgZone, PLATFORM_ID, TransferState, untracked } from '@angular/core';

import { InvalidInputError, type TaskContext, TaskManager } from '../index.ts';
import { AngularHost } from './angular-host.ts';
import { PriorityFunctions } from './priority-functions.ts';
import { Publisher } from './publisher.ts';
import { QueuePositions } from './queue-positions.ts';
import { RunScope } from './run-scope.ts';
import { keepUnstable } from './keep-unstable.ts';
import { TASK_BACKEND, type TaskBackend } from './task-backend.ts';
import { type CheckedOptions, TASK_OPTIONS } from './check-options.ts';

/** A manager, and what ties it to its application. */
export class TaskRuntime {
  readonly options: CheckedOptions = inject(TASK_OPTIONS);
  readonly destroyRef: DestroyRef = inject(DestroyRef);
  readonly zone: NgZone = inject(NgZone);
  readonly server: boolean = isPlatformServer(inject(PLATFORM_ID));
  readonly window: Window | undefined = this.server ? undefined : inject(DOCUMENT).defaultView ?? undefined;
  readonly host: AngularHost = new AngularHost(this.zone);
  readonly manager: TaskManager;
  readonly publisher: Publisher = new Publisher(this.zone, this.window);
  readonly priorities: PriorityFunctions = new PriorityFunctions();
  readonly positions: QueuePositions;
  readonly scope: RunScope = new RunScope();
  readonly #backend: TaskBackend | null = inject(TASK_BACKEND, { optional: true });
  readonly #transferState: TransferState = inject(TransferState);
  #stable = false;
  destroyed = false;

  constructor() {
    this.manager = new TaskManager({ ...this.options.core, host: this.host });
    this.positions = new QueuePositions(this.manager, this.publisher);
    this.host.onLook = (): void => { if (this.priorities.refresh()) this.positions.changed(); };
    if (this.server) for (const name of this.options.skipped) this.manager.group(name).pause();
    keepUnstable(this);
    inject(START_FEATURE)?.(this);
    void inject(ApplicationRef).whenStable().then(() => { this.#stable = true; });
    this.destroyRef.onDestroy(() => {
      this.destroyed = true;
      this.publisher.stop();
      void this.manager.close();
    });
  }

  /** Calls the function of a task, once it has got its slot. */
  call(run: () => unknown, context: TaskContext, group: string | undefined, input: unknown): unknown {
    const call = (): unknown => untracked(() => this.scope.run(run));
    return this.#backend ? this.#backend.handle({ context, group, input, run: call, settle: this.settle }) : call();
  }

  /** Starts what may start, and writes the signals that are behind, now. */
  readonly settle = (): void => {
    this.host.flushNow();
    this.publisher.flush();
  };

  /** After a task has been queued: lets it start now, where it must not wait for a microtask. */
  startNow(): void {
    if (this.#backend?.immediate === true || this.#hydrating) this.host.flushNow();
  }

  /**
   * Whether the page shows what the server has rendered, and is being taken over: what can start must
   * start at once then, as a task that is queued for only a microtask has its HTML thrown away.
   */
  get #hydrating(): boolean {
    return !this.server && !this.#stable && !this.#transferState.isEmpty;
  }
}

/** Called with a runtime once it is made. */
export const START_FEATURE: InjectionToken<((runtime: TaskRuntime) => void) | null> = new InjectionToken<((runtime: TaskRuntime) => void) | null>('START_FEATURE');

export const TASK_RUNTIME: InjectionToken<TaskRuntime> = new InjectionToken<TaskRuntime>('TASK_RUNTIME');

/** @throws InvalidInputError when nothing has been provided */
export function findRuntime(where: string, injector: Injector): TaskRuntime {
  const runtime = injector.get(TASK_RUNTIME, null);
  if (runtime) return runtime;
  throw new InvalidInputError(
    `${where}: the injector`,
    'one that has a task manager',
    injector,
    'Call provideTasks() in the providers of the application, or provideTaskScope() in those of a route or component.',
  );
}
