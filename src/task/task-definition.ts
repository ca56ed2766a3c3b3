import { from, type Observable, type ObservableInput } from 'rxjs';

import { check, checkChoice, checkGroupName, checkOptions, checkPriority, checkSignal, checkSlots, isArray, isObject } from '../scheduler/validate.ts';
import type { Upstream, UpstreamInput, UpstreamWithPolicy } from './kwargs.ts';
import { isPlainObject } from './merge-kwargs.ts';
import type { TaskDefinition, TaskNode, TaskRules, UpstreamSource } from './task-node.ts';
import type { TaskOptions } from './task-options.ts';
import { checkPolicies, NO_POLICIES } from './task-policy.ts';
import { checkUpstreamPolicy } from './upstream-policy.ts';

/** An option that says how a task runs: what it is by default, and what is refused. */
interface Rule<T> {
  readonly byDefault: T;
  readonly check: (where: string, name: string, value: T) => void;
}

const oneOf = <T>(byDefault: T, ...others: readonly T[]): Rule<T> => ({
  byDefault,
  check: (where, name, value) => { checkChoice(where, name, value, [byDefault, ...others]); },
});

/** The options that most tasks leave at their defaults. Each is declared here, once. */
const RULES: { readonly [Name in keyof TaskRules]: Rule<TaskRules[Name]> } = {
  join: oneOf<TaskRules['join']>('forkJoin', 'combineLatest'),
  flatten: oneOf<TaskRules['flatten']>('switch', 'concat', 'exhaust'),
  freeze: oneOf<boolean>(true, false),
  // Its group is to decide.
  releaseSlot: oneOf<TaskRules['releaseSlot']>(undefined, 'on-cancel', 'on-settle'),
  onConflict: { byDefault: 'error', check: (where, name, value) => { if (typeof value !== 'function') checkChoice(where, name, value, ['error', 'overwrite']); } },
  slots: { byDefault: 1, check: (where, _, value) => { checkSlots(where, value); } },
  onUpstreamError: { byDefault: 'fail', check: checkUpstreamPolicy },
  signal: { byDefault: undefined, check: checkSignal },
  policies: { byDefault: NO_POLICIES, check: (where, _, value) => { checkPolicies(where, value); } },
};

const RULE_NAMES = Object.keys(RULES) as (keyof TaskRules)[];
/** These are the task's own: one without other options shares its definition with all that are like it. */
const OWN: readonly string[] = ['priority', 'group'];
const INPUTS: readonly string[] = ['name', 'args', 'kwargs', 'upstream'];

/** The options of a task. */
export const TASK_OPTIONS: readonly string[] = [...INPUTS, ...OWN, ...RULE_NAMES];

/** What a task without options is made of: shared by all of them, so that they cost nothing. */
export function defineDefaults(freeze: boolean): TaskDefinition {
  const rules = Object.fromEntries(RULE_NAMES.map((name) => [name, RULES[name].byDefault])) as unknown as TaskRules;
  return { name: undefined, args: [], kwargs: {}, upstream: [], rules: { ...rules, freeze } };
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
  if (!hasOthers(options, OWN)) return defaults;
  check(name === undefined || typeof name === 'string', where, 'name', 'a string', name);
  check(isArray(args) === true, where, 'args', 'an array', args);
  check(isObject(kwargs), where, 'kwargs', 'an object', kwargs);
  return {
    name,
    args: options.args ? [...args] : args,
    kwargs: options.kwargs ? { ...kwargs } : kwargs,
    upstream: upstream === undefined ? defaults.upstream : toSources(where, upstream, owner),
    rules: hasOthers(options, [...OWN, ...INPUTS]) ? defineRules(where, options, defaults.rules) : defaults.rules,
  };
}

function hasOthers(options: TaskOptions, known: readonly string[]): boolean {
  for (const name in options) if (!known.includes(name)) return true;
  return false;
}

function defineRules(where: string, options: TaskOptions, defaults: TaskRules): TaskRules {
  const rules: { -readonly [Name in keyof TaskRules]: unknown } = { ...defaults };
  for (const name of RULE_NAMES) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    checkRule(where, name, value);
    rules[name] = isArray(value) === true ? [...(value as readonly unknown[])] : value;
  }
  check(options.flatten === undefined || rules.join === 'combineLatest', where, 'join', '"combineLatest" where flatten is given', rules.join);
  return rules as TaskRules;
}

/** Refuses a value of an option that says how a task runs. */
export function checkRule(where: string, name: keyof TaskRules, value: unknown): void {
  (RULES[name] as Rule<unknown>).check(where, name, value);
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
