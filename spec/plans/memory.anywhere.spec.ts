import { TaskManager } from 'sluice';
import { type Journal, memoryJournal, openPlan, runPlan } from 'sluice/plans';

import { conformance } from './support/conformance.ts';

/** Hands the same entries to another process: the one before it is gone, and so is its hold on them. */
conformance('a journal in memory', async () => {
  const journal = memoryJournal();
  let tasks = new TaskManager({ concurrency: 4 });
  let sight: Journal = { ...journal };
  return {
    run: async (plan, id) => runPlan(plan, tasks, { id, journal: sight }),
    open: async (jobs, id) => openPlan(jobs, tasks, { id, journal: sight }),
    crash: async () => {
      await tasks.close();
      tasks = new TaskManager({ concurrency: 4 });
      sight = { ...journal };
    },
    close: () => tasks.close(),
  };
});
