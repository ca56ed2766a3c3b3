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

/** A part of the value, and where it is. */
interface Place {
  readonly part: unknown;
  readonly step: string;
  readonly within: Place | undefined;
}

/** How many containers that cannot be cloned are looked into: in a graph with circles each of them may hold all of it. */
const MOST_TRIED = 50;

/** How many steps of a path are told; of a longer one its ends. */
const MOST_STEPS = 20;

/**
 * Where in a value that could not be cloned the reason is, such as `kwargs.items[2].onDone`. The root, if
 * it cannot be told.
 *
 * @param root - the name of the value
 * @param moved - what is inside it, but moves instead of being cloned
 */
export function uncloneablePath(value: unknown, root: string, moved: readonly unknown[] = []): string {
  const all: Place = { part: value, step: root, within: undefined };
  try {
    return pathOf(findLeaf(all, new Set(moved)) ?? findContainer(all, new Set(moved)) ?? all);
  } catch {
    return root; // A getter that throws this time, or a proxy that is nested too deeply.
  }
}

/** The first part that holds no others and cannot be cloned. Each object is looked at once, however they hold each other. */
function findLeaf(all: Place, passed: Set<unknown>): Place | undefined {
  const left = [all];
  for (let place = left.pop(); place !== undefined; place = left.pop()) {
    const { part } = place;
    if (typeof part !== 'object' || part === null) {
      if (!isCloneable(part)) return place;
      continue;
    }
    if (passed.has(part)) continue;
    passed.add(part);
    if (isContainer(part)) left.push(...[...partsOf(part, place)].reverse());
    else if (!isCloneable(part)) return place;
  }
  return undefined;
}

/** The innermost container that cannot be cloned, though its parts can: a proxy. */
function findContainer(all: Place, passed: Set<unknown>): Place | undefined {
  let tries = MOST_TRIED;
  const look = (place: Place): Place | undefined => {
    passed.add(place.part);
    let certain = true;
    for (const inner of partsOf(place.part as object, place)) {
      if (typeof inner.part !== 'object' || inner.part === null) continue;
      if (passed.has(inner.part)) certain = false; // what it fails for may be in there
      else if (!isCloneable(inner.part)) {
        certain = false;
        const found = tries-- > 0 ? look(inner) : undefined;
        if (found !== undefined) return found;
      }
    }
    return certain ? place : undefined;
  };
  return look(all);
}

function* partsOf(value: object, within: Place): Iterable<Place> {
  if (value instanceof Map) {
    for (const [key, part] of value as Map<unknown, unknown>) {
      const name = typeof key === 'string' ? JSON.stringify(key) : typeof key === 'number' ? String(key) : '…';
      yield { part: key, step: `.keys(${name})`, within };
      yield { part, step: `.get(${name})`, within };
    }
  } else if (value instanceof Set) {
    let index = 0;
    for (const part of value as Set<unknown>) yield { part, step: `.values(${index++})`, within };
  } else {
    for (const key of Object.keys(value)) {
      const step = Array.isArray(value) ? `[${key}]` : /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
      yield { part: (value as Record<string, unknown>)[key], step, within };
    }
  }
}

/** Whether it is cloned part by part: a plain object, a list, a map, a set, an object of a class of the user's. */
function isContainer(value: object): boolean {
  return Array.isArray(value) || value instanceof Map || value instanceof Set || Object.prototype.toString.call(value) === '[object Object]';
}

function pathOf(place: Place): string {
  const steps: string[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.within) steps.push(at.step);
  const [first, ...rest] = steps.reverse();
  const shown = rest.length > MOST_STEPS ? [...rest.slice(0, MOST_STEPS / 2), '…', ...rest.slice(-MOST_STEPS / 2)] : rest;
  return [first, ...shown].join('');
}
