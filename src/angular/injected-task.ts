import { computed, DestroyRef, effect, type EffectRef, type Injector, isSignal, linkedSignal, type ResourceStatus, signal, type Signal, untracked, type ValueEqualityFn, type WritableSignal } from '@angular/core';

import { type CancelOptions, type Kwargs, KwargsConflictError, type Task, type TaskContext, type TaskProgress, type TaskStatus } from '../index.ts';
import type { ResourceUpstream, TaskSource } from './task-run-input.ts';
import type { TaskResourceSnapshot } from './task-resource.ts';
import type { TaskRuntime } from './task-runtime.ts';
import { isSettled, TrackedTask } from './tracked-task.ts';

/** What a task of `injectTask` is made of. */
export interface InjectedTaskDefinition {
  readonly runtime: TaskRuntime;
  readonly injector: Injector;
  readonly core: object;
  readonly priority: number | (() => number) | undefined;
  readonly params: (() => unknown) | undefined;
  readonly upstream: ResourceUpstream | undefined;
  readonly run: (input: object, context: TaskContext) => unknown;
  readonly defaultValue: unknown;
  readonly equal: ValueEqualityFn<unknown> | undefined;
  readonly detach: boolean;
}

/** What `params` gave, and how often it has been reloaded since. */
interface Request {
  readonly params: unknown;
  readonly error?: unknown;
  readonly reloads: number;
}

/** All that a run depends on. */
interface Inputs {
  readonly request: Request;
  /** Undefined while a run cannot be queued: because there is nothing to run, or an upstream has none yet. */
  readonly upstream: Readonly<Record<string, unknown>> | readonly unknown[] | undefined;
  readonly idle: boolean;
}

interface Made {
  readonly inputs: Inputs;
  readonly tracked: TrackedTask<unknown> | undefined;
  /** Why no task could be made. */
  readonly error?: unknown;
}

