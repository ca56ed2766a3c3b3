import type { FailureData } from './failure.ts';
import type { PlanData } from './plan-data.ts';
import type { ValueKind } from './value-kind.ts';

/**
 * Where runs are written down, so that another process can go on with them. {@link memoryJournal} is the simplest
 * one; `sluice/plans/sqlite` and `sluice/plans/indexeddb` have others. To write your own, implement this and run
 * `spec/plans/conformance.ts` on it.
 */
export interface Journal<V extends ValueKind = ValueKind> {
  /** What kwargs and results may be. */
  readonly values: V;
  /**
   * Opens the run of that id, and makes it if there is none and a plan is given.
   *
   * @throws JournalHeldError when another process has the journal open
   * @throws RunNotFoundError when there is none, and no plan
   */
  open(id: string, plan: PlanData | undefined): Promise<JournalRun>;
  /** The runs that it has, the latest last. */
  runs(): Promise<readonly JournaledRun[]>;
  /** Forgets a run that is not open. */
  remove(id: string): Promise<void>;
}

/** A run in the list of a journal. */
export interface JournaledRun {
  readonly id: string;
  readonly status: RunStatus;
  /** When it was made, in milliseconds since 1970. */
  readonly createdAt: number;
}

/** Where a run is. One that is `open` goes on when it is opened again. */
export type RunStatus = 'open' | 'completed' | 'failed' | 'cancelled';

/** One run, open in this process alone. */
export interface JournalRun {
  /** The plan it was made with. */
  readonly plan: PlanData;
  /** What has been recorded so far: at most one a task. */
  readonly records: readonly JournalRecord[];
  readonly marks: JournalMarks;
  /** Resolves when the record is durable. The first record of a task counts. */
  record(record: JournalRecord): Promise<void>;
  /** Forgets the records of tasks that are to run again. Resolves when that is durable. */
  forget(tasks: readonly string[]): Promise<void>;
  /** Resolves when the marks are durable; those not given stay. */
  mark(marks: Partial<JournalMarks>): Promise<void>;
  /** Lets go of it. Resolves when what was recorded is durable. */
  close(): Promise<void>;
}

/** What is known of a run besides its records. */
export interface JournalMarks {
  readonly status: RunStatus;
  readonly paused: boolean;
}

/** How a task has ended. */
export interface JournalRecord {
  /** Its id. */
  readonly task: string;
  readonly outcome: Outcome;
}

/** A value, no value (an empty Observable), or a failure. */
export type Outcome = { readonly value?: unknown } | { readonly empty: true } | { readonly error: FailureData };
