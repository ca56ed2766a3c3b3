/** Whether a thread can be sent a copy of this. */
export function isCloneable(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value !== 'object' || value === null) return true;
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where in a value that could not be cloned the reason is, such as `kwargs.items[2].onDone`. The root, if
 * it cannot be told.
 *
 * @param root - the name of the value
 * @param moved - what is inside it, but moves instead of being cloned
 */
export function uncloneablePath(value: unknown, root: string, moved: readonly unknown[] = []): string {
  try {
    return find(value, root, new Set(moved), moved.length > 0) ?? root;
  } catch {
    return root; // A getter that throws this time, or a value nested too deeply.
  }
}

function find(value: unknown, path: string, passed: Set<unknown>, moving: boolean): string | undefined {
  if (typeof value !== 'object' || value === null) return isCloneable(value) ? undefined : path;
  if (passed.has(value)) return undefined;
  passed.add(value);
  for (const [step, part] of partsOf(value)) {
    const found = find(part, path + step, passed, moving);
    if (found !== undefined) return found;
  }
  // No part of it is the reason, so it is itself, if anything: a promise, a DOM node, a proxy. What holds
  // something that moves cannot be tried, unless it is of a kind that holds nothing.
  return (moving && isContainer(value)) || isCloneable(value) ? undefined : path;
}

function* partsOf(value: object): Iterable<readonly [step: string, part: unknown]> {
  if (ArrayBuffer.isView(value)) return;
  if (value instanceof Map) {
    for (const [key, part] of value as Map<unknown, unknown>) {
      const name = typeof key === 'string' ? JSON.stringify(key) : typeof key === 'number' ? String(key) : '…';
      yield [`.keys(${name})`, key];
      yield [`.get(${name})`, part];
    }
  } else if (value instanceof Set) {
    let index = 0;
    for (const part of value as Set<unknown>) yield [`.values(${index++})`, part];
  }
  if (!isContainer(value)) return;
  for (const key of Object.keys(value)) {
    const step = Array.isArray(value) ? `[${key}]` : /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    yield [step, (value as Record<string, unknown>)[key]];
  }
}

/** Whether it is cloned key by key: a plain object, an array, an object of a class of the user's. */
function isContainer(value: object): boolean {
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';
}
