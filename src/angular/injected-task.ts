import { computed, effect, isSignal, linkedSignal, type ResourceStatus, signal, untracked, type ValueEqualityFn } from '@angular/core';
import { Subscription } from 'rxjs';

import { KwargsConflictError, type Task, type TaskContext, type TaskStatus } from '../index.ts';
import { checkInjected, type InjectedTaskOptions } from './injected-options.ts';
import { isSettled } from './is-settled.ts';
import type { TaskResource, TaskResourceSnapshot } from './task-resource.ts';
import type { ResourceUpstream, TaskSource } from './task-run-input.ts';
import { findRuntime } from './task-runtime.ts';
import { track, type TrackedTask } from './tracked-task.ts';

/** The options of `injectTask`, whatever their types. */
export interface InjectedTaskDefinition extends InjectedTaskOptions {
  readonly params?: (() => unknown) | undefined;
  readonly upstream?: ResourceUpstream | undefined;
  readonly run: (input: object, context: TaskContext) => unknown;
  readonly defaultValue?: unknown;
  readonly equal?: ValueEqualityFn<unknown> | undefined;
}

/** All that a run depends on. */
interface Inputs {
  /** What `params` gave. */
  readonly params?: unknown;
  /** How often it has been reloaded since it was these. */
  readonly reloads: number;
  /** Undefined while a run cannot be queued: because there is nothing to run, or an upstream has none yet. */
  readonly upstream?: Readonly<Record<string, unknown>> | readonly unknown[] | undefined;
  readonly idle?: boolean;
  /** What `params` threw, or why no task could be made. */
  readonly error?: unknown;
}

interface Made {
  readonly inputs: Inputs;
  readonly tracked: TrackedTask<unknown, unknown>;
}

declare const ngDevMode: unknown; // Angular's: false in a production build

