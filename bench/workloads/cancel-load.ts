import type { Contender } from '../contender.ts';
import { deferred } from './deferred.ts';
import type { Load } from './load.ts';

/** A task that does not end, and n downstream of it: all are to hear of it when it is cancelled. */
export class CancelLoad implements Load {
  readonly n: number;
  readonly finished: Promise<void>;
  /** What the root does. */
  readonly root: () => Promise<never> = () => new Promise(() => {});
  /** What those downstream would do. */
  readonly leaf: () => void = () => { throw new Error('Wrong result: a task runs whose upstream was cancelled'); };
  /** To be told by each, the root as well. */
  readonly withdrawn: (error?: unknown) => void;
  #told = 0;

  constructor(n: number) {
    this.n = n;
    const { promise, resolve, reject } = deferred();
    this.finished = promise;
    this.withdrawn = (error) => {
      if (error !== undefined && (error as Error).name !== 'AbortError') reject(new Error(`Wrong result: cancelled with ${(error as Error).message}`));
      if (++this.#told === n + 1) resolve();
    };
  }

  prepare(contender: Contender): (() => void) | undefined {
    return contender.cancelRoot?.(this);
  }

  check(): void {
    if (this.#told !== this.n + 1) throw new Error(`Wrong result: ${this.#told} of ${this.n + 1} heard that they are cancelled`);
  }
}
