import type { Observable } from 'rxjs';

import type { ResultOf } from '../index.ts';
import type { CallContext } from './pool-call.ts';
import type { WorkerContext } from './worker-context.ts';

/** The context of a function whose type parameters are kept: by this its type is known. */
export interface GenericContext extends CallContext {
  readonly generic?: never;
}

/**
 * Keeps the type parameters of a function that a worker exposes: `pool.first({ list: [1] })` is an `Observable<number>`, where
 * without it it would be one of `unknown`. Returns the function as it is; its type is that of the function of a pool.
 *
 * @param fn - a function with type parameters
 *
 * @example
 * ```ts
 * import { expose, generic } from 'sluice/workers';
 *
 * export const lists = {
 *   first: generic(<T>({ list }: { list: readonly T[] }) => list[0]),
 * };
 * expose(lists);
 * ```
 */
export function generic<K, R>(fn: (kwargs: K, context: WorkerContext) => R): (kwargs: K, context?: GenericContext) => Observable<ResultOf<R>> {
  return fn as unknown as (kwargs: K, context?: GenericContext) => Observable<ResultOf<R>>;
}
