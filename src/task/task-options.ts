import { from, type Observable, type ObservableInput } from 'rxjs';

import { check, checkChoice, checkGroupName, checkPriority, isObject } from '../scheduler/validate.ts';
import type { Kwargs, OnConflict, Upstream, UpstreamInput } from './kwargs.ts';
import { isPlainObject } from './merge-kwargs.ts';
import type { TaskNode } from './task-node.ts';

/** When the slot of a cancelled run is free. */
export type ReleaseSlot = 'on-cancel' | 'on-settle';

/** Options that every task has. */
export interface CommonTaskOptions {
  /** What errors, events and tools call it. Default: the function's name, or `task` and its id. */
  readonly name?: string | undefined;
  /** The group whose limits apply, and with which it is watched, paused and cancelled. */
  readonly group?: string | undefined;
  /** Who goes next: any finite number, the higher the sooner. Default 0. */
  readonly priority?: number | undefined;
  /**
   * `'forkJoin'` (default): one run, when all upstream has completed, with last values.
   * `'combineLatest'`: a run for each combination of upstream values, which replaces the run before.
   */
  readonly join?: 'forkJoin' | 'combineLatest' | undefined;
  /** Whether the result is frozen, deeply, when it feeds tasks downstream. Default true. */
  readonly freeze?: boolean | undefined;
  /**
   * `'on-cancel'` (default): the slot of a cancelled run is free at once. `'on-settle'`: not before
   * its function has really ended, a true bound for functions that do not heed `signal`.
   */
  readonly releaseSlot?: ReleaseSlot | undefined;
  /**
   * When two inputs supply the same kwarg: `'error'` (default) fails the task with a
   * `KwargsConflictError`, `'overwrite'` lets the later one win, a function decides.
   */
  readonly onConflict?: OnConflict | undefined;
}

/** Options of a task, with the types of its inputs. */
export interface TaskOptions<
  Args extends readonly unknown[] = readonly unknown[],
  Own extends object = Kwargs,
  Up extends Upstream = Upstream,
> extends CommonTaskOptions {
  /** Positional arguments, passed before the kwargs. */
  readonly args?: readonly [...Args] | undefined;
  /** Named arguments of its own. */
  readonly kwargs?: Own | undefined;
  /** The tasks or other Observables whose results it needs. */
  readonly upstream?: Up | undefined;
}

/** One upstream, as it was given. */
export interface UpstreamSource {
  /** The kwarg it supplies, or undefined when its result is merged. */
  readonly key: string | undefined;
  readonly input: Observable<unknown>;
  /** The same, if it is a task of the same manager. */
  readonly task: TaskNode | undefined;
}

/** What a task is made of, once its options have been checked. */
export interface TaskDefinition {
  readonly name: string | undefined;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs;
  readonly upstream: readonly UpstreamSource[];
  readonly live: boolean;
  readonly freeze: boolean;
  /** Undefined where its group is to decide. */
  readonly releaseSlot: ReleaseSlot | undefined;
  readonly onConflict: OnConflict;
}

/** The options of a task. */
export const TASK_OPTIONS: readonly (keyof TaskOptions)[] = [
  'args', 'kwargs', 'upstream', 'name', 'group', 'priority', 'join', 'freeze', 'releaseSlot', 'onConflict',
];

/** What a task without options is made of: shared by all of them, so that they cost nothing. */
export function defineDefaults(freeze: boolean): TaskDefinition {
  return { name: undefined, args: [], kwargs: {}, upstream: [], live: false, freeze, releaseSlot: undefined, onConflict: 'error' };
}

/**
 * Checks the options of `where`, and returns them complete.
 *
 * @param toTask - tells the tasks of the same manager from other Observables
 */
export function defineTask(
  where: string,
  options: TaskOptions,
  defaults: TaskDefinition,
  toTask: (input: unknown) => TaskNode | undefined,
): TaskDefinition {
  const { upstream, name, group, priority, releaseSlot } = options;
  const { args = defaults.args, kwargs = defaults.kwargs, freeze = defaults.freeze, onConflict = defaults.onConflict, join = 'forkJoin' } = options;
  if (priority !== undefined) checkPriority(where, priority);
  if (group !== undefined) checkGroupName(where, group);
  // These two are the task's own: one without other options is made of the same as any other such.
  if (!hasOthers(options)) return defaults;
  checkDefaults(where, { freeze, releaseSlot });
  checkChoice(where, 'join', join, ['forkJoin', 'combineLatest']);
  if (typeof onConflict !== 'function') checkChoice(where, 'onConflict', onConflict, ['error', 'overwrite']);
  check(name === undefined || typeof name === 'string', where, 'name', 'a string', name);
  check(Array.isArray(args), where, 'args', 'an array', args);
  check(isObject(kwargs), where, 'kwargs', 'an object', kwargs);
  return {
    name,
    args: options.args ? [...(args as readonly unknown[])] : args,
    kwargs: options.kwargs ? { ...kwargs } : kwargs,
    upstream: upstream === undefined ? defaults.upstream : toSources(where, upstream, toTask),
    live: join === 'combineLatest',
    freeze,
    releaseSlot,
    onConflict,
  };
}

function hasOthers(options: TaskOptions): boolean {
  for (const name in options) if (name !== 'priority' && name !== 'group') return true;
  return false;
}

export function checkDefaults(where: string, { freeze, releaseSlot }: Pick<TaskOptions, 'freeze' | 'releaseSlot'>): void {
  checkChoice(where, 'freeze', freeze, [true, false]);
  checkChoice(where, 'releaseSlot', releaseSlot, ['on-cancel', 'on-settle', undefined]);
}

function toSources(where: string, upstream: Upstream, toTask: (input: unknown) => TaskNode | undefined): UpstreamSource[] {
  const list = Array.isArray(upstream);
  check(list || isPlainObject(upstream), where, 'upstream', 'an array or a dictionary of tasks', upstream, 'A single one goes into an array: [task].');
  // Not by `map`, which passes over the gaps of a list.
  return Array.from(Object.entries(list ? Array.from(upstream as readonly UpstreamInput[]) : upstream), ([key, input]) => {
    const hint = 'Give the task itself, not its id or its result.';
    const task = toTask(input);
    const observable = task ?? toObservable(input);
    check(observable !== undefined, where, `upstream.${key}`, 'a task or another ObservableInput', input, hint);
    return { key: list ? undefined : key, input: observable, task };
  });
}

/** What RxJS's `from` takes, strings excepted: one given here is an id or a name by mistake. */
function toObservable(input: unknown): Observable<unknown> | undefined {
  try {
    return typeof input === 'string' ? undefined : from(input as ObservableInput<unknown>);
  } catch {
    return undefined;
  }
}
