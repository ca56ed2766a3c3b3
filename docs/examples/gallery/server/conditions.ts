import { setTimeout } from 'node:timers/promises';

import type { Kind } from './request-log.ts';

/** How this server treats its clients: how long it takes, how often it fails, and what it holds until it is told to go on. */
export class Conditions {
  /** Milliseconds before an answer. */
  latency = 200;
  /** The part of requests that fails, from 0 to 1. */
  failureRate = 0;

  readonly #held = new Map<Kind, (() => void)[]>();
  readonly #failing = new Map<Kind, number>();

  /** Requests of this kind wait from now on, until they are released. */
  hold(kind: Kind): void {
    if (!this.#held.has(kind)) this.#held.set(kind, []);
  }

  /** Lets so many requests that wait go on, oldest first; without a number all of them, and those to come. */
  release(kind: Kind, count = Infinity): void {
    const waiting = this.#held.get(kind) ?? [];
    if (count === Infinity) this.#held.delete(kind);
    for (const go of waiting.splice(0, count)) go();
  }

  /** The next requests of this kind fail, so many of them. */
  fail(kind: Kind, count = Infinity): void {
    this.#failing.set(kind, count);
  }

  /** Waits as long as a request of this kind has to, and tells whether it is to fail. */
  async meet(kind: Kind, signal: AbortSignal): Promise<'fail' | 'answer'> {
    const waiting = this.#held.get(kind);
    if (waiting) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const go = (): void => { resolve(undefined); };
      waiting.push(go);
      signal.addEventListener('abort', () => {
        // One that has gone must not use up a release.
        const at = waiting.indexOf(go);
        if (at >= 0) waiting.splice(at, 1);
        go();
      });
      await promise;
    }
    if (this.latency > 0 && kind !== 'conditions') await setTimeout(this.latency * (0.6 + Math.random() * 0.8), undefined, { signal }).catch(() => undefined);
    const failing = this.#failing.get(kind) ?? 0;
    if (failing > 0) this.#failing.set(kind, failing - 1);
    return failing > 0 || (kind !== 'conditions' && Math.random() < this.failureRate) ? 'fail' : 'answer';
  }
}
