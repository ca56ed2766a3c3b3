import { from, type Observable, type RetryConfig, take, timer } from 'rxjs';

import { check, checkOptions } from '../scheduler/validate.ts';
import { Relay } from '../scheduler/relay.ts';
import { complete, conclude, fail } from './settle.ts';
import { NONE } from './merge-kwargs.ts';
import type { TaskNode } from './task-node.ts';

/**
 * Lets a task whose function has failed wait for another attempt, as RxJS's `retry` does; meanwhile
 * it has no slot.
 *
 * @returns whether it does. If not, the failure stands.
 */
export function retry(node: TaskNode, error: unknown): boolean {
  const { definition, extra, order, registry } = node;
  const config = definition.retry;
  if (config === undefined || ++extra.failures > (config.count ?? Infinity)) return false;
  let delay: Observable<unknown> | undefined;
  try {
    if (typeof config.delay === 'function') delay = from(config.delay(error, extra.failures)).pipe(take(1));
    else if (config.delay !== undefined) delay = timer(config.delay, registry.host);
  } catch (thrown) {
    fail(node, thrown);
    return true;
  }
  const { record, attempt } = node;
  const run = node.leaveRun('waiting');
  run?.stop(error); // what has not ended by itself, and what listens to the signal
  registry.tell();
  if (record.observed) record.emit({ type: 'retrying', task: node, attempt, error, time: registry.now() });
  // The code of others has been called, and may have ended it.
  if (node.isQueuedAs(order) && node.awaitsAttempt) {
    if (delay === undefined) node.enqueue();
    else wait(node, delay);
  }
  conclude(registry, run);
  return true;
}

function wait(node: TaskNode, delay: Observable<unknown>): void {
  const { extra, registry } = node;
  const relay = new Relay<unknown>({
    next: () => {
      extra.stopTimer();
      node.enqueue();
      registry.wake();
    },
    error: (error: unknown) => {
      extra.timer = undefined;
      fail(node, error);
    },
    // As RxJS has it: a notifier that ends without a word ends what it was asked about.
    complete: () => {
      extra.timer = undefined;
      complete(node, NONE);
    },
  });
  extra.timer = relay;
  delay.subscribe(relay);
}

/** Checks the option `retry`: a number of attempts more, or RxJS's configuration. */
export function toRetry(where: string, retry: number | RetryConfig | undefined): RetryConfig | undefined {
  if (retry === undefined) return undefined;
  const config = typeof retry === 'number' ? { count: retry } : retry;
  checkOptions(`${where}: retry`, config, ['count', 'delay', 'resetOnSuccess']);
  const { count = Infinity, delay = 0, resetOnSuccess = false } = config;
  check(count === Infinity || (Number.isSafeInteger(count) && count >= 0), where, 'retry.count', 'an integer from 0 on, or Infinity', count);
  const isDelay = typeof delay === 'function' || (typeof delay === 'number' && delay >= 0 && delay < Infinity);
  check(isDelay, where, 'retry.delay', 'milliseconds, or a function that returns an ObservableInput', delay);
  check(typeof resetOnSuccess === 'boolean', where, 'retry.resetOnSuccess', 'true or false', resetOnSuccess);
  return { ...config };
}
