import { take } from 'rxjs';

import { Relay } from '../scheduler/relay.ts';
import { leave, queue } from './lifecycle.ts';
import { NONE } from './merge-kwargs.ts';
import type { Takeover } from './policy-chain.ts';
import { runAccess } from './run-access.ts';
import { complete, conclude, fail, isCancelling } from './settle.ts';
import type { TaskNode } from './task-node.ts';

/**
 * The present attempt of a task has failed. Asks its policies from `place` on: one of them may have it wait
 * for another attempt, without a slot; or the failure stands.
 */
export function failAttempt(node: TaskNode, error: unknown, place = 0): void {
  const { attempt, current: run, order, record, registry, extras } = node;
  if (isCancelling(node)) return;
  const chain = extras?.chain;
  let takeover: Takeover | undefined;
  try {
    takeover = chain?.failed(error, place);
  } catch (thrown) {
    if (node.isQueuedAs(order) && node.current === run) fail(node, thrown);
    return;
  }
  // The policy that was asked may have ended it.
  if (!node.isQueuedAs(order) || node.current !== run) return;
  if (chain === undefined || takeover === undefined) {
    fail(node, error);
    return;
  }
  leave(node, 'waiting');
  const waiting = (node.extra.failed = { attempt });
  chain.settled('failed', takeover.next - 1);
  if (run) runAccess.stop(run, error); // what has not ended by itself, and what listens to the signal
  // From here on the code of others may have ended it, or let it begin anew, before each step.
  if (record.observed && node.extras?.failed === waiting) record.emit({ type: 'retrying', task: node, attempt, error, time: registry.now() });
  registry.tell();
  if (node.extras?.failed === waiting) wait(node, takeover);
  conclude(registry, run);
}

function wait(node: TaskNode, { notifier, next }: Takeover): void {
  const { extra, registry } = node;
  const { failed } = extra;
  const relay = new Relay<unknown>({
    next: () => {
      extra.stopTimer();
      if (node.extras?.failed !== failed) return; // a teardown has ended it
      queue(node);
      registry.wake();
    },
    error: (error: unknown) => {
      extra.timer = undefined; // it ends by itself, after this
      failAttempt(node, error, next);
    },
    // As RxJS has it: a notifier that ends without a word ends what it was asked about.
    complete: () => {
      extra.timer = undefined;
      complete(node, NONE);
    },
  });
  extra.timer = relay;
  notifier.pipe(take(1)).subscribe(relay);
}
