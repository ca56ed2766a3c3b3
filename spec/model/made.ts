import type { Task, TaskContext, TaskState, TaskStatus } from 'sluice';

import type { AddCommand, Command } from './command.ts';

/** A task, and what is known of it from outside. */
export interface Made {
  readonly task: Task<unknown>;
  readonly command: AddCommand;
  readonly upstream: readonly Made[];
  readonly outside: boolean;
  readonly onSettle: boolean;
  /** How many slots it takes. */
  readonly size: number;
  /** Its own priority, and its group: that of the task that runs it first, if it has none. */
  own: number;
  /** Runs that wait for it, and at whose priority it goes, with how often it had been asked for; `quiet`: at theirs alone. */
  readonly parents: Map<Run, number>;
  quiet: boolean;
  group: string | undefined;
  /** How often it has been asked for, and which of these the manager itself wants or may want. */
  asked: number;
  held: number;
  order: number;
  settled: number;
  current: Run | undefined;
  /** What it waited for when it was asked for last, with how often that had been asked for. */
  waitsFor: ReadonlyMap<Made, number>;
  /** When it was seen to wait for a slot first, since it does. */
  readyAt: number | undefined;
  /** The attempt after which it is to be called again, and how many have failed since it was asked for. */
  retrying: number | undefined;
  failures: number;
  /** Which of its calls was the last, and whether it has begun anew since. */
  called: { readonly ask: number; readonly attempt: number } | undefined;
  anew: boolean;
  /** Every value it ever emitted. */
  readonly values: unknown[];
  /** What its function still has to do within its own call. */
  readonly acts: Command[];
  /** What its state$ has shown last. */
  seen: TaskState | undefined;
}

/** A call of a function. */
export interface Run {
  readonly made: Made;
  readonly ask: number;
  readonly context: TaskContext;
  ended: boolean;
  reported: number;
  /** Whether it has given its slot up for the tasks that it waits for. */
  lent: boolean;
  readonly children: Made[];
}

/** A subscription to a task. */
export interface Listening {
  readonly made: Made;
  subscription: { unsubscribe(): void } | undefined;
  open: boolean;
}

export const UNSETTLED: readonly TaskStatus[] = ['waiting', 'queued', 'running'];
export const SETTLED = ['completed', 'failed', 'cancelled', 'skipped'] as const;

export function isUnsettled({ task }: Made): boolean {
  return UNSETTLED.includes(task.status);
}

/** Whether it still waits for that upstream. */
export function waitsFor(made: Made, upstream: Made): boolean {
  return isUnsettled(made) && isUnsettled(upstream) && made.waitsFor.get(upstream) === upstream.asked;
}

/** Whether the function of this attempt has been called, and holds its slot. */
export function isCalled({ task, current, asked }: Made): boolean {
  return task.status === 'running' && current?.ask === asked && current.context.attempt === task.state.attempt;
}

/** Whether its function waits for tasks that it runs, or for a slot after them. */
export function isLent({ task, current, asked }: Made): boolean {
  return (task.status === 'waiting' || task.status === 'queued') && current?.ask === asked && current.lent;
}

export function goesBefore(a: Made, b: Made): boolean {
  return a.task.priority > b.task.priority || (a.task.priority === b.task.priority && a.order < b.order);
}

/** Whether a group is `outer`, or within it. Everything is within the manager, which has no name. */
export function isWithin(group: string | undefined, outer: string | undefined): boolean {
  return outer === undefined || group === outer || (group?.startsWith(`${outer}/`) ?? false);
}

/** A group, those around it, and the manager last. */
export function chain(group: string | undefined): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  for (let name = group; name; name = name.slice(0, Math.max(0, name.lastIndexOf('/')))) names.push(name);
  return [...names, undefined];
}
