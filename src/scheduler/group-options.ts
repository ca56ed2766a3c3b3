import { NO_POLICIES } from './group-policies.ts';
import type { GroupPolicy } from './group-policy.ts';
import type { Limits } from './slot-group.ts';
import { check, checkChoice, checkConcurrency, checkOptions, isArray, isObject } from './validate.ts';

/** The limits of a group, a scheduler or a manager. */
export interface GroupOptions {
  /** How many run at once: a positive integer or `Infinity`. Default `Infinity`. */
  readonly concurrency?: number | undefined;
  /** Whether nothing starts to begin with. Default false. */
  readonly paused?: boolean | undefined;
  /** Further limits, and who goes first: `withRate`, `withMaxWait`, `withWeight`, or your own. Default none. */
  readonly policies?: readonly GroupPolicy[] | undefined;
}

/** Each limit with what refuses a wrong value. */
const CHECKS: { readonly [Name in keyof GroupOptions]-?: (where: string, value: unknown) => void } = {
  concurrency: checkConcurrency,
  paused: (where, value) => { checkChoice(where, 'paused', value, [true, false]); },
  policies: checkGroupPolicies,
};

export const LIMITS: readonly string[] = Object.keys(CHECKS);

/** Options that there were before policies. */
const REPLACED: Readonly<Record<string, string>> = {
  rate: 'policies: [withRate({ limit, per })]',
  maxWait: 'policies: [withMaxWait(ms)]',
  weight: 'policies: [withWeight(n)]',
};

/** Refuses options that do not exist, and says what has come in place of one that has existed. */
export function checkGroupOptions(where: string, options: unknown, names: readonly string[]): void {
  if (isObject(options)) {
    for (const name in options) {
      const instead = REPLACED[name];
      check(instead === undefined, where, `the option "${name}"`, `one of ${names.join(', ')}`, name, `Use ${String(instead)}.`);
    }
  }
  checkOptions(where, options, names);
}

/** Refuses options by group name that are no object, or where those of a group have a name which does not exist. */
export function checkGroups(where: string, groups: unknown, names: readonly string[]): void {
  check(isObject(groups), where, 'groups', 'an object', groups);
  for (const [name, options] of Object.entries(groups)) checkGroupOptions(`${where}: groups.${name}`, options, names);
}

/** Refuses limits with a wrong value, and returns those that are given. */
export function checkLimits(where: string, options: GroupOptions): Limits {
  for (const name of LIMITS as readonly (keyof GroupOptions)[]) if (options[name] !== undefined) CHECKS[name](where, options[name]);
  const { concurrency, paused, policies } = options;
  return { concurrency, paused, policies: policies && (policies.length === 0 ? NO_POLICIES : Object.freeze([...policies])) };
}

function checkGroupPolicies(where: string, policies: unknown): void {
  check(isArray(policies) === true, where, 'policies', 'an array of policies', policies, 'A single one goes into an array: [withRate({ limit, per })].');
  const names = new Set<unknown>();
  for (const [i, policy] of (policies as Partial<GroupPolicy>[]).entries()) {
    const what = `policies[${String(i)}]`;
    check(isObject(policy) && typeof policy.attach === 'function' && typeof policy.name === 'string', where, what, 'a GroupPolicy, such as withRate({ limit, per })', policy);
    check(!names.has(policy.name), where, what, 'the only policy of its name', policy.name, 'Leave one of the two out.');
    names.add(policy.name);
  }
}
