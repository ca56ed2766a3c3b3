import pLimit from 'p-limit';

import { type Contender, Unable } from '../contender.ts';
import type { QueueLoad } from '../workloads/queue-load.ts';

function queue(load: QueueLoad): void {
  if (load.paused) throw new Unable();
  const limit = pLimit(load.concurrency);
  for (const fn of load.promising) void limit(fn).then(load.done);
}

/** A limit for each group, and inside it the one for all: so no slot of all is held by one that waits for its group. */
function groups(load: QueueLoad): void {
  const functions = load.promising;
  const all = pLimit(load.concurrency);
  const limits = Array.from({ length: load.groups.count }, () => pLimit(load.groups.concurrency));
  for (let task = 0; task < load.n; task++) {
    const fn = functions[task]!;
    void limits[load.groupOf(task)]!(() => all(fn)).then(load.done);
  }
}

export const contender: Contender = { fifo: true, queue, groups };
