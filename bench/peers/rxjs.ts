import { AsyncSubject, forkJoin, from, mergeMap, type Observable, Subject } from 'rxjs';

import { type Contender, Unable } from '../contender.ts';
import { deferred } from '../workloads/deferred.ts';
import type { GraphLoad } from '../workloads/graph-load.ts';
import type { QueueLoad } from '../workloads/queue-load.ts';

/**
 * `mergeMap` with a limit. (Only of promises: over Observables that complete at once it overflows the
 * stack, says nothing, and loses most of them.)
 */
function queue(load: QueueLoad): void {
  if (load.changes) throw new Unable();
  const { promising: functions, concurrency, done } = load;
  if (!load.paused) {
    from(functions).pipe(mergeMap((fn) => fn(), concurrency)).subscribe(done);
    return;
  }
  // It cannot be paused: the first ones, that would run, wait for the gate.
  const { promise: gate, resolve: open } = deferred();
  let opened = false;
  const queued = new Subject<(typeof functions)[number]>();
  queued.pipe(mergeMap((fn) => (opened ? fn() : from(gate).pipe(mergeMap(fn))), concurrency)).subscribe(done);
  for (const fn of functions) queued.next(fn);
  queued.complete();
  load.queued();
  opened = true;
  open();
}

/**
 * `forkJoin` for each task, its result in an `AsyncSubject` for those downstream. Connected from the
 * root on: to subscribe to the last of a chain would overflow the stack. There is no limit.
 */
function graph(load: GraphLoad): void {
  const { functions, done } = load;
  const { upstream } = load.graph;
  const results: Observable<unknown>[] = [];
  for (let task = 0; task < load.n; task++) {
    const fn = functions[task]!;
    const inputs = upstream(task).map((index) => results[index]!);
    const result = new AsyncSubject<unknown>();
    result.subscribe(done);
    if (inputs.length === 0) from(fn()).subscribe(result);
    else forkJoin(inputs).pipe(mergeMap(fn)).subscribe(result);
    results.push(result);
  }
}

export const contender: Contender = { fifo: true, unlimited: true, queue, graph };
