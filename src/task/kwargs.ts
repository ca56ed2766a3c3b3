import type { ObservableInput } from 'rxjs';

import type { Fallback, OnUpstreamError } from './upstream-policy.ts';

/** Named arguments. */
export type Kwargs = Readonly<Record<string, unknown>>;

/**
 * What a task depends on, in the two shapes of `forkJoin`: a list, whose plain-object results are
 * merged key by key, or a dictionary, whose results come under its keys.
 */
export type Upstream = readonly UpstreamInput[] | Readonly<Record<string, UpstreamInput | UpstreamWithPolicy>>;

/** A task or any other `ObservableInput`, but not a string, which would be an id by mistake. */
export type UpstreamInput = ObservableInput<unknown> & object;

/** An upstream of a dictionary with what to do when it fails. */
export interface UpstreamWithPolicy<Input = UpstreamInput, OnError = OnUpstreamError> {
  readonly from: Input;
  /** What the task does when this upstream fails or is skipped. Default: the task's `onUpstreamError`. */
  readonly onError?: OnError | undefined;
}

/** Decides which of two values of the same kwarg is meant. */
export type ResolveConflict = (conflict: KwargsConflict) => unknown;

/** Two values of one kwarg, in the order of merging: own kwargs, then upstream as listed. */
export interface KwargsConflict {
  readonly key: string;
  readonly values: readonly [unknown, unknown];
  /** Who supplied them: `kwargs`, or the name of an upstream. */
  readonly sources: readonly [string, string];
}

/** What to do when a kwarg is supplied twice. */
export type OnConflict = 'error' | 'overwrite' | ResolveConflict;

/** Objects that are values of their own, not dictionaries to merge. */
type NotPlain =
  | readonly unknown[]
  | ((...args: never) => unknown)
  | (abstract new (...args: never) => unknown)
  | Date
  | RegExp
  | Error
  | Promise<unknown>
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | WeakKey & { readonly [Symbol.toStringTag]: string };

/** An object type without keys. */
type NoKeys = {};

type Plain<T> = T extends NotPlain ? never : T extends object ? T : never;

/** What one result of a list adds to the kwargs: its keys, or nothing if it is no plain object. */
type Added<T> = [Plain<T>] extends [never] ? NoKeys : [T] extends [Plain<T>] ? T : Partial<Plain<T>>;

/** The sources of kwargs in the order of merging. */
type Sources<K, U extends Upstream, E> = U extends readonly unknown[]
  ? readonly [K, ...AddedByEach<U, E>]
  : readonly [K, ByKey<U, E>];

type AddedByEach<U extends readonly unknown[], E> = U extends readonly [infer First, ...infer Rest]
  ? [AddedBy<First, E>, ...AddedByEach<Rest, E>]
  : U extends readonly []
    ? []
    : AddedBy<U[number], E>[];

type AddedBy<Input, E> = Input extends ObservableInput<infer T>
  ? 'continue' extends E ? Partial<Added<T>> : Added<OrFallback<T, E>>
  : never;

/** What a dictionary supplies. A key whose upstream may be left out may be absent. */
type ByKey<U, E> =
  & { readonly [Key in keyof U as 'continue' extends PolicyOf<U[Key], E> ? never : Key]: ValueOf<U[Key], E> }
  & { readonly [Key in keyof U as 'continue' extends PolicyOf<U[Key], E> ? Key : never]?: ValueOf<U[Key], E> };

type ValueOf<Source, E> = Source extends ObservableInput<infer T>
  ? OrFallback<T, E>
  : Source extends { readonly from: ObservableInput<infer T> }
    ? OrFallback<T, PolicyOf<Source, E>>
    : never;

type PolicyOf<Source, E> = Source extends ObservableInput<unknown> ? E : Source extends { readonly onError: infer Own } ? Own : E;

type OrFallback<T, E> = E extends Fallback<infer F> ? T | F : T;

type KnownKeys<T> = string extends keyof T ? never : keyof T;

/** The keys that more than one source supplies. */
type Twice<S extends readonly unknown[], Seen = never> = S extends readonly [infer First, ...infer Rest]
  ? (KnownKeys<First> & Seen) | Twice<Rest, Seen | KnownKeys<First>>
  : never;

type MergeAll<S extends readonly unknown[], Result> = S extends readonly [infer First, ...infer Rest]
  ? MergeAll<Rest, Merge<Result, First>>
  : S extends readonly (infer Element)[]
    ? [Element] extends [never]
      ? Result
      : Merge<Result, Element>
    : Result;

type Merge<A, B> = keyof A & keyof B extends never ? A & B : Omit<A, keyof B> & B;

type Simplify<T> = { [Key in keyof T]: T[Key] };

/** The kwargs a function is called with: its own, with its upstream's over them. */
export type KwargsOf<K, U extends Upstream, OnError = 'fail'> = Simplify<MergeAll<Sources<K, U, OnError>, NoKeys>>;

/**
 * Demands `onConflict` where a kwarg is supplied twice. The text is what the compiler shows.
 */
export type NoConflict<K, U extends Upstream> = [Twice<Sources<K, U, 'fail'>>] extends [never]
  ? unknown
  : {
      readonly onConflict:
        | 'overwrite'
        | ResolveConflict
        | `The kwarg "${Twice<Sources<K, U, 'fail'>> & string}" is supplied twice. Give upstream as { key: task }, or set onConflict.`;
    };
