import { asapScheduler, asyncScheduler, queueScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

import type { Random } from './random.ts';

/** The host of a manager, and what its clock can be made to do. */
export interface Clock {
  readonly name: string;
  /** Undefined for the default. */
  readonly host: SchedulerLike | undefined;
  /** Sets the clock back by an hour. */
  readonly setBack: () => void;
  /** Has to be called when the clock is not needed any more. */
  readonly restore: () => void;
}

export function makeClock(random: Random): Clock {
  const [name, make] = random.weigh<readonly [string, (random: Random) => SchedulerLike | undefined]>([
    [6, ['the default host', () => undefined]],
    [3, ['queueScheduler', () => queueScheduler]],
    [2, ['asyncScheduler', () => asyncScheduler]],
    [2, ['a host whose timers are late', (own) => new LateHost(asapScheduler, own)]],
    [2, ['queueScheduler with a clock that no two reads agree on', () => new RestlessHost(queueScheduler)]],
    [1, ['asapScheduler with a clock that no two reads agree on', () => new RestlessHost(asapScheduler)]],
  ]);
  const { now } = Date;
  let behind = 0;
  Date.now = () => now() - behind;
  return {
    name,
    host: make(random.fork(1)),
    setBack: () => { behind += 3_600_000; },
    restore: () => { Date.now = now; },
  };
}

type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

/** Like its base, but that each timer is up to 12 ms late. */
class LateHost implements SchedulerLike {
  readonly #base: SchedulerLike;
  readonly #random: Random;

  constructor(base: SchedulerLike, random: Random) {
    this.#base = base;
    this.#random = random;
  }

  now(): number {
    return this.#base.now();
  }

  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    return this.#base.schedule(work, delay > 0 ? delay + this.#random.between(0, 12) : delay, state as T);
  }
}

/** Like its base, but that the clock goes on whenever it is read. */
class RestlessHost implements SchedulerLike {
  readonly #base: SchedulerLike;
  #ahead = 0;

  constructor(base: SchedulerLike) {
    this.#base = base;
  }

  now(): number {
    this.#ahead += 0.25;
    return this.#base.now() + this.#ahead;
  }

  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    return this.#base.schedule(work, delay, state as T);
  }
}