/** The resource behind `injectTask`. */
export class InjectedTask {
  readonly #definition: InjectedTaskDefinition;
  readonly #request: WritableSignal<Request>;
  readonly #inputs: Signal<Inputs>;
  readonly #made: WritableSignal<Made | undefined> = signal(undefined);
  /** The same, while it is up to date. */
  readonly #current: Signal<Made | undefined> = computed(() => {
    const made = this.#made();
    return made?.inputs === this.#inputs() ? made : undefined;
  });
  readonly #effect: EffectRef | undefined;
  readonly #destroyed: WritableSignal<boolean> = signal(false);
  readonly #forget: (() => void) | undefined;

  readonly params: Signal<unknown>;
  readonly value: Signal<unknown>;

  constructor(definition: InjectedTaskDefinition) {
    this.#definition = definition;
    const { injector, params, upstream, defaultValue, equal } = definition;
    const given = params && computed(params);
    this.#request = linkedSignal<Request>(() => {
      try {
        return { params: given?.(), reloads: 0 };
      } catch (error) {
        return { params: undefined, error: error ?? new Error('params failed'), reloads: 0 };
      }
    });
    this.#inputs = computed(() => {
      const request = this.#request();
      const nothing = params !== undefined && request.params === undefined;
      return { request, ...(nothing ? { upstream: undefined, idle: true } : tasksOf(upstream)) };
    });
    this.params = computed(() => this.#request().params);
    this.value = computed(() => {
      if (this.status() === 'error') throw new Error(`The task has failed: ${this.error()!.message}`, { cause: this.error() });
      const made = this.status() === 'reloading' ? this.#made() : this.#current();
      const value = made?.tracked?.picture().value;
      return value === undefined ? defaultValue : value;
    }, equal && { equal: (a, b) => (a === undefined || b === undefined ? a === b : equal(a, b)) });
    const destroyRef = injector.get(DestroyRef);
    if (destroyRef.destroyed) {
      this.#destroyed.set(true);
      return;
    }
    this.#effect = effect(() => {
      const inputs = this.#inputs();
      untracked(() => { this.#make(inputs); });
    }, { injector, manualCleanup: true });
    this.#forget = destroyRef.onDestroy(() => { this.destroy(); });
  }

  readonly status: Signal<ResourceStatus> = computed(() => {
    const { request, idle } = this.#inputs();
    if (this.#destroyed()) return 'idle';
    if (this.error()) return 'error';
    if (idle) return 'idle';
    const phase = this.phase();
    if (phase === 'completed') return 'resolved';
    if (phase === 'cancelled' || phase === 'idle') return 'idle';
    return request.reloads > 0 ? 'reloading' : 'loading';
  });

  readonly error: Signal<Error | undefined> = computed(() => {
    const { request } = this.#inputs();
    const made = this.#current();
    const error = request.error ?? made?.error ?? (made?.tracked?.phase() === 'failed' ? made.tracked.picture().error : undefined);
    return error === undefined || this.#destroyed() ? undefined : toError(error);
  });

  readonly phase: Signal<TaskStatus> = computed(() => {
    if (this.#destroyed()) return 'idle';
    const made = this.#current();
    if (made) return made.tracked?.phase() ?? 'failed';
    const { request, idle } = this.#inputs();
    return request.error !== undefined ? 'failed' : idle ? 'idle' : 'waiting';
  });

  readonly progress: Signal<TaskProgress | undefined> = computed(() => this.#current()?.tracked?.progress());
  readonly position: Signal<number | undefined> = computed(() => this.#current()?.tracked?.position());
  readonly task: Signal<Task<unknown> | undefined> = computed(() => this.#current()?.tracked?.task);
  readonly isLoading: Signal<boolean> = computed(() => this.status() === 'loading' || this.status() === 'reloading');

  readonly snapshot: Signal<TaskResourceSnapshot<unknown>> = computed(() => {
    const status = this.status();
    return status === 'error' ? { status, error: this.error() as Error } : { status, value: this.value() };
  });

  hasValue(): boolean {
    return this.status() !== 'error' && this.value() !== undefined;
  }

  reload(): boolean {
    return untracked(() => {
      const { request, idle } = this.#inputs();
      if (this.#destroyed() || idle || request.error !== undefined || this.isLoading()) return false;
      this.#request.set({ ...request, reloads: request.reloads + 1 });
      return true;
    });
  }

  cancel(options?: CancelOptions): void {
    untracked(this.#current)?.tracked?.task.cancel(options);
    this.#definition.runtime.publisher.flush();
  }

  setPriority(priority: number): void {
    untracked(this.#current)?.tracked?.setPriority(priority);
  }

  destroy(): void {
    if (untracked(this.#destroyed)) return;
    this.#forget?.();
    this.#effect?.destroy();
    this.#destroyed.set(true);
    const tracked = untracked(this.#made)?.tracked;
    if (this.#definition.detach && tracked && !isSettled(tracked.task.status)) tracked.task.start();
    tracked?.leave();
  }

  #make(inputs: Inputs): void {
    const before = this.#made();
    before?.tracked?.leave();
    this.#made.set(undefined);
    if (inputs.upstream === undefined || inputs.request.error !== undefined) return;
    const { runtime, core, priority, run } = this.#definition;
    const { params, reloads } = inputs.request;
    const { group } = core as { group?: string };
    try {
      const task = runtime.manager.task((kwargs: Kwargs, context: TaskContext) => {
        for (const key of ['signal', 'progress']) if (key in kwargs) throw new KwargsConflictError(key, ['injectTask()', 'upstream']);
        return runtime.call(() => run({
          ...kwargs,
          get signal() { return context.signal; },
          get progress() { return context.progress; },
        }, context), context, group, params);
      }, {
        ...core,
        priority: typeof priority === 'function' ? priority() : priority,
        kwargs: { params },
        upstream: inputs.upstream as [],
      });
      const tracked = new TrackedTask<unknown>(runtime, task, typeof priority === 'function' ? priority : undefined,
        reloads > 0 ? before?.tracked?.picture().value : undefined);
      this.#made.set({ inputs, tracked });
      tracked.want();
    } catch (error) {
      this.#made.set({ inputs, tracked: undefined, error });
    }
  }
}

/** The tasks that upstream stands for now, if each has one. */
function tasksOf(upstream: ResourceUpstream = []): Pick<Inputs, 'upstream' | 'idle'> {
  const sources = Object.values(upstream).filter(isTaskSource);
  const missing = sources.filter(({ task }) => task() === undefined);
  if (missing.length > 0) return { upstream: undefined, idle: missing.some(({ status }) => status?.() === 'idle') };
  const toTask = (input: unknown): unknown => (isTaskSource(input) ? input.task() : input);
  return {
    idle: false,
    upstream: Array.isArray(upstream) ? upstream.map(toTask) : Object.fromEntries(Object.entries(upstream).map(([key, input]) => [key, toTask(input)])),
  };
}

function isTaskSource(input: unknown): input is TaskSource<unknown> & { readonly status?: () => unknown } {
  return isSignal((input as Partial<TaskSource<unknown>> | null)?.task);
}

/** Angular's resources take for an error what has its name and message, such as an `HttpErrorResponse`. */
function toError(error: unknown): Error {
  const { name, message } = (error ?? {}) as Partial<Error>;
  return typeof name === 'string' && typeof message === 'string' ? error as Error : new Error(String(error), { cause: error });
}
