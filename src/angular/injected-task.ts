import { computed, effect, isSignal, linkedSignal, type Resource, type ResourceStatus, type Signal, signal, untracked, type ValueEqualityFn, type WritableSignal } from '@angular/core';
import { type Observable, of, Subscription } from 'rxjs';

import { KwargsConflictError, type Task, type TaskContext, type TaskManager } from '../index.ts';
import { checkFunction, checkInjected, type InjectedTaskOptions } from './injected-options.ts';
import { isSettled } from './is-settled.ts';
import type { TaskResource, TaskResourceSnapshot } from './task-resource.ts';
import type { ResourceUpstream, TaskSource } from './task-run-input.ts';
import { findRuntime } from './task-runtime.ts';
import { showTask } from './task-signals.ts';
import { track, type TrackedTask } from './tracked-task.ts';

/** The options of `injectTask`, whatever their types. */
export interface InjectedTaskDefinition extends InjectedTaskOptions {
  readonly params?: (() => unknown) | undefined;
  readonly upstream?: ResourceUpstream | undefined;
  readonly run: (input: object, context: TaskContext) => unknown;
  readonly defaultValue?: unknown;
  readonly keepPrevious?: boolean | undefined;
  readonly equal?: ValueEqualityFn<unknown> | undefined;
}

/** All that a run depends on, and what is shown while there is no task. */
interface Inputs {
  /** What `params` gave. */
  readonly params?: unknown;
  /** Whether it was the same before. */
  readonly reloading?: boolean;
  /** The value that is kept meanwhile. */
  readonly value?: unknown;
  /** Whether that was set by hand, in place of what a run gives. */
  readonly local?: boolean;
  /** Undefined while a run cannot be queued: because there is nothing to run, or an upstream has none yet. */
  readonly upstream?: Readonly<Record<string, unknown>> | readonly unknown[] | undefined;
  readonly status: 'idle' | 'waiting' | 'failed';
  /** What `params` threw, why no task could be made, or what an upstream has failed with that has no task. */
  readonly error?: unknown;
}

/** A value that was set by hand counts for those downstream as well, in place of the task. */
interface Settable {
  readonly ɵlocal: Signal<Observable<unknown> | undefined>;
}

interface Made extends TrackedTask<unknown> {
  readonly inputs: Inputs;
}

declare const ngDevMode: unknown; // Angular's: false in a production build

