import PQueue from 'p-queue';

import type { Contender } from '../contender.ts';
import type { QueueLoad } from '../workloads/queue-load.ts';

function queue(load: QueueLoad): void {
  const { priorities, concurrency, done, withdrawn } = load;
  const functions = load.promising;
  const tasks = new PQueue({ concurrency, autoStart: !load.paused });
  const cancellable = load.cancel.length > 0;
  const movable = load.move.length > 0;
  const controllers: AbortController[] = [];
  for (let task = 0; task < load.n; task++) {
    const priority = priorities[task]!;
    if (cancellable) {
      const controller = new AbortController();
      controllers.push(controller);
      void tasks.add(functions[task]!, { priority, signal: controller.signal }).then(done, withdrawn);
    } else {
      void tasks.add(functions[task]!, movable ? { priority, id: String(task) } : { priority }).then(done, withdrawn);
    }
  }
  if (!load.paused) return;
  load.queued();
  for (const task of load.cancel) controllers[task]!.abort();
  for (const { task, priority } of load.move) tasks.setPriority(String(task), priority);
  tasks.start();
}

/** A queue for each group, whose tasks wait in turn in one for all: so no slot of all is held by one that waits for its group. */
function groups(load: QueueLoad): void {
  const { concurrency, done } = load;
  const functions = load.promising;
  const all = new PQueue({ concurrency });
  const queues = Array.from({ length: load.groups.count }, () => new PQueue({ concurrency: load.groups.concurrency }));
  for (let task = 0; task < load.n; task++) {
    const fn = functions[task]!;
    void queues[load.groupOf(task)]!.add(() => all.add(fn)).then(done);
  }
}

export const contender: Contender = { movesBehind: true, queue, groups };
