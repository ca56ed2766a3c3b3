/**
 * What may cross from one process to another: `'json'` (text, finite numbers, booleans, null, plain objects and
 * arrays of these), or `'clone'`: all that `structuredClone` takes, such as a `File` or a `Date`.
 */
export type ValueKind = 'json' | 'clone';

/** A value that JSON brings back as it was. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

type NoJson = 'This is no JSON value. Give text, finite numbers, booleans, null, plain objects and arrays, or make the plan with { values: "clone" }.';

/** The same type, with a message in place of what is no JSON. */
export type JsonOnly<T> =
  T extends string | number | boolean | null ? T
  : T extends bigint | symbol | undefined | ((...args: never) => unknown) | Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ArrayBufferLike | ArrayBufferView ? NoJson
  : T extends readonly unknown[] ? { readonly [K in keyof T]: JsonOnly<T[K]> }
  : unknown extends T ? T
  : T extends object ? { readonly [K in keyof T]: JsonOnly<Exclude<T[K], OptionalOf<T, K>>> }
  : T;

/** `undefined`, where a key may be left out. */
type OptionalOf<T, K extends keyof T> = {} extends Pick<T, K> ? undefined : never;
