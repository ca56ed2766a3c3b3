import { registeredClass, registeredName } from './error-classes.ts';
import { isCloneable } from './uncloneable-path.ts';

/**
 * What was thrown, made ready to cross. Structured cloning would take an error's name and its fields
 * away, and would refuse one which holds a function.
 */
export type Thrown = { readonly value: unknown } | { readonly error: ErrorParts };

interface ErrorParts {
  /** The built-in class it is one of. */
  kind: string;
  /** The registered class, if it is of one. */
  type: string | undefined;
  name: string;
  message: string;
  stack: string | undefined;
  cause?: Thrown;
  errors?: readonly Thrown[];
  /** What a SuppressedError has. */
  error?: Thrown;
  suppressed?: Thrown;
  fields: [name: string, value: Thrown][];
}

const BUILT_IN = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
const OWN_PARTS = ['name', 'message', 'stack', 'cause', 'errors'];
const SUPPRESSED = ['error', 'suppressed'] as const;

/** Node 20 has none. */
const SuppressedErrorHere = (globalThis as { SuppressedError?: new (error: unknown, suppressed: unknown, message?: string) => Error }).SuppressedError;

/** Errors with all that can be cloned of them, causes and fields too; anything else as it is, or as text. */
export function pack(thrown: unknown, seen: Map<Error, Thrown> = new Map()): Thrown {
  if (!(thrown instanceof Error)) return { value: isCloneable(thrown) ? thrown : describe(thrown) };
  const known = seen.get(thrown);
  if (known !== undefined) return known; // An error can be its own cause: cloning keeps the circle.
  const parts: ErrorParts = { kind: kindOf(thrown), type: registeredName(thrown), name: text(thrown, 'name'), message: text(thrown, 'message'), stack: text(thrown, 'stack'), fields: [] };
  const packed: Thrown = { error: parts };
  seen.set(thrown, packed);
  if (Object.hasOwn(thrown, 'cause')) parts.cause = pack(read(thrown, 'cause'), seen);
  if (thrown instanceof AggregateError) parts.errors = thrown.errors.map((error) => pack(error, seen));
  if (kindOf(thrown) === 'SuppressedError') for (const key of SUPPRESSED) parts[key] = pack(read(thrown, key), seen);
  for (const key of Object.keys(thrown)) {
    if (OWN_PARTS.includes(key)) continue;
    const field = read(thrown, key);
    if (field instanceof Error || isCloneable(field)) parts.fields.push([key, pack(field, seen)]);
  }
  return packed;
}

/** What `pack` was given, as far as that is possible: an error is of the built-in class that it was of. */
export function unpack(thrown: Thrown, seen: Map<Thrown, unknown> = new Map()): unknown {
  if ('value' in thrown) return thrown.value;
  if (seen.has(thrown)) return seen.get(thrown);
  const { error: parts } = thrown;
  const error = create(parts);
  const type = registeredClass(parts.type);
  if (type !== undefined) Object.setPrototypeOf(error, type.prototype as object);
  seen.set(thrown, error);
  const define = (name: string, value: unknown, enumerable = false): void => {
    Object.defineProperty(error, name, { value, enumerable, configurable: true, writable: true });
  };
  if (error.name !== parts.name) define('name', parts.name);
  define('stack', parts.stack);
  if (parts.cause !== undefined) define('cause', unpack(parts.cause, seen));
  if (parts.errors !== undefined) define('errors', parts.errors.map((one) => unpack(one, seen)));
  for (const key of SUPPRESSED) if (parts[key] !== undefined) define(key, unpack(parts[key], seen));
  for (const [name, value] of parts.fields) define(name, unpack(value, seen), true);
  return error;
}

function create({ kind, name, message }: ErrorParts): Error {
  if (kind === 'DOMException') return new DOMException(message, name);
  if (kind === 'AggregateError') return new AggregateError([], message);
  if (kind === 'SuppressedError' && SuppressedErrorHere !== undefined) return new SuppressedErrorHere(undefined, undefined, message);
  return new (BUILT_IN.find((type) => type.name === kind) ?? Error)(message);
}

function kindOf(error: Error): string {
  if (typeof DOMException !== 'undefined' && error instanceof DOMException) return 'DOMException';
  if (error instanceof AggregateError) return 'AggregateError';
  if (SuppressedErrorHere !== undefined && error instanceof SuppressedErrorHere) return 'SuppressedError';
  return BUILT_IN.find((type) => error instanceof type)?.name ?? 'Error';
}

function text(error: Error, part: 'name' | 'message' | 'stack'): string {
  return describe(read(error, part));
}

/** A getter may throw: what cannot be read is not there. */
function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
