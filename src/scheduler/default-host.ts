import { asapScheduler, type SchedulerLike } from 'rxjs';

// In every browser and in Node; typed here, as the core is compiled without either. Looked up at each call,
// as fake timers put another one in its place.
const global = globalThis as unknown as { readonly performance: { readonly timeOrigin: number; now(): number } };
const origin = global.performance.timeOrigin;

/**
 * RxJS's `asapScheduler`, with a clock that is never set back: milliseconds since 1970 as they were when the
 * program started, and as many more as have passed since. In whole milliseconds, so that V8 keeps one object
 * for all times that are equal.
 */
const monotonicHost: SchedulerLike = {
  now: () => Math.floor(origin + global.performance.now()),
  schedule: (...[work, delay, state]: Parameters<SchedulerLike['schedule']>) => asapScheduler.schedule(work, delay, state),
};

/** The host of a scheduler that was given none. One that is made in `TestScheduler.run()` is in virtual time. */
export function defaultHost(): SchedulerLike {
  const isVirtual = Math.abs(asapScheduler.now() - Date.now()) > 1000;
  return isVirtual ? asapScheduler : monotonicHost;
}

/** Whether a turn of the host is a microtask, of which there may be many in one turn of the event loop. */
export function hasMicrotaskTurns(host: SchedulerLike): boolean {
  return host === monotonicHost || host === asapScheduler;
}
