import type { TaskProgressInput } from '../index.ts';

/** What a job is given after its kwargs: how to notice that it is cancelled, how to report, and who it is. */
export interface JobContext {
  /** Aborted when the job ends without a result: cancelled, timed out, or taken from a process that has lost it. */
  readonly signal: AbortSignal;
  /** Reports how far it is. Does nothing once the job has settled. */
  readonly progress: (progress: TaskProgressInput) => void;
  /** `runId.taskId`: the same each time this job runs. For what must not act twice, such as a payment. */
  readonly idempotencyKey: string;
  /** The id of the run. */
  readonly runId: string;
  /** The id of the task in its plan. */
  readonly taskId: string;
  /** The name of the task. */
  readonly name: string;
  /** 1 for the first attempt, and one more for each retry. Counts anew when a run goes on in another process. */
  readonly attempt: number;
}
