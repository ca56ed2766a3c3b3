import { type Contender, Unable } from '../contender.ts';
import { Heap, type Ranked } from '../heap.ts';
import type { GraphLoad } from '../workloads/graph-load.ts';
import type { QueueLoad } from '../workloads/queue-load.ts';
import { graph } from './bare.ts';

// The bare scheduler, with a promise for each result: what a queue costs at least that hands one out.

interface Entry extends Ranked {
  fn: (() => Promise<number>) | undefined;
  readonly resolve: (result: number) => void;
  readonly reject: (error: unknown) => void;
}

function queue(load: QueueLoad): void {
  const { priorities, concurrency, done, withdrawn } = load;
  const functions = load.promising;
  const heap = new Heap<Entry>();
  let running = 0;
  let paused = load.paused;

  const next = (): void => {
    while (!paused && running < concurrency) {
      const entry = heap.pop();
      if (entry === undefined) return;
      if (entry.fn === undefined) continue;
      running++;
      void entry.fn().then((result) => {
        running--;
        entry.resolve(result);
        next();
      });
    }
  };

  const entries: Entry[] = [];
  for (let task = 0; task < load.n; task++) {
    const promise = new Promise<number>((resolve, reject) => {
      const entry = { priority: priorities[task]!, order: task, fn: functions[task], resolve, reject };
      if (load.changes) entries.push(entry);
      heap.push(entry);
    });
    void promise.then(done, withdrawn);
    next();
  }
  if (!paused) return;

  load.queued();
  for (const task of load.cancel) {
    const entry = entries[task]!;
    entry.fn = undefined;
    // Without the stack of an Error, which would cost more than all the rest.
    entry.reject({ name: 'AbortError' });
  }
  for (const { task, priority } of load.move) {
    const entry = entries[task]!;
    heap.push({ ...entry, priority });
    entry.fn = undefined;
  }
  paused = false;
  next();
}

/** Not a promise a result, but what merging alone adds to the bare scheduler. */
function merging(load: GraphLoad): void {
  if (!load.graph.merged) throw new Unable();
  const { fed } = load;
  const results: unknown[] = [];
  graph(load, fed.map((fn, task) => () => {
    const inputs = load.graph.upstream(task).map((index) => results[index]);
    const promise = fn(Object.assign({}, ...inputs) as Record<string, number>);
    void promise.then((result) => { results[task] = result; });
    return promise;
  }));
}

export const contender: Contender = { queue, graph: merging };
