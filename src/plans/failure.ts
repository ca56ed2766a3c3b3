import { TimeoutError } from 'rxjs';

import { KwargsConflictError, TaskExpiredError } from '../index.ts';
import { checkValue } from './check-value.ts';
import { PlanValueError } from './plan-value-error.ts';
import { UnknownJobError } from './unknown-job-error.ts';

/** What was thrown, as JSON. */
export type FailureData =
  | { readonly thrown: unknown }
  | {
      readonly name: string;
      readonly message: string;
      readonly stack?: string;
      readonly cause?: FailureData;
      /** Its own fields, as far as they are JSON. */
      readonly fields?: Readonly<Record<string, unknown>>;
    };

const OWN_PARTS = ['name', 'message', 'stack', 'cause'];

/** An error with its cause and fields; anything else as it is, or as text where it is no JSON. */
export function toFailure(error: unknown, depth = 0): FailureData {
  if (!(error instanceof Error)) return { thrown: isJson(error) ? error : describe(error) };
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    const field = read(error, key);
    if (!OWN_PARTS.includes(key) && isJson(field)) Object.defineProperty(fields, key, { value: field, enumerable: true });
  }
  const stack = read(error, 'stack');
  return {
    name: describe(read(error, 'name')),
    message: describe(read(error, 'message')),
    ...(typeof stack === 'string' && { stack }),
    ...(error.cause !== undefined && depth < 10 && { cause: toFailure(error.cause, depth + 1) }),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

/** What was thrown, as far as it can be made again: of its own class where that is one of Sluice's, or RxJS's. */
export function fromFailure(data: FailureData): unknown {
  if ('thrown' in data) return data.thrown;
  const { name, message, stack, cause, fields = {} } = data;
  const error = create(name, fields) ?? new Error(message);
  const define = (key: string, value: unknown, enumerable: boolean): void => {
    Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
  };
  if (error.message !== message) define('message', message, false);
  if (error.name !== name) define('name', name, false);
  define('stack', stack, false);
  if (cause !== undefined) define('cause', fromFailure(cause), false);
  for (const [key, value] of Object.entries(fields)) define(key, value, true);
  return error;
}

function create(name: string, fields: Readonly<Record<string, unknown>>): Error | undefined {
  switch (name) {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- not a new one, but the one that RxJS made in another process
    case 'TimeoutError': return new TimeoutError();
    case 'TaskExpiredError': return new TaskExpiredError(String(fields['task']), Number(fields['expires']));
    case 'KwargsConflictError': return new KwargsConflictError(String(fields['key']), fields['sources'] as [string, string]);
    case 'PlanValueError': return new PlanValueError('', '', '');
    case 'UnknownJobError': return new UnknownJobError('');
    default: return undefined;
  }
}

function isJson(value: unknown): boolean {
  try {
    checkValue('json', '', '', value);
    return true;
  } catch {
    return false;
  }
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
