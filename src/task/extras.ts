import type { Subscription } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import type { TaskNode } from './task-node.ts';
import type { PolicyChain } from './policy-chain.ts';
import type { SettledStatus } from './task-policy.ts';

/** What a task keeps for its policies while it is unsettled. A task without any has none. */
export class Extras {
  /** The wait for its next attempt. */
  timer: Subscription | undefined;
  /** Its policies, attached to its present run. */
  chain: PolicyChain | undefined;
  /** The attempt that has failed, while it waits for the next one. */
  failed: { readonly attempt: number } | undefined;
  /** Its own priority, while it goes at that of others who want it. */
  own: number | undefined;
  /** Tasks whose functions wait for it. `quiet`: it has no priority of its own beside theirs. */
  parents: { readonly quiet: boolean; readonly nodes: Set<TaskNode> } | undefined;
  /** Of a live task: combinations of upstream values, the one to run first, then those that wait. */
  combinations: (readonly unknown[])[] | undefined;

  /** Calls the teardown of the notifier of `retry`, the code of others: see to it that it can do no harm. */
  stopTimer(): void {
    const { timer } = this;
    this.timer = undefined;
    try {
      timer?.unsubscribe();
    } catch (error) {
      reportUnhandledError(error);
    }
  }

  endPolicies(status: SettledStatus): void {
    const { chain } = this;
    this.chain = undefined;
    chain?.settled(status);
  }

  /** Forgets what belongs to its present run, but not who wants it. */
  beginAnew(): void {
    this.stopTimer();
    this.endPolicies('cancelled');
    this.combinations = undefined;
  }
}
