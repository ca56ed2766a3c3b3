import { KwargsConflictError } from '../errors/kwargs-conflict-error.ts';
import type { Kwargs, OnConflict } from './kwargs.ts';

/** Stands for the value of something that has none. */
export const NONE: unique symbol = Symbol('none');

/** One input of a merge. */
export interface MergeSource {
  readonly name: string;
  /** The kwarg that the value is, or undefined when its keys are kwargs. */
  readonly key: string | undefined;
  readonly value: unknown;
}

/**
 * The kwargs of one call: `own`, then the results of upstream, in the order in which upstream was
 * given. Always a fresh object, with no key but its own: `__proto__` is a key like any other.
 */
export function mergeKwargs(own: Kwargs, upstream: readonly MergeSource[], onConflict: OnConflict): Record<string, unknown> {
  // A spread defines properties, it does not assign them.
  const kwargs: Record<string, unknown> = { ...own };
  if (upstream.length === 0) return kwargs;
  for (const [i, source] of upstream.entries()) {
    const added = addedBy(source);
    for (const key of Object.keys(added)) {
      let value = added[key];
      if (onConflict !== 'overwrite' && Object.hasOwn(kwargs, key)) {
        const sources = [supplier(upstream, i, key), source.name] as const;
        if (onConflict === 'error') throw new KwargsConflictError(key, sources);
        value = onConflict({ key, values: [kwargs[key], value], sources });
      }
      if (key === '__proto__') Object.defineProperty(kwargs, key, { value, writable: true, enumerable: true, configurable: true });
      else kwargs[key] = value;
    }
  }
  return kwargs;
}

/** Who supplied the kwarg that is there before upstream `end` is merged: the nearest before it. */
function supplier(upstream: readonly MergeSource[], end: number, key: string): string {
  for (let i = end - 1; i >= 0; i--) {
    const source = upstream[i] as MergeSource;
    if (Object.hasOwn(addedBy(source), key)) return source.name;
  }
  return 'kwargs';
}

/** The kwargs that one upstream supplies. */
function addedBy({ key, value }: MergeSource): Kwargs {
  if (value !== NONE) {
    if (key !== undefined) return { [key]: value };
    if (isPlainObject(value)) return value;
  }
  return {};
}

export function isPlainObject(value: unknown): value is Kwargs {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The second test is for objects of another realm, such as a frame or a vm context.
  return prototype === null || prototype === Object.prototype || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'));
}
