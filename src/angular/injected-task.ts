import { computed, type DestroyRef, effect, type Injector, isSignal, linkedSignal, type ResourceStatus, signal, untracked, type ValueEqualityFn } from '@angular/core';

import { KwargsConflictError, type Task, type TaskContext, type TaskStatus } from '../index.ts';
import type { TaskResource, TaskResourceSnapshot } from './task-resource.ts';
import type { ResourceUpstream, TaskSource } from './task-run-input.ts';
import type { TaskRuntime } from './task-runtime.ts';
import { track, type TrackedTask } from './tracked-task.ts';

/** What a task of `injectTask` is made of. */
export interface InjectedTaskDefinition {
  readonly runtime: TaskRuntime;
  readonly injector: Injector;
  readonly destroyRef: DestroyRef;
  readonly core: object;
  readonly priority: number | (() => number) | undefined;
  readonly params: (() => unknown) | undefined;
  readonly upstream: ResourceUpstream | undefined;
  readonly run: (input: object, context: TaskContext) => unknown;
  readonly defaultValue: unknown;
  readonly equal: ValueEqualityFn<unknown> | undefined;
  readonly detach: boolean;
}

/** All that a run depends on. */
interface Inputs {
  readonly request: Request;
  /** Undefined while a run cannot be queued: because there is nothing to run, or an upstream has none yet. */
  readonly upstream: Readonly<Record<string, unknown>> | readonly unknown[] | undefined;
  readonly idle: boolean;
}

/** What `params` gave, and how often it has been reloaded since. */
interface Request {
  readonly params?: unknown;
  /** What `params` threw. */
  readonly error?: unknown;
  readonly reloads: number;
}

interface Made {
  readonly inputs: Inputs;
  readonly tracked?: TrackedTask<unknown, unknown>;
  /** Why no task could be made. */
  readonly error?: unknown;
}

/** The resource of `injectTask`: a task for each set of inputs, made in an effect. */
export function makeTaskResource({ runtime, injector, destroyRef, core, priority, params, upstream, run, defaultValue, equal, detach }: InjectedTaskDefinition): TaskResource<unknown> {
  const destroyed = signal(destroyRef.destroyed);
  const given = params && computed(params);
  const request = linkedSignal<Request>(() => {
    try {
      return { params: given?.(), reloads: 0 };
    } catch (error) {
      return { error: error ?? new Error('params'), reloads: 0 };
    }
  });
  const inputs = computed((): Inputs => {
    const now = request();
    const nothing = params && now.params === undefined;
    return { request: now, ...(nothing ? { upstream: undefined, idle: true } : tasksOf(upstream)) };
  });
  const made = signal<Made | undefined>(undefined);
  /** What was made of the inputs that there are now. */
  const current = computed(() => {
    const now = made();
    return now?.inputs === inputs() ? now : undefined;
  });
  const tracked = (): TrackedTask<unknown, unknown> | undefined => current()?.tracked;

  const error = computed(() => {
    const now = destroyed() ? undefined : request().error ?? current()?.error ?? tracked()?.error();
    return now === undefined ? now : toError(now);
  });
  const phase = computed((): TaskStatus => {
    if (destroyed()) return 'idle';
    return tracked()?.phase() ?? (error() ? 'failed' : inputs().idle ? 'idle' : 'waiting');
  });
  const status = computed((): ResourceStatus => {
    const now = phase();
    if (error()) return 'error';
    if (now === 'completed') return 'resolved';
    if (now === 'cancelled' || now === 'idle') return 'idle';
    return request().reloads > 0 ? 'reloading' : 'loading';
  });
  const value = computed(() => {
    const cause = error();
    if (cause) throw new Error(`The task has failed: ${cause.message}`, { cause });
    const now = (status() === 'reloading' ? made() : current())?.tracked?.value();
    return now === undefined ? defaultValue : now;
  }, equal && { equal: (a, b) => a === b || (a !== undefined && b !== undefined && equal(a, b)) });
  const isLoading = computed(() => status().endsWith('loading'));

  const make = (now: Inputs): void => {
    const before = made()?.tracked;
    before?.leave();
    made.set(undefined);
    const { upstream: sources, request: { params: input, reloads, error: failed } } = now;
    if (!sources || failed !== undefined) return;
    try {
      const next = track<unknown, unknown>(runtime, priority, { ...core, kwargs: { params: input }, upstream: sources }, input, (kwargs, context) => {
        for (const key of ['signal', 'progress']) if (key in kwargs) throw new KwargsConflictError(key, ['injectTask()', 'upstream']);
        return run({
          ...kwargs,
          get signal() { return context.signal; },
          get progress() { return context.progress; },
        }, context);
      }, reloads > 0 ? before?.value() : undefined);
      made.set({ inputs: now, tracked: next });
      next.want();
    } catch (why) {
      made.set({ inputs: now, error: why });
    }
  };
  let stop = (): void => {};
  if (!untracked(destroyed)) {
    const making = effect(() => {
      const now = inputs();
      untracked(() => { make(now); });
    }, { injector, manualCleanup: true });
    const forget = destroyRef.onDestroy(() => { stop(); });
    stop = (): void => {
      stop = (): void => {};
      forget();
      making.destroy();
      destroyed.set(true);
      untracked(made)?.tracked?.leave(detach);
    };
  }
  return {
    value, status, error, isLoading, phase,
    snapshot: computed((): TaskResourceSnapshot<unknown> => {
      const now = status();
      return now === 'error' ? { status: now, error: error() as Error } : { status: now, value: value() };
    }),
    params: computed(() => request().params),
    progress: computed(() => tracked()?.progress()),
    position: computed(() => tracked()?.position()),
    task: computed(() => tracked()?.task as Task<never> | undefined),
    hasValue: () => !error() && value() !== undefined,
    reload: () => untracked(() => {
      const { idle, request: now } = inputs();
      if (destroyed() || idle || now.error !== undefined || isLoading()) return false;
      request.set({ ...now, reloads: now.reloads + 1 });
      return true;
    }),
    cancel(options): void { untracked(tracked)?.cancel(options); },
    setPriority(now): void { untracked(tracked)?.setPriority(now); },
    destroy(): void { stop(); },
  } satisfies Omit<TaskResource<unknown>, 'hasValue'> & { hasValue: () => boolean } as TaskResource<unknown>;
}

/** The tasks that upstream stands for now, if each has one. */
function tasksOf(upstream: ResourceUpstream = []): Pick<Inputs, 'upstream' | 'idle'> {
  const missing = Object.values(upstream).filter((input) => isTaskSource(input) && !input.task()) as { status?: () => unknown }[];
  const toTask = (input: unknown): unknown => (isTaskSource(input) ? input.task() : input);
  return {
    idle: missing.some(({ status }) => status?.() === 'idle'),
    upstream: missing.length > 0 ? undefined
      : Array.isArray(upstream) ? upstream.map(toTask)
      : Object.fromEntries(Object.entries(upstream).map(([key, input]) => [key, toTask(input)])),
  };
}

function isTaskSource(input: unknown): input is TaskSource<unknown> {
  return isSignal((input as Partial<TaskSource<unknown>> | null)?.task);
}

/** Angular's resources take for an error what has its name and message, such as an `HttpErrorResponse`. */
function toError(error: unknown): Error {
  const { name, message } = (error ?? {}) as Partial<Error>;
  return typeof name === 'string' && typeof message === 'string' ? error as Error : new Error(String(error), { cause: error });
}
