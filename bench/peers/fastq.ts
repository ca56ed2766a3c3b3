import fastq from 'fastq';

import { type Contender, Unable } from '../contender.ts';
import type { QueueLoad } from '../workloads/queue-load.ts';

type Fn = () => Promise<number>;

function queue(load: QueueLoad): void {
  if (load.changes) throw new Unable();
  const work = (fn: Fn, taken: fastq.done<number>): void => { void fn().then((result) => { taken(null, result); }, taken); };
  const tasks = fastq<unknown, Fn, number>(work, load.concurrency);
  const taken = (_: Error | null, result?: number): void => { load.done(result!); };
  if (load.paused) tasks.pause();
  for (const fn of load.promising) tasks.push(fn, taken);
  if (!load.paused) return;
  load.queued();
  tasks.resume();
}

export const contender: Contender = { fifo: true, queue };