/** The resource of `injectTask`: a task for each set of inputs, made in an effect. */
export function makeTaskResource(options: InjectedTaskDefinition): TaskResource<unknown> {
  const { params, upstream, run, defaultValue, keepPrevious, equal, injector: from, ...shared } = options;
  const { runtime, injector, destroyRef } = findRuntime(from);
  if (ngDevMode) refuseWrong(options, runtime.manager);
  const destroyed = signal(destroyRef.destroyed);
  const given = params && computed(params);
  const made = signal<Made | undefined>(undefined);
  const inputs = linkedSignal<Inputs, Inputs>({
    source: () => {
      if (destroyed()) return { status: 'idle' };
      try {
        const now = given?.();
        return { params: now, ...(given && now === undefined ? { status: 'idle' } : tasksOf(upstream)) };
      } catch (error) {
        return { status: 'failed', error };
      }
    },
    computation: (now, previous) => {
      if (!keepPrevious || !previous || now.status === 'idle') return now;
      const before = untracked(made);
      return { ...now, value: before?.inputs === previous.value ? untracked(before.value) : previous.value.value };
    },
  });
  /** What was made of the inputs that there are now. */
  const tracked = (): Made | undefined => {
    const now = made();
    return now?.inputs === inputs() ? now : undefined;
  };
  const latest = (): unknown => {
    const now = tracked();
    return now ? now.value() : inputs().value;
  };
  const task = computed(() => tracked()?.task as Task<never> | undefined);
  const shown = showTask(runtime, task, () => tracked()?.state() ?? inputs());
  const { phase } = shown;
  const error = computed(() => (phase() === 'failed' ? toError(shown.error()) : undefined));
  const status = computed((): ResourceStatus => {
    const now = phase();
    if (inputs().local) return 'local';
    if (!isSettled(now)) return inputs().reloading ? 'reloading' : 'loading';
    return now === 'failed' ? 'error' : now === 'completed' ? 'resolved' : 'idle';
  });
  const value = computed(() => {
    const cause = error();
    if (cause) throw new Error(cause.message, { cause });
    const now = latest();
    return now === undefined ? defaultValue : now;
  }, equal && { equal: (a, b) => a === b || (a !== undefined && b !== undefined && equal(a, b)) }) as WritableSignal<unknown>;
  const isLoading = computed(() => status().endsWith('loading'));
  const set = (next: unknown): void => {
    if (untracked(destroyed)) return;
    untracked(made)?.leave();
    inputs.update((now) => ({ ...now, status: 'idle', error: undefined, reloading: false, local: true, value: next }));
  };
  const update = (to: (value: unknown) => unknown): void => { set(to(untracked(value))); };
  const readonlyValue = computed(value);
  Object.assign(value, { set, update, asReadonly: () => readonlyValue });

  const make = (now: Inputs): void => {
    if (now.local) return; // the task was left when the value was set
    const before = made();
    before?.leave();
    made.set(undefined);
    if (!now.upstream || now.status === 'failed') return;
    if (now.reloading) before?.task.invalidate(); // a result that is kept for its key
    const { params } = now;
    try {
      const next = track(runtime, { ...shared, kwargs: { params }, upstream: now.upstream } as object, params, (results, context) => {
        if (ngDevMode) refuseReserved(results);
        return run({
          ...results,
          get signal() { return context.signal; },
          get progress() { return context.progress; },
        }, context);
      }, now.value);
      made.set({ ...next, inputs: now });
      next.want();
    } catch (why) {
      inputs.set({ ...now, status: 'failed', error: why });
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
      untracked(made)?.leave(true);
    });
    life.add(destroyRef.onDestroy(() => { life.unsubscribe(); }));
  }
  return {
    ...shown, value, set, update, status, error, isLoading, task,
    snapshot: computed((): TaskResourceSnapshot<unknown> => {
      const now = status();
      return now === 'error' ? { status: now, error: error() as Error } : { status: now, value: value() };
    }),
    params: computed(() => inputs().params),
    ɵlocal: computed(() => (inputs().local ? of(inputs().value) : undefined)),
    asReadonly(): Resource<unknown> { return this as never; },
    hasValue: () => !error() && value() !== undefined,
    reload: () => untracked(() => {
      const now = inputs();
      const again = now.upstream !== undefined && !isLoading();
      if (again) inputs.set({ ...now, status: 'waiting', reloading: true, local: false, value: latest() });
      return again;
    }),
    destroy(): void { life.unsubscribe(); },
  } satisfies Omit<TaskResource<unknown>, 'hasValue'> & Settable & { hasValue: () => boolean } as unknown as TaskResource<unknown>;
}

/** The tasks that upstream stands for now, if each has one. */
function tasksOf(upstream: ResourceUpstream = []): Pick<Inputs, 'upstream' | 'status' | 'error'> {
  let missing = false as boolean;
  let idle = false as boolean;
  let error: unknown;
  const toTask = (input: unknown): unknown => {
    const { from = input } = (input ?? {}) as { readonly from?: unknown }; // as it comes, or with what is to be done when it fails
    const source = (from ?? {}) as Partial<TaskSource<unknown> & Pick<TaskResource<unknown>, 'phase' | 'error'> & Settable>;
    if (!isSignal(source.task)) return input;
    const task = source.ɵlocal?.() ?? source.task();
    if (!task) {
      missing = true;
      idle ||= source.phase?.() === 'idle';
      error ??= source.error?.();
    }
    return from === input ? task : { ...input as object, from: task };
  };
  const tasks: Record<string, unknown> = Array.isArray(upstream) ? [] as never : {};
  for (const [key, input] of Object.entries(upstream)) tasks[key] = toTask(input);
  return { error, status: error !== undefined ? 'failed' : idle ? 'idle' : 'waiting', upstream: missing ? undefined : tasks };
}

function refuseWrong(options: InjectedTaskDefinition, manager: TaskManager): void {
  checkFunction('injectTask(): params', options.params, 'A value that does not change is given as params: () => value.');
  checkFunction('injectTask(): equal', options.equal);
  checkInjected('injectTask()', options.run, options, ['params', 'run', 'defaultValue', 'keepPrevious', 'equal', 'onDestroy', 'injector', 'upstream', 'onUpstreamError'], manager);
}

/** Upstream that supplies what every task is given would be hidden by that. */
function refuseReserved(results: object): void {
  for (const key of ['signal', 'progress']) if (key in results) throw new KwargsConflictError(key, ['injectTask()', 'upstream']);
}

/** An `HttpErrorResponse` is no `Error`, but has a message as well. */
function toError(error: unknown): Error {
  return typeof (error as Partial<Error> | undefined)?.message === 'string' ? error as Error : new Error(String(error), { cause: error });
}
