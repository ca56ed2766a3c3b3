/**
 * A journal could not be written or read: the disk is full, the file is damaged. The run stops where it is, and
 * nothing that was recorded is lost: it goes on when it is opened again. `cause` has the reason.
 *
 * @example
 * ```ts
 * import { TaskManager } from 'sluice';
 * import { defineJobs, JournalError, memoryJournal, Plan, runPlan } from 'sluice/plans';
 *
 * const run = runPlan(new Plan(defineJobs({})), new TaskManager(), { id: 'none', journal: memoryJournal() });
 * run.done.catch((error: unknown) => {
 *   if (error instanceof JournalError) console.log(error.journal, error.cause);
 * });
 * ```
 */
export class JournalError extends Error {
  override readonly name: string = 'JournalError';
  readonly code: 'JOURNAL' = 'JOURNAL' as const;
  readonly journal: string;

  constructor(journal: string, cause: unknown) {
    super(`The journal ${journal} failed${cause instanceof Error ? ` (${cause.message})` : ''}. The run stops here, and goes on when it is opened again.`, { cause });
    this.journal = journal;
  }
}
