import { combineLatest, concatMap, defaultIfEmpty, exhaustMap, Observable, type Subscriber, switchMap } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { TaskCancelledError } from '../errors/task-cancelled-error.ts';
import { Relay } from '../scheduler/relay.ts';
import { queue, rest, yielded } from './lifecycle.ts';
import { NONE } from './merge-kwargs.ts';
import { runAccess } from './run-access.ts';
import { complete, completeIdle } from './settle.ts';
import type { LiveRuns, TaskNode } from './task-node.ts';

type Run = (values: readonly unknown[]) => Observable<never>;

const FLATTEN = {
  switch: (run: Run) => switchMap(run),
  concat: (run: Run) => concatMap(run),
  exhaust: (run: Run) => exhaustMap(run),
};

/**
 * What a live task does: RxJS's `combineLatest` of its upstream, and `switchMap`, `concatMap` or `exhaustMap` to
 * a run for each combination, which waits for a slot. It completes as these do.
 */
export function follow(node: TaskNode): LiveRuns {
  let values: readonly unknown[] = [];
  let over = false;
  /** Who waits for the present run to end. */
  let slot: Subscriber<never> | undefined;
  /** Whether a run is ending, which sees to it by itself when it was the last. */
  let ending = false;

  /** A run for a combination: queued when it is subscribed to, stopped when it is unsubscribed from. */
  const run: Run = (combination) => new Observable<never>((subscriber) => {
    if (subscriber.closed) return undefined; // the teardown of the one before has ended the task
    values = combination;
    slot = subscriber;
    queue(node);
    return () => {
      if (slot !== subscriber) return; // it has ended by itself
      slot = undefined;
      replace(node);
    };
  });

  const pipeline = combineLatest(node.links.map((link) => new Observable<unknown>((subscriber) => {
    if (link.value !== NONE) subscriber.next(link.value);
    if (link.done) subscriber.complete();
    else link.listener = subscriber;
  }).pipe(defaultIfEmpty(NONE)))).pipe(FLATTEN[node.definition.rules.flatten](run));

  const relay = new Relay<never>({
    next: () => undefined, // runs emit by themselves
    error: reportUnhandledError,
    complete: () => {
      over = true;
      if (ending) return;
      // In the middle of another's completion its turn comes after: it may have begun anew by then.
      if (!node.registry.agenda.defer('completion', () => { if (node.extras?.live === runs) completeIdle(node); })) complete(node, NONE);
    },
  });

  const runs: LiveRuns = {
    get values() { return values; },
    start() {
      pipeline.subscribe(relay);
    },
    next() {
      const ended = slot;
      slot = undefined;
      ending = true;
      ended?.complete();
      ending = false;
      return over;
    },
    stop() {
      slot = undefined;
      relay.unsubscribe();
    },
  };
  return runs;
}

/** Ends the run of a live task, or its wait for one, as another combination has come. */
function replace(node: TaskNode): void {
  const { order, extras } = node;
  extras?.endPolicies('cancelled');
  extras?.stopTimer();
  if (!node.isQueuedAs(order)) return; // a teardown has ended it
  const run = rest(node, 'cancelled');
  if (run === undefined) return;
  runAccess.stop(run, new TaskCancelledError(node.name));
  if (node.isQueuedAs(order)) yielded(node, 'replaced');
  runAccess.release(run);
}
