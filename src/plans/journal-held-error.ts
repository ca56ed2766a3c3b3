/**
 * Another process, or another tab, has the journal open. Two at once would run every job twice.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, JournalHeldError, Plan, runPlan } from 'sluice/plans';
 * import { sqliteJournal } from 'sluice/plans/sqlite';
 *
 * const plan = new Plan(defineJobs({ greet: () => 'Hello' }));
 * plan.task('greet');
 * const start = () => {
 *   runPlan(plan, new TaskManager(), { id: 'greeting', journal: sqliteJournal('census.db') }).done.catch((error: unknown) => {
 *     if (error instanceof JournalHeldError) console.log(`Wait for ${error.holder}, or end it.`);
 *   });
 * };
 * ```
 */
export class JournalHeldError extends Error {
  override readonly name: string = 'JournalHeldError';
  readonly code: 'JOURNAL_HELD' = 'JOURNAL_HELD' as const;
  /** The journal: a file, or a database. */
  readonly journal: string;
  /** Who has it: `process 4711 on host`, or `another tab`. */
  readonly holder: string;

  constructor(journal: string, holder: string) {
    super(`The journal ${journal} is held by ${holder}. End it, use another journal, or wait with { whenHeld: 'wait' }.`);
    this.journal = journal;
    this.holder = holder;
  }
}