/** The resource of `injectTask`: a task for each set of inputs, made in an effect. */
export function makeTaskResource(
  where: () => unknown,
  { params, upstream, run, defaultValue, equal, injector: from, ...shared }: InjectedTaskDefinition,
): TaskResource<unknown> {
  const { runtime, injector, destroyRef } = findRuntime(where, from);
  checkInjected('injectTask()', run, shared, runtime.manager);
  const destroyed = signal(destroyRef.destroyed);
  const given = params && computed(params);
  const inputs = linkedSignal((): Inputs => {
    if (destroyed()) return { reloads: 0, idle: true };
    try {
      const now = given?.();
      return { params: now, reloads: 0, ...(given && now === undefined ? { idle: true } : tasksOf(upstream)) };
    } catch (error) {
      return { reloads: 0, error: error ?? new Error('params') };
    }
  });
  const made = signal<Made | undefined>(undefined);
  /** What was made of the inputs that there are now. */
  const tracked = (): Made['tracked'] | undefined => {
    const now = made();
    return now?.inputs === inputs() ? now.tracked : undefined;
  };

  const phase = computed((): TaskStatus => {
    const { error, idle } = inputs();
    return error !== undefined ? 'failed' : tracked()?.phase() ?? (idle ? 'idle' : 'waiting');
  });
  const error = computed(() => (phase() === 'failed' ? toError(inputs().error ?? tracked()?.error()) : undefined));
  const status = computed((): ResourceStatus => {
    const now = phase();
    if (!isSettled(now)) return inputs().reloads > 0 ? 'reloading' : 'loading';
    return now === 'failed' ? 'error' : now === 'completed' ? 'resolved' : 'idle';
  });
  const value = computed(() => {
    const cause = error();
    if (cause) throw new Error(cause.message, { cause });
    const now = (status() === 'reloading' ? made()?.tracked : tracked())?.value();
    return now === undefined ? defaultValue : now;
  }, equal && { equal: (a, b) => a === b || (a !== undefined && b !== undefined && equal(a, b)) });
  const isLoading = computed(() => status().endsWith('loading'));

  const make = (now: Inputs): void => {
    const before = made()?.tracked;
    before?.leave();
    made.set(undefined);
    if (!now.upstream || now.error !== undefined) return;
    if (now.reloads > 0) before?.task.invalidate(); // a result that is kept for its key
    const kwargs = { params: now.params };
    try {
      const next = track<unknown, unknown>(runtime, { ...shared, kwargs, upstream: now.upstream } as object, now.params, (results, context) => {
        if (ngDevMode) refuseReserved(results);
        return run({
          ...results,
          get signal() { return context.signal; },
          get progress() { return context.progress; },
        }, context);
      }, now.reloads > 0 ? before?.value() : undefined);
      made.set({ inputs: now, tracked: next });
      next.want();
    } catch (why) {
      inputs.set({ ...now, error: why });
    }
  };
  const life = new Subscription();
  if (!destroyRef.destroyed) {
    const making = effect(() => {
      const now = inputs();
      untracked(() => { make(now); });
    }, { injector });
    life.add(() => {
      making.destroy();
      destroyed.set(true);
      untracked(made)?.tracked.leave(shared.onDestroy === 'detach');
    });
    life.add(destroyRef.onDestroy(() => { life.unsubscribe(); }));
  }
  return {
    value, status, error, isLoading, phase,
    snapshot: computed((): TaskResourceSnapshot<unknown> => {
      const now = status();
      return now === 'error' ? { status: now, error: error() as Error } : { status: now, value: value() };
    }),
    params: computed(() => inputs().params),
    progress: computed(() => tracked()?.progress()),
    attempt: computed(() => tracked()?.attempt() ?? 0),
    position: computed(() => tracked()?.position()),
    task: computed(() => tracked()?.task as Task<never> | undefined),
    hasValue: () => !error() && value() !== undefined,
    reload: () => untracked(() => {
      const now = inputs();
      const again = now.upstream !== undefined && !isLoading();
      if (again) inputs.set({ ...now, error: undefined, reloads: now.reloads + 1 });
      return again;
    }),
    cancel(options): void { untracked(tracked)?.cancel(options); },
    setPriority(now): void { untracked(tracked)?.setPriority(now); },
    destroy(): void { life.unsubscribe(); },
  } satisfies Omit<TaskResource<unknown>, 'hasValue'> & { hasValue: () => boolean } as TaskResource<unknown>;
}

/** The tasks that upstream stands for now, if each has one. */
function tasksOf(upstream: ResourceUpstream = []): Pick<Inputs, 'upstream' | 'idle' | 'error'> {
  let missing = false as boolean;
  let idle = false;
  let error: unknown;
  const toTask = (input: unknown): unknown => {
    const { from = input } = (input ?? {}) as { readonly from?: unknown }; // as it comes, or with what is to be done when it fails
    if (!isTaskSource(from)) return input;
    const task = from.task();
    if (!task) {
      missing = true;
      idle ||= from.phase?.() === 'idle';
      error ??= from.error?.();
    }
    return from === input ? task : { ...input as object, from: task };
  };
  const tasks: Record<string, unknown> = Array.isArray(upstream) ? [] as never : {};
  for (const [key, input] of Object.entries(upstream)) tasks[key] = toTask(input);
  return { idle, error, upstream: missing ? undefined : tasks };
}

function isTaskSource(input: unknown): input is TaskSource<unknown> & Partial<Pick<TaskResource<unknown>, 'phase' | 'error'>> {
  return isSignal((input as Partial<TaskSource<unknown>> | null)?.task);
}

/** Upstream that supplies what every task is given would be hidden by that. */
function refuseReserved(results: object): void {
  for (const key of ['signal', 'progress']) if (key in results) throw new KwargsConflictError(key, ['injectTask()', 'upstream']);
}

/** An `HttpErrorResponse` is no `Error`, but has a message as well. */
function toError(error: unknown): Error {
  return typeof (error as Partial<Error> | undefined)?.message === 'string' ? error as Error : new Error(String(error), { cause: error });
}
