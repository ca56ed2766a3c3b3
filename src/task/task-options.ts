import { from, type Observable, type ObservableInput } from 'rxjs';

import { check, checkChoice, checkGroupName, checkOptions, checkPriority, checkSlots, isArray, isObject } from '../scheduler/validate.ts';
import type { Kwargs, OnConflict, Upstream, UpstreamInput, UpstreamWithPolicy } from './kwargs.ts';
import { isPlainObject } from './merge-kwargs.ts';
import type { TaskNode } from './task-node.ts';
import { checkPolicies, NO_POLICIES, type TaskPolicy } from './task-policy.ts';
import { checkUpstreamPolicy, type OnUpstreamError } from './upstream-policy.ts';

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
   * `'combineLatest'`: a run for each combination of upstream values; see {@link flatten}.
   */
  readonly join?: 'forkJoin' | 'combineLatest' | undefined;
  /**
   * What a live task (`join: 'combineLatest'`) does with a combination that comes while there is a
   * run, as RxJS's operators do. `'switch'` (default): it replaces the run. `'concat'`: it waits for
   * the run to end. `'exhaust'`: it is dropped.
   */
  readonly flatten?: Flatten | undefined;
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
  /** How many slots it takes: a positive integer, no more than the limits it is under. Default 1. */
  readonly slots?: number | undefined;
  /**
   * What becomes of a run that fails, takes long or waits long: {@link withRetry}, {@link withTimeout},
   * {@link withExpiry}, or policies of your own. Read like RxJS's `pipe`: the first stands nearest to the
   * function. Default: none.
   */
  readonly policies?: readonly TaskPolicy[] | undefined;
  /**
   * What it is, for the manager: a string that is not empty. While a task with the same key is idle,
   * waiting, queued, running or kept, it is returned in place of another one: with the function and
   * the options of whoever came first, and with the type that this call says. So the same key must
   * mean the same work.
   */
  readonly key?: string | undefined;
  /**
   * For how many milliseconds its result is kept, whoever holds the task; after that it runs again
   * for who subscribes. 0 keeps nothing, `Infinity` until it is invalidated. Takes no timer. Needs a
   * `key`. Default: as long as someone holds the task, or one downstream of it.
   */
  readonly keepFor?: number | undefined;
}

/** What a live task does with a new combination while there is a run. */
export type Flatten = 'switch' | 'concat' | 'exhaust';

/** Options of a task, with the types of its inputs. */
export interface TaskOptions<
  Args extends readonly unknown[] = readonly unknown[],
  Own extends object = Kwargs,
  Up extends Upstream = Upstream,
  OnError extends OnUpstreamError = OnUpstreamError,
> extends CommonTaskOptions {
  /**
   * What it does when upstream fails or is skipped: `'fail'` (default) as well, `'skip'`, `'continue'`
   * without the input, or `{ fallback }`, with that value in place of the input. May be said for each
   * upstream of a dictionary: `{ user: { from: task, onError: 'skip' } }`. A cancelled upstream cancels it
   * all the same.
   */
  readonly onUpstreamError?: OnError | undefined;
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
  readonly onError: OnUpstreamError | undefined;
}

/** What a task is made of, once its options have been checked. */
export interface TaskDefinition {
  readonly name: string | undefined;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs;
  readonly upstream: readonly UpstreamSource[];
  readonly rules: TaskRules;
}

/** How a task runs, in all that most tasks leave at its default: these share one object. */
export interface TaskRules {
  readonly live: boolean;
  readonly freeze: boolean;
  /** Undefined where its group is to decide. */
  readonly releaseSlot: ReleaseSlot | undefined;
  readonly onConflict: OnConflict;
  readonly slots: number;
  readonly onUpstreamError: OnUpstreamError;
  readonly flatten: Flatten;
  readonly policies: readonly TaskPolicy[];
  readonly key: string | undefined;
  readonly keepFor: number | undefined;
}

/** The options of a task. */
export const TASK_OPTIONS: readonly (keyof TaskOptions)[] = [
  'args', 'kwargs', 'upstream', 'name', 'group', 'priority', 'join', 'freeze', 'releaseSlot', 'onConflict', 'slots',
  'onUpstreamError', 'flatten', 'policies', 'key', 'keepFor',
];

/** What a task without options is made of: shared by all of them, so that they cost nothing. */
export function defineDefaults(freeze: boolean): TaskDefinition {
  return {
    name: undefined, args: [], kwargs: {}, upstream: [],
    rules: {
      live: false, freeze, releaseSlot: undefined, onConflict: 'error', slots: 1, onUpstreamError: 'fail', flatten: 'switch',
      policies: NO_POLICIES, key: undefined, keepFor: undefined,
    },
  };
}

/** Where the tasks of one manager are told from other Observables. */
export interface TaskOwner {
  own(input: unknown): TaskNode | undefined;
}

