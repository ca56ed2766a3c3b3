import { from, type Observable, type RetryConfig, type SchedulerLike, take, timer } from 'rxjs';

import { Relay } from '../scheduler/relay.ts';
import { check, checkOptions, LONGEST } from '../scheduler/validate.ts';
import { NONE } from './merge-kwargs.ts';
import { complete, conclude, fail } from './settle.ts';
import type { TaskNode } from './task-node.ts';

/**
 * The present attempt of a task has failed. Lets it wait for another one, as RxJS's `retry` does, while
 * it has no slot; or the failure stands.
 */
export function failAttempt(node: TaskNode, error: unknown): void {
  const { attempt, current: run, definition: { rules: { retry: config } }, record, registry } = node;
  if (config === undefined || ++node.extra.failures > (config.count ?? Infinity)) {
    fail(node, error);
    return;
  }
  let delay: Observable<unknown> | undefined;
  try {
    delay = delayOf(config, error, node.extra.failures, registry.host);
  } catch (thrown) {
    if (node.current === run) fail(node, thrown);
    return;
  }
  if (node.current !== run) return; // the function that was asked for the delay has ended it
  node.leaveRun('waiting');
  node.extra.failed = run;
  run?.stop(error); // what has not ended by itself, and what listens to the signal
  // From here on the code of others may have ended it, or let it begin anew, before each step.
  if (record.observed && node.extras?.failed === run) record.emit({ type: 'retrying', task: node, attempt, error, time: registry.now() });
  registry.tell();
  if (node.extras?.failed === run) {
    if (delay === undefined) node.enqueue();
    else wait(node, delay);
  }
  conclude(registry, run);
}

function delayOf({ delay }: RetryConfig, error: unknown, failures: number, host: SchedulerLike): Observable<unknown> | undefined {
  if (typeof delay === 'function') return from(delay(error, failures)).pipe(take(1));
  return delay === undefined ? undefined : timer(delay, host);
}

function wait(node: TaskNode, delay: Observable<unknown>): void {
  const { extra, registry } = node;
  const { failed } = extra;
  const relay = new Relay<unknown>({
    next: () => {
      extra.stopTimer();
      if (node.extras?.failed !== failed) return; // a teardown has ended it
      node.enqueue();
      registry.wake();
    },
    error: (error: unknown) => {
      extra.timer = undefined; // it ends by itself, after this
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

/** Checks the option `retry`: how many attempts more, or RxJS's configuration. */
export function toRetry(where: string, retry: number | RetryConfig | undefined): RetryConfig | undefined {
  if (retry === undefined) return undefined;
  const config = typeof retry === 'number' ? { count: retry } : retry;
  checkOptions(`${where}: retry`, config, ['count', 'delay', 'resetOnSuccess']);
  const { count = Infinity, delay = 0, resetOnSuccess = false } = config;
  check(count === Infinity || (Number.isSafeInteger(count) && count >= 0), where, 'retry.count', 'an integer from 0 on, or Infinity', count);
  const isDelay = typeof delay === 'function' || (typeof delay === 'number' && delay >= 0 && delay <= LONGEST);
  check(isDelay, where, 'retry.delay', 'milliseconds below 2 ** 31, or a function that returns an ObservableInput', delay);
  check(typeof resetOnSuccess === 'boolean', where, 'retry.resetOnSuccess', 'true or false', resetOnSuccess);
  return { ...config };
}
