import { PlanValueError } from './plan-value-error.ts';
import type { ValueKind } from './value-kind.ts';

/** JSON.stringify has a stack, too. */
const DEEPEST = 1_000;

/**
 * Refuses what would not come back as it is.
 *
 * @param where - the task, for the message
 * @param path - what the value is called: `kwargs`, `result`
 */
export function checkValue(kind: ValueKind, where: string, path: string, value: unknown): void {
  if (kind === 'json') {
    const problem = findProblem(value, path, []);
    if (problem) throw new PlanValueError(where, problem.path, `${problem.what}, and is no JSON value. Give text, finite numbers, booleans, null, plain objects and arrays`);
    return;
  }
  try {
    structuredClone(value);
  } catch (error) {
    throw new PlanValueError(where, path, `cannot be cloned (${error instanceof Error ? error.message : 'it throws'})`);
  }
}

/** A copy, which later changes of the original do not reach. */
export function copyValue<T>(kind: ValueKind, value: T): T {
  return kind === 'json' ? (JSON.parse(JSON.stringify(value)) as T) : structuredClone(value);
}

interface Problem {
  readonly path: string;
  readonly what: string;
}

function findProblem(value: unknown, path: string, around: readonly object[]): Problem | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path, what: `is ${value}` };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value !== 'object') return { path, what: `is ${value === undefined ? 'undefined' : `a ${typeof value}`}` };
  if (around.includes(value)) return { path, what: 'contains itself' };
  if (around.length >= DEEPEST) return { path, what: `is nested deeper than ${DEEPEST} levels` };
  const inside = [...around, value];
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const problem = findProblem(value[i], `${path}[${i}]`, inside);
      if (problem) return problem;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return { path, what: `is an object of the class ${className(value)}` };
  if (Object.getOwnPropertySymbols(value).length > 0) return { path, what: 'has a key that is a symbol' };
  for (const [key, part] of Object.entries(value)) {
    const problem = findProblem(part, path + step(key), inside);
    if (problem) return problem;
  }
  return undefined;
}

function step(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function className(value: object): string {
  const { name } = value.constructor as { name?: unknown };
  return typeof name === 'string' ? name : 'that has no name';
}
