import { auditTime, Observable } from 'rxjs';
import { patches, queueOn, type Task, TaskManager, type TaskManagerOptions, type Upstream } from 'sluice';

import { type Contender, Unable } from '../contender.ts';
import type { CancelLoad } from '../workloads/cancel-load.ts';
import type { GraphLoad } from '../workloads/graph-load.ts';
import type { QueueLoad } from '../workloads/queue-load.ts';
import { PolicyOptions } from './policies.ts';

const FRAME = 1000 / 60;

export interface SluiceOptions {
  /** Whether someone looks at the manager's state, 60 times a second, or takes all patches of it. */
  readonly watched?: boolean | 'patches';
  /** The policies that are in use. Default: none. */
  readonly policies?: 'all' | readonly string[];
}

export function sluice({ watched = false, policies = [] }: SluiceOptions): Contender {
  const using = new PolicyOptions(policies);

  const make = (options: TaskManagerOptions, finished: Promise<void>): TaskManager => {
    const tasks = new TaskManager(using.manager(options));
    if (watched) {
      const watching = watched === 'patches' ? patches(tasks).subscribe() : tasks.state$.pipe(auditTime(FRAME)).subscribe();
      void finished.then(() => { watching.unsubscribe(); });
    }
    return tasks;
  };

  const queue = (load: QueueLoad): void => {
    const { functions, priorities, concurrency } = load;
    const tasks = make({ concurrency }, load.finished);
    if (load.paused) tasks.pause();
    const observer = { next: load.done, error: load.withdrawn };
    const added: Task<number>[] = [];
    for (let task = 0; task < load.n; task++) {
      const job = tasks.add(functions[task]!, using.task({ priority: priorities[task] })) as Task<number>;
      job.subscribe(observer);
      if (load.changes) added.push(job);
    }
    if (!load.paused) return;
    load.queued();
    for (const task of load.cancel) added[task]!.cancel();
    for (const { task, priority } of load.move) added[task]!.setPriority(priority);
    tasks.resume();
  };

  const cold = (load: QueueLoad): void => {
    const { functions, priorities, concurrency } = load;
    const tasks = make({ concurrency }, load.finished);
    const observer = { next: load.done };
    for (let task = 0; task < load.n; task++) {
      (tasks.task(functions[task]!, using.task({ priority: priorities[task] })) as Task<number>).subscribe(observer);
    }
  };

  const observables = (load: QueueLoad): void => {
    if (policies.length > 0) throw new Unable(); // they are options of tasks
    const { promising: functions, priorities, concurrency } = load;
    const tasks = make({ concurrency }, load.finished);
    const observer = { next: load.done };
    for (let task = 0; task < load.n; task++) {
      const source = new Observable<number>((subscriber) => {
        void functions[task]!().then((result) => {
          subscriber.next(result);
          subscriber.complete();
        });
      });
      source.pipe(queueOn(tasks.scheduler, { priority: priorities[task] })).subscribe(observer);
    }
  };

  const groups = (load: QueueLoad): void => {
    const { functions, concurrency } = load;
    const names = Array.from({ length: load.groups.count }, (_, group) => `group ${group}`);
    const limits = Object.fromEntries(names.map((name) => [name, { concurrency: load.groups.concurrency }]));
    const tasks = make({ concurrency, groups: limits }, load.finished);
    const observer = { next: load.done };
    for (let task = 0; task < load.n; task++) {
      (tasks.add(functions[task]!, using.task({ group: names[load.groupOf(task)] })) as Task<number>).subscribe(observer);
    }
  };

  const graph = (load: GraphLoad): void => {
    const { fed, concurrency } = load;
    const { upstream, merged, key } = load.graph;
    const tasks = make({ concurrency }, load.finished);
    // What a function needs is for the load to know: only here is it not known when it is compiled.
    const add = tasks.add.bind(tasks) as unknown as (fn: (kwargs: Record<string, number>) => unknown, options?: object) => Task<unknown>;
    const observer = { next: load.done };
    const added: Task<unknown>[] = [];
    for (let task = 0; task < load.n; task++) {
      const indices = upstream(task);
      const name = indices.length === 1 && !merged ? key(task, indices[0]!) : undefined;
      const inputs = name === undefined ? indices.map((index) => added[index]) : { [name]: added[indices[0]!] };
      const job = indices.length === 0 && policies.length === 0 ? add(fed[task]!) : add(fed[task]!, using.task({ upstream: inputs as Upstream }));
      job.subscribe(observer);
      added.push(job);
    }
  };

  const cancelRoot = (load: CancelLoad): (() => void) => {
    const tasks = make({ concurrency: 8 }, load.finished);
    const observer = { error: load.withdrawn };
    const root = tasks.add(load.root);
    root.subscribe(observer);
    for (let task = 0; task < load.n; task++) tasks.add(load.leaf, { upstream: { root } }).subscribe(observer);
    return () => { root.cancel(); };
  };

  return { queue, cold, observables, groups, graph, cancelRoot };
}

export const contender: Contender = sluice({});
