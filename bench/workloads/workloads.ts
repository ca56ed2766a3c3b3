import { of } from 'rxjs';

import type { Contender } from '../contender.ts';
import { seeded, shuffled } from '../random.ts';
import { CancelLoad } from './cancel-load.ts';
import { type Graph, GraphLoad } from './graph-load.ts';
import { chain, layers, rootLeavesSink } from './graphs.ts';
import type { Load } from './load.ts';
import { QueueLoad, type QueueLoadOptions } from './queue-load.ts';

/** What is looked at: CPU time, or what the workload is about. */
export type Measure = 'cpu' | 'bytes' | 'pause' | 'ideal' | 'linear';

export interface Workload {
  readonly title: string;
  /** Default `cpu`. */
  readonly measure?: Measure;
  /** A number of tasks of its own, whatever is asked for. */
  readonly n?: number;
  /** How long it takes at least, in milliseconds. */
  readonly ideal?: number;
  readonly load: (n: number, contender: Contender) => Load;
}

const TIMER = 5;
const TIMERS = 2_000;
const TIMERS_AT_ONCE = 50;

const ten = (n: number): number[] => Array.from({ length: n }, (_, task) => task % 10);

const queued = (options: (n: number) => Omit<QueueLoadOptions, 'n'>) => (n: number): Load => new QueueLoad({ n, ...options(n) });

const graph = (shape: (n: number) => Graph) => (n: number, contender: Contender): Load => new GraphLoad(shape(n), contender);

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  W1: {
    title: 'flat, ten priorities',
    load: queued((n) => ({ priorities: ten(n) })),
  },
  W2: {
    title: 'every priority different',
    load: queued((n) => ({ priorities: shuffled(n, seeded(2)) })),
  },
  W3: {
    title: 'queued while paused, then drained',
    load: queued((n) => ({ priorities: ten(n), paused: true })),
  },
  W4: {
    title: 'as W3, a random half cancelled one by one',
    load: queued((n) => ({ priorities: ten(n), paused: true, cancel: shuffled(n, seeded(4)).slice(n / 2) })),
  },
  W5: {
    title: 'as W3, a tenth re-prioritised',
    load: queued((n) => {
      const random = seeded(5);
      const tenth = shuffled(n, random).slice(0, n / 10);
      return { priorities: ten(n), paused: true, move: tenth.map((task) => ({ task, priority: Math.floor(random() * 10) })) };
    }),
  },
  W6: { title: 'one root, n leaves, one sink', load: graph(rootLeavesSink) },
  W7: { title: 'chain of n', load: graph(chain) },
  W8: { title: 'layers of 100, three upstream each, results merged', load: graph(layers) },
  W9: {
    title: '100 groups of 2, 64 in all',
    load: queued(() => ({ kind: 'groups', concurrency: 64, groups: { count: 100, concurrency: 2 } })),
  },
  W10: {
    title: 'as W3, tasks that return `of(i)`',
    // Paused, as they would run while they are queued, and there would be no order to see.
    load: queued((n) => ({ priorities: ten(n), paused: true, observables: true, work: (task) => of(task) })),
  },
  W11: {
    title: `${TIMERS} timers of ${TIMER} ms, ${TIMERS_AT_ONCE} at once: of the ideal`,
    measure: 'ideal',
    n: TIMERS,
    ideal: (TIMERS / TIMERS_AT_ONCE) * TIMER,
    load: queued(() => ({
      concurrency: TIMERS_AT_ONCE,
      work: (task) => new Promise<number>((resolve) => { setTimeout(resolve, TIMER, task); }),
    })),
  },
  W12: {
    title: 'longest delay of a heartbeat while 100,000 tasks of 20 µs drain',
    measure: 'pause',
    n: 100_000,
    load: queued(() => ({
      work: (task) => {
        const end = performance.now() + 0.02;
        while (performance.now() < end);
        return Promise.resolve(task);
      },
    })),
  },
  W13: {
    title: 'cold: `task` and `subscribe`',
    load: queued((n) => ({ kind: 'cold', priorities: ten(n) })),
  },
  W14: {
    title: '`queueOn` on bare Observables',
    load: queued((n) => ({ kind: 'observables', priorities: ten(n) })),
  },
  W15: {
    title: 'n downstream of one cancelled root: time a task, to that of n / 10',
    measure: 'linear',
    load: (n) => new CancelLoad(n),
  },
  groups1k: {
    title: '1,000 groups of 2, 64 in all',
    load: queued(() => ({ kind: 'groups', concurrency: 64, groups: { count: 1_000, concurrency: 2 } })),
  },
  groups10k: {
    title: '10,000 groups of 2, 64 in all',
    load: queued(() => ({ kind: 'groups', concurrency: 64, groups: { count: 10_000, concurrency: 2 } })),
  },
  first: {
    title: 'the first 1,000 tasks after import',
    n: 1_000,
    load: queued((n) => ({ priorities: ten(n) })),
  },
  bytes: {
    title: 'bytes a queued task',
    measure: 'bytes',
    load: queued((n) => ({ priorities: ten(n), paused: true, weigh: true })),
  },
};