/** Checks the options of `where`, and returns them complete. */
export function defineTask(where: string, options: TaskOptions, defaults: TaskDefinition, owner: TaskOwner): TaskDefinition {
  const { upstream, name, group, priority } = options;
  const { args = defaults.args, kwargs = defaults.kwargs } = options;
  if (priority !== undefined) checkPriority(where, priority);
  if (group !== undefined) checkGroupName(where, group);
  // These two are the task's own: one without other options is made of the same as any other such.
  if (!hasOthers(options, OWN)) return defaults;
  check(name === undefined || typeof name === 'string', where, 'name', 'a string', name);
  check(isArray(args) === true, where, 'args', 'an array', args);
  check(isObject(kwargs), where, 'kwargs', 'an object', kwargs);
  return {
    name,
    args: options.args ? [...(args)] : args,
    kwargs: options.kwargs ? { ...kwargs } : kwargs,
    upstream: upstream === undefined ? defaults.upstream : toSources(where, upstream, owner),
    rules: hasOthers(options, INPUTS) ? defineRules(where, options, defaults.rules) : defaults.rules,
  };
}

const OWN: readonly string[] = ['priority', 'group'];
const INPUTS: readonly string[] = [...OWN, 'upstream', 'name', 'args', 'kwargs'];

function hasOthers(options: TaskOptions, known: readonly string[]): boolean {
  for (const name in options) if (!known.includes(name)) return true;
  return false;
}

function defineRules(where: string, options: TaskOptions, defaults: TaskRules): TaskRules {
  const { releaseSlot, policies = NO_POLICIES, key, keepFor } = options;
  const { slots = 1, onUpstreamError = 'fail', flatten = 'switch', join = 'forkJoin' } = options;
  const { freeze = defaults.freeze, onConflict = defaults.onConflict } = options;
  checkDefaults(where, { freeze, releaseSlot });
  checkChoice(where, 'join', join, ['forkJoin', 'combineLatest']);
  if (typeof onConflict !== 'function') checkChoice(where, 'onConflict', onConflict, ['error', 'overwrite']);
  checkSlots(where, slots);
  checkUpstreamPolicy(where, 'onUpstreamError', onUpstreamError);
  checkChoice(where, 'flatten', flatten, ['switch', 'concat', 'exhaust']);
  check(options.flatten === undefined || join === 'combineLatest', where, 'join', '"combineLatest" where flatten is given', join);
  checkPolicies(where, policies);
  check(key === undefined || (typeof key === 'string' && key !== ''), where, 'key', 'a string that is not empty', key);
  if (keepFor !== undefined) {
    check(typeof keepFor === 'number' && keepFor >= 0, where, 'keepFor', 'milliseconds: 0, a positive number or Infinity', keepFor);
    check(key !== undefined, where, 'key', 'given where keepFor is', key, 'It is what the kept task is found by.');
  }
  return {
    live: join === 'combineLatest',
    freeze,
    releaseSlot,
    onConflict,
    slots,
    onUpstreamError,
    flatten,
    policies: policies.length === 0 ? NO_POLICIES : [...policies],
    key,
    keepFor,
  };
}

export function checkDefaults(where: string, { freeze, releaseSlot }: Pick<TaskOptions, 'freeze' | 'releaseSlot'>): void {
  checkChoice(where, 'freeze', freeze, [true, false]);
  checkChoice(where, 'releaseSlot', releaseSlot, ['on-cancel', 'on-settle', undefined]);
}

function toSources(where: string, upstream: Upstream, owner: TaskOwner): UpstreamSource[] {
  const list = isArray(upstream) === true;
  check(list || (isObject(upstream) && isPlainObject(upstream)), where, 'upstream', 'an array or a dictionary of tasks', upstream, 'A single one goes into an array: [task].');
  // Not by `map`, which passes over the gaps of a list.
  if (list) return Array.from(upstream as readonly UpstreamInput[], (input, i) => toSource(where, i, undefined, input, owner));
  return Object.keys(upstream).map((key) => toSource(where, key, key, (upstream as Record<string, UpstreamInput>)[key], owner));
}

function toSource(where: string, place: string | number, key: string | undefined, input: unknown, owner: TaskOwner): UpstreamSource {
  const what = `upstream.${String(place)}`;
  const policy = isObject(input) && isPlainObject(input) && Object.hasOwn(input, 'from') ? (input as unknown as UpstreamWithPolicy) : undefined;
  if (policy) {
    check(key !== undefined, where, what, 'a task or another ObservableInput', input, 'In a list say it for all of them, by onUpstreamError; or give a dictionary: { name: { from, onError } }.');
    checkOptions(`${where}: ${what}`, policy, ['from', 'onError']);
    if (policy.onError !== undefined) checkUpstreamPolicy(where, `${what}.onError`, policy.onError);
  }
  const source = policy ? policy.from : input;
  const task = isObject(source) ? owner.own(source) : undefined;
  const observable = task ?? toObservable(source);
  check(observable !== undefined, where, what, 'a task or another ObservableInput', input, 'Give the task itself, not its id or its result.');
  return { key, input: observable, task, onError: policy?.onError };
}

/** What RxJS's `from` takes, strings excepted: one given here is an id or a name by mistake. */
function toObservable(input: unknown): Observable<unknown> | undefined {
  try {
    return typeof input === 'string' ? undefined : from(input as ObservableInput<unknown>);
  } catch {
    return undefined;
  }
}
