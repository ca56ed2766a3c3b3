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
    const { key, value } = source;
    if (value === NONE) continue;
    if (key !== undefined) put(key, value, i);
    else if (isPlainObject(value)) for (const name of Object.keys(value)) put(name, value[name], i);
  }
  return kwargs;

  function put(key: string, value: unknown, from: number): void {
    if (onConflict !== 'overwrite' && Object.hasOwn(kwargs, key)) {
      const sources = [supplier(key, from), (upstream[from] as MergeSource).name] as const;
      if (onConflict === 'error') throw new KwargsConflictError(key, sources);
      value = onConflict({ key, values: [kwargs[key], value], sources });
    }
    if (key === '__proto__') Object.defineProperty(kwargs, key, { value, writable: true, enumerable: true, configurable: true });
    else kwargs[key] = value;
  }

  /** Who supplied the value that is there before upstream `end` is merged. */
  function supplier(key: string, end: number): string {
    const before = upstream.slice(0, end).reverse().find((source) => supplies(source, key));
    return before?.name ?? 'kwargs';
  }
}

function supplies({ key, value }: MergeSource, name: string): boolean {
  if (value === NONE) return false;
  return key === undefined ? isPlainObject(value) && Object.hasOwn(value, name) : key === name;
}

function isPlainObject(value: unknown): value is Kwargs {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The second test is for objects of another realm, such as a frame or a vm context.
  return prototype === null || prototype === Object.prototype || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'));
}
