import { isObservable, type ObservableInput } from 'rxjs';

import type { Contender } from '../contender.ts';
import { Heap, type Ranked } from '../heap.ts';
import type { CancelLoad } from '../workloads/cancel-load.ts';
import type { GraphLoad } from '../workloads/graph-load.ts';
import type { QueueLoad } from '../workloads/queue-load.ts';

// What one would write by hand for the work at hand and nothing else: a binary heap of closures, a
// counter of those that run, `.then`. No errors, no handles, no cleaning up.

interface Entry<Result> extends Ranked {
  /** Undefined when it is not to run any more: left in the heap, and passed over. */
  fn: (() => Result) | undefined;
}

function queue(load: QueueLoad): void {
  const { functions, priorities, concurrency, done } = load;
  const heap = new Heap<Entry<ObservableInput<number>>>();
  let running = 0;
  let paused = load.paused;

  const ended = (task: number): void => {
    running--;
    done(task);
    next();
  };
  const next = (): void => {
    while (!paused && running < concurrency) {
      const entry = heap.pop();
      if (entry === undefined) return;
      if (entry.fn === undefined) continue;
      running++;
      const result = entry.fn();
      if (isPromise(result)) void result.then(ended);
      // What comes at once is taken by the loop: it must not go on inside itself.
      else if (isObservable(result)) result.subscribe((task) => { running--; done(task); });
    }
  };

  const entries: Entry<ObservableInput<number>>[] = [];
  for (let task = 0; task < load.n; task++) {
    const entry = { priority: priorities[task]!, order: task, fn: functions[task] };
    if (load.changes) entries.push(entry);
    heap.push(entry);
    next();
  }
  if (!paused) return;

  load.queued();
  for (const task of load.cancel) {
    entries[task]!.fn = undefined;
    load.withdrawn();
  }
  for (const { task, priority } of load.move) {
    const entry = entries[task]!;
    heap.push({ priority, order: task, fn: entry.fn });
    entry.fn = undefined;
  }
  paused = false;
  next();
}

interface Group extends Ranked {
  // Those of the best that waits.
  priority: number;
  order: number;
  readonly heap: Heap<Entry<Promise<number>>>;
  running: number;
  /** Whether it is in the heap of groups. */
  listed: boolean;
}

/** A heap of groups that may start something, by the best that each has; a heap and a counter each. */
function groups(load: QueueLoad): void {
  const { promising: functions, priorities, concurrency, done } = load;
  const all = Array.from({ length: load.groups.count }, (): Group => ({ priority: 0, order: 0, heap: new Heap(), running: 0, listed: false }));
  const ready = new Heap<Group>();
  let running = 0;

  const list = (group: Group): void => {
    const best = group.heap.best;
    if (group.listed || best === undefined || group.running >= load.groups.concurrency) return;
    group.priority = best.priority;
    group.order = best.order;
    group.listed = true;
    ready.push(group);
  };
  const next = (): void => {
    while (running < concurrency) {
      const group = ready.pop();
      if (group === undefined) return;
      group.listed = false;
      const { fn } = group.heap.pop()!;
      group.running++;
      running++;
      list(group);
      void fn!().then((task) => {
        group.running--;
        running--;
        done(task);
        list(group);
        next();
      });
    }
  };
  for (let task = 0; task < load.n; task++) {
    const group = all[load.groupOf(task)]!;
    // All have the same priority, so what comes later never goes first.
    group.heap.push({ priority: priorities[task]!, order: task, fn: functions[task] });
    list(group);
    next();
  }
}

interface Node extends Ranked {
  readonly fn: () => Promise<unknown>;
  pending: number;
  downstream: Node[] | undefined;
}

/** A counter a task of what it waits for. Results are left where they are: who needs one looks there. */
export function graph(load: GraphLoad, functions: readonly (() => Promise<unknown>)[] = load.functions): void {
  const { concurrency, done } = load;
  const heap = new Heap<Node>();
  let running = 0;

  const next = (): void => {
    while (running < concurrency) {
      const node = heap.pop();
      if (node === undefined) return;
      running++;
      void node.fn().then(() => {
        running--;
        done();
        if (node.downstream !== undefined) for (const target of node.downstream) if (--target.pending === 0) heap.push(target);
        next();
      });
    }
  };
  const nodes: Node[] = [];
  for (let task = 0; task < load.n; task++) {
    const upstream = load.graph.upstream(task);
    const node: Node = { priority: 0, order: task, fn: functions[task]!, pending: upstream.length, downstream: undefined };
    for (const index of upstream) (nodes[index]!.downstream ??= []).push(node);
    nodes.push(node);
    if (node.pending === 0) heap.push(node);
  }
  next();
}

function cancelRoot(load: CancelLoad): () => void {
  interface Waiting { fn: (() => unknown) | undefined; downstream: Waiting[] }
  const root: Waiting = { fn: load.root, downstream: [] };
  for (let task = 0; task < load.n; task++) root.downstream.push({ fn: load.leaf, downstream: [] });
  return () => {
    const cancelled = [root];
    for (const node of cancelled) {
      node.fn = undefined;
      for (const below of node.downstream) cancelled.push(below);
      load.withdrawn();
    }
  };
}

function isPromise(result: ObservableInput<number>): result is Promise<number> {
  return typeof (result as Partial<Promise<number>>).then === 'function';
}

export const contender: Contender = { queue, cold: queue, observables: queue, groups, graph, cancelRoot };
