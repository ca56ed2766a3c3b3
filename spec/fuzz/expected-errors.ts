import { EmptyError, TimeoutError, UnsubscriptionError } from 'rxjs';
import { KwargsConflictError, TaskCancelledError, TaskCycleError, TaskExpiredError, TaskManagerClosedError, UpstreamFailedError } from 'sluice';

/** What functions, listeners and teardowns throw on purpose. */
export class IntendedError extends Error {
  override readonly name: string = 'IntendedError';
}

/** Whether random programs may come to this error. Any other one is a fault. */
export function isExpected(error: unknown): boolean {
  // What several teardowns have thrown.
  if (error instanceof UnsubscriptionError) return error.errors.every(isExpected);
  return EXPECTED.some((type) => error instanceof type);
}

/** Describes anything that was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const EXPECTED = [
  IntendedError,
  TaskCancelledError,
  TaskExpiredError,
  TaskCycleError, // where something is subscribed to as an upstream is subscribed to
  TaskManagerClosedError,
  UpstreamFailedError,
  KwargsConflictError,
  TimeoutError as unknown as new () => Error,
  EmptyError,
] as const;
