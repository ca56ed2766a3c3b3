import { reportUnhandledError } from '../errors/report-unhandled-error.ts';

/** A subscriber, RxJS's or our own. */
export interface Listener<T> {
  readonly closed: boolean;
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * Who listens to a run, in the order in which they came. Most tasks have one subscriber, which is
 * kept as it is. A set for more: to leave an RxJS `Subject` of n observers costs n steps.
 */
export type Subscribers<T> = undefined | Listener<T> | Set<Listener<T>>;

export function withSubscriber<T>(subscribers: Subscribers<T>, added: Listener<T>): Subscribers<T> {
  if (subscribers === undefined) return added;
  if (subscribers instanceof Set) return subscribers.add(added);
  return new Set([subscribers, added]);
}

export function withoutSubscriber<T>(subscribers: Subscribers<T>, removed: Listener<T>): Subscribers<T> {
  if (subscribers === removed) return undefined;
  if (subscribers instanceof Set && subscribers.delete(removed) && subscribers.size === 0) return undefined;
  return subscribers;
}

/**
 * Tells every subscriber. Those that come meanwhile are not told: they have been given the latest
 * value already. One that throws, as only a foreign `Subscriber` can, keeps no other from being told.
 */
export function notify<T>(subscribers: Subscribers<T>, kind: 'next' | 'error' | 'complete', value?: unknown): void {
  if (subscribers instanceof Set) for (const subscriber of [...subscribers]) tell(subscriber, kind, value);
  else if (subscribers !== undefined) tell(subscribers, kind, value);
}

function tell<T>(subscriber: Listener<T>, kind: 'next' | 'error' | 'complete', value: unknown): void {
  if (subscriber.closed) return; // it has left since the others were told
  try {
    subscriber[kind](value as T);
  } catch (error) {
    reportUnhandledError(error);
  }
}
