import type { OnUpstreamError } from '../index.ts';
import type { PolicyData } from './plan-policy.ts';
import type { ValueKind } from './value-kind.ts';

/** A plan as data: what is written to a journal, and sent to other machines. */
export interface PlanData {
  readonly values: ValueKind;
  /** Each stands after those it depends on. */
  readonly tasks: readonly PlanTaskData[];
}

/** A task of a plan as data. What is left out is the default. */
export interface PlanTaskData {
  /** Unique in its plan: `t1`, `t2` and so on. */
  readonly id: string;
  /** The name of the function that it runs. */
  readonly job: string;
  readonly name: string;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly upstream?: readonly PlanUpstreamData[];
  readonly group?: string;
  readonly priority?: number;
  readonly slots?: number;
  readonly onUpstreamError?: OnUpstreamError;
  readonly onConflict?: 'overwrite';
  readonly policies?: readonly PolicyData[];
}

/** What a task depends on. */
export interface PlanUpstreamData {
  /** The id of the task. */
  readonly from: string;
  /** The kwarg that its result is; without it, the keys of its result are kwargs. */
  readonly key?: string;
  readonly onError?: OnUpstreamError;
}
