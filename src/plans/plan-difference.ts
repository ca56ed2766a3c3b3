import type { PlanData } from './plan-data.ts';

/** The first place where two plans differ, as a sentence without its full stop. Undefined if they are the same. */
export function planDifference(known: PlanData, given: PlanData): string | undefined {
  for (let i = 0; i < Math.max(known.tasks.length, given.tasks.length); i++) {
    const [there, here] = [known.tasks[i], given.tasks[i]];
    if (there === undefined) return `task ${i + 1} (${String(here?.name)}) is not in the plan of the run`;
    if (here === undefined) return `task ${i + 1} (${there.name}) of the plan of the run is missing`;
    const found = difference(there, here, '');
    if (found) return `task ${i + 1} (${there.name}): ${found}`;
  }
  return difference(known.values, given.values, '.values');
}

function difference(there: unknown, here: unknown, path: string): string | undefined {
  if (Object.is(there, here)) return undefined;
  if (!isObject(there) || !isObject(here) || Array.isArray(there) !== Array.isArray(here)) return say(there, here, path);
  if (!isPlain(there) || !isPlain(here)) return sameKind(there, here) ? undefined : say(there, here, path);
  for (const key of new Set([...Object.keys(there), ...Object.keys(here)])) {
    const found = difference(there[key], here[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

function say(there: unknown, here: unknown, path: string): string {
  return `${path.slice(1)} was ${show(there)}, and is ${show(here)}`;
}

function show(value: unknown): string {
  if (value === undefined) return 'not given';
  const text = isObject(value) && !isPlain(value) ? Object.prototype.toString.call(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';
}

/** Of values that are cloned, such as files: what can be compared at once. */
function sameKind(there: Readonly<Record<string, unknown>>, here: Readonly<Record<string, unknown>>): boolean {
  if (Object.prototype.toString.call(there) !== Object.prototype.toString.call(here)) return false;
  if (there instanceof Date && here instanceof Date) return there.getTime() === here.getTime();
  return ['name', 'size', 'type', 'lastModified', 'byteLength'].every((key) => there[key] === here[key]);
}
