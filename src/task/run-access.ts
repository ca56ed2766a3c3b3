import type { Children, Run } from './task-node.ts';
import type { TaskProgress } from './task-progress.ts';

/**
 * What can be done with a run. Functions are given the run itself as their context, rather than one object
 * more a run: so it has no public members but those of the context, and hands these out here.
 */
export interface RunAccess {
  /** Calls the function. */
  execute: (run: Run) => void;
  /** Ends the run, as far as that can be done from outside. To be called when it is not current any more. */
  stop: (run: Run, reason: unknown) => void;
  /** Tears down what the function has returned, which has ended by itself. */
  tearDown: (run: Run) => void;
  /** Gives the slot up for a while. */
  lend: (run: Run) => void;
  /** It has a slot again. */
  reclaim: (run: Run) => void;
  /** Gives the slot back, once, unless the function has been stopped and must end first. */
  release: (run: Run) => void;
  /** What the function has last reported. */
  reported: (run: Run | undefined) => TaskProgress | undefined;
  /** What the function has started, once it has started something. */
  children: (run: Run | undefined) => Children | undefined;
}

/** Filled where runs are made. */
export const runAccess: RunAccess = {} as RunAccess;
