import type { Contender } from '../contender.ts';

/** What is given to a contender to do, once. */
export interface Load {
  /** Settles when all is done, and fails as soon as something is seen to be wrong. */
  readonly finished: Promise<void>;
  /** Prepares it for a contender. What is returned is measured; undefined if the contender has no means for it. */
  prepare(contender: Contender): (() => void | Promise<void>) | undefined;
  /** Throws if anything is wrong with what was done. */
  check(contender: Contender): void;
  /** Bytes of a queued task, where that is looked at. */
  readonly bytes?: number | undefined;
}
