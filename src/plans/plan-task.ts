import type { KwargsOf, OnUpstreamError, Upstream } from '../index.ts';
import type { Observable } from 'rxjs';
import type { JobContext } from './job-context.ts';
import type { PlanPolicy } from './plan-policy.ts';
import type { JsonOnly, ValueKind } from './value-kind.ts';

declare const RESULT: unique symbol;

/** A task of a plan: what others name as upstream, and what a run gives the result of. */
export interface PlanTask<T> {
  /** Unique in its plan. */
  readonly id: string;
  /** The name of the job that it runs. */
  readonly job: string;
  readonly name: string;
  /** Carries the type alone. */
  readonly [RESULT]?: T;
}

/** What a task of a plan depends on: a list, whose results are merged, or a dictionary of kwargs. */
export type PlanUpstream = readonly PlanTask<unknown>[] | Readonly<Record<string, PlanTask<unknown> | PlanUpstreamWithPolicy>>;

/** An upstream of a dictionary with what to do when it fails. */
export interface PlanUpstreamWithPolicy {
  readonly from: PlanTask<unknown>;
  readonly onError?: OnUpstreamError | undefined;
}

/** Options of a task of a plan: those of any task, as far as they are data. */
export interface PlanTaskOptions<
  Args extends readonly unknown[] = readonly unknown[],
  Own extends object = object,
  Up extends PlanUpstream | readonly [] = PlanUpstream,
  OnError extends OnUpstreamError = OnUpstreamError,
  V extends ValueKind = ValueKind,
> {
  /** What errors, events and tools call it. Default: the name of the job. */
  readonly name?: string | undefined;
  /** The group whose limits apply. */
  readonly group?: string | undefined;
  /** Who goes next: any finite number, the higher the sooner. Default 0. */
  readonly priority?: number | undefined;
  /** How many slots it takes: a positive integer. Default 1. */
  readonly slots?: number | undefined;
  /** What it does when upstream fails or is skipped. Default `'fail'`. */
  readonly onUpstreamError?: OnError | undefined;
  /** When two inputs supply the same kwarg: `'error'` (default), or `'overwrite'`, which lets the later one win. */
  readonly onConflict?: 'error' | 'overwrite' | undefined;
  /** Retries and limits of time, the nearest to the function first. */
  readonly policies?: readonly PlanPolicy[] | undefined;
  /** Positional arguments, passed before the kwargs. */
  readonly args?: readonly [...Args] | undefined;
  /** Named arguments of its own. */
  readonly kwargs?: (Own & (V extends 'json' ? JsonOnly<Own> : unknown)) | undefined;
  /** The tasks of the same plan whose results it needs. */
  readonly upstream?: Up | undefined;
}

/** The same upstream, as the core's types know it. */
export type AsUpstream<Up> = { readonly [K in keyof Up]: AsSource<Up[K]> } extends infer Known extends Upstream ? Known : readonly [];

type AsSource<Source> =
  Source extends PlanTask<infer T> ? Observable<T>
  : Source extends { readonly from: PlanTask<infer T>; readonly onError: infer E } ? { readonly from: Observable<T>; readonly onError: E }
  : Source extends { readonly from: PlanTask<infer T> } ? { readonly from: Observable<T> }
  : never;

/** The kwargs that a task's own and its upstream supply. */
export type Supplied<Own, Up, OnError> = KwargsOf<Own, AsUpstream<Up>, OnError>;

/** Demands what the job takes. The text is what the compiler shows. */
export type Fits<Job, Name extends string, Args extends readonly unknown[], Kwargs> =
  Job extends (...inputs: [...Args, Kwargs, JobContext]) => unknown ? unknown
  : Args extends readonly [] ? { readonly kwargs: Misfit<First<Job>, Kwargs, Name> }
  : { readonly args: `These args do not fit the job "${Name}".` };

type Misfit<Wanted, Kwargs, Name extends string> =
  | (Wanted extends object ? { [K in keyof Wanted & string]: Problem<Wanted, Kwargs, K, Name> }[keyof Wanted & string] : never)
  | (Wanted extends object ? never : `The job "${Name}" takes args. Give them.`);

type Problem<Wanted, Kwargs, K extends keyof Wanted & string, Name extends string> =
  K extends keyof Kwargs
    ? Kwargs[K] extends Wanted[K] ? never : `The kwarg "${K}" of the job "${Name}" is of a wrong type.`
    : {} extends Pick<Wanted, K> ? never : `The kwarg "${K}" of the job "${Name}" is missing. Give it in kwargs, or by upstream.`;

type First<Job> = Job extends (first: infer F, ...rest: never) => unknown ? F : never;

