import { asyncScheduler, auditTime, concat, defaultIfEmpty, defer, filter, from, ignoreElements, map, merge, mergeMap, NEVER, type Observable, of, Subject, type Subscription, takeLast, takeUntil, throwError } from 'rxjs';

import { InvalidInputError, TaskCancelledError, type TaskContext, type TaskEvent, type TaskManager, type TaskProgress, UpstreamFailedError } from '../index.ts';
import { checkValue } from './check-value.ts';
import { Deferred } from './deferred.ts';
import { fromFailure, toFailure } from './failure.ts';
import type { Journal, JournalRun, Outcome } from './journal.ts';
import { PlanConflictError } from './plan-conflict-error.ts';
import type { PlanData, PlanTaskData } from './plan-data.ts';
import { planDifference } from './plan-difference.ts';
import type { PlanEvent, PlanRun, PlanRunState, PlanTaskPage, PlanTaskQuery, PlanTaskState, PlanTaskStatus } from './plan-run.ts';
import type { PlanTask } from './plan-task.ts';
import { RunGraph, type Settled } from './run-graph.ts';
import { jobContext, NO_VALUE, replay, type RunJob } from './run-job.ts';
import { RunTally } from './run-tally.ts';
import { taskPage } from './task-page.ts';

export interface LocalRunOptions {
  readonly id: string;
  /** Undefined if that of the journal is to be run. */
  readonly plan: PlanData | undefined;
  readonly manager: TaskManager;
  readonly journal: Pick<Journal, 'open'>;
  readonly run: RunJob;
}

const NO_TASKS: PlanData = { values: 'json', tasks: [] };

/** A plan that runs on a task manager of this process. */
export class LocalRun implements PlanRun {
  readonly id: string;
  readonly state$: Observable<PlanRunState>;
  readonly events$: Observable<PlanEvent>;
  readonly #options: LocalRunOptions;
  #plan: PlanData;
  #tally: RunTally;
  #graph: RunGraph;
  #book: JournalRun | undefined;
  #phase: 'opening' | 'open' | 'ending' | 'done' | 'broken' = 'opening';
  #paused = false;
  #cancelled = false;
  /** Set while tasks are taken from the queue that are to wait for the end of a pause. */
  #withdrawing = false;
  #error: unknown;
  #snapshot: PlanRunState | undefined;
  #opened: Promise<void>;
  #done: Deferred<PlanRunState> = new Deferred();
  /** Failures that are being recorded. Nothing downstream starts before they are. */
  #recording: Promise<void> | undefined;
  #listening: Subscription | undefined;
  readonly #values: Map<number, unknown> = new Map();
  readonly #errors: Map<number, unknown> = new Map();
  readonly #attempts: Map<number, number> = new Map();
  readonly #progress: Map<number, TaskProgress> = new Map();
  readonly #changed$: Subject<void> = new Subject();
  readonly #events$: Subject<PlanEvent> = new Subject();
  /** Each place in the plan whose task has settled. */
  readonly #settled: Map<number, Subject<void>> = new Map();

  constructor(options: LocalRunOptions) {
    this.#options = options;
    this.id = options.id;
    this.#plan = options.plan ?? NO_TASKS;
    this.#tally = new RunTally(this.#plan.tasks);
    this.#graph = this.#makeGraph();
    this.state$ = defer(() => concat(
      merge(of(undefined), this.#changed$.pipe(auditTime(0, asyncScheduler))).pipe(map(() => this.state), takeUntil(from(this.#done.promise))),
      defer(() => of(this.state)),
    ));
    this.events$ = defer(() => this.#events$.pipe(takeUntil(from(this.#done.promise))));
    this.#opened = this.#open();
    this.#opened.catch(() => undefined);
  }

  get plan(): PlanData {
    return this.#plan;
  }

  get done(): Promise<PlanRunState> {
    return this.#done.promise;
  }

  get state(): PlanRunState {
    return (this.#snapshot ??= this.#tally.snapshot(this.id, this.#status()));
  }

  async tasks(query: PlanTaskQuery = {}): Promise<PlanTaskPage> {
    await this.#opened;
    return taskPage(this.#plan.tasks, (i) => this.taskState(i), query);
  }

  /** One task, by its place in the plan. */
  taskState(index: number): PlanTaskState {
    const { id, name, job, group } = this.#plan.tasks[index] as PlanTaskData;
    return {
      id, name, job, group,
      status: this.#tally.status(index),
      attempt: this.#attempts.get(index) ?? 0,
      progress: this.#progress.get(index),
      error: this.#errors.get(index),
    };
  }

  result<T>(task: PlanTask<T> | string): Observable<T> {
    return concat(defer(() => this.#opened).pipe(ignoreElements()), defer(() => {
      const id = typeof task === 'string' ? task : task.id;
      const index = this.#graph.indexOf(id);
      const same = index !== undefined && (typeof task === 'string' || task.job === this.#plan.tasks[index]?.job);
      if (!same) throw new InvalidInputError('result(): task', 'a task of the plan of this run', task);
      return this.#resultOf(index) as Observable<T>;
    }));
  }

  async cancel(): Promise<void> {
    await this.#opened;
    if (this.#phase !== 'open' || this.#cancelled) return;
    await this.#write((book) => book.mark({ status: 'cancelled' }));
    this.#cancelled = true;
    for (const index of this.#unsettled()) this.#graph.task(index)?.cancel({ upstream: 'none' });
    // Those that a pause has taken from the queue.
    for (const index of this.#unsettled()) this.#settle(index, 'cancelled');
    this.#touch();
  }

  async pause(): Promise<void> {
    await this.#opened;
    if (this.#phase !== 'open' || this.#paused) return;
    this.#paused = true;
    this.#withdrawing = true;
    for (const index of this.#unsettled()) {
      const task = this.#graph.task(index);
      // One that waits for its next attempt is under way.
      if (task && task.status !== 'running' && task.state.attempt === 0) task.cancel({ upstream: 'none' });
    }
    this.#withdrawing = false;
    this.#touch();
    await this.#write((book) => book.mark({ paused: true }));
  }

  async resume(): Promise<void> {
    await this.#opened;
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#phase === 'open') {
      await this.#write((book) => book.mark({ paused: false }));
      this.#launch(this.#unsettled().filter((index) => !['waiting', 'queued', 'running'].includes(this.#graph.task(index)?.status ?? 'idle')));
    }
    this.#touch();
  }

  async retry(): Promise<void> {
    await this.#opened;
    if (this.#phase === 'ending') await this.#done.promise;
    if (this.#cancelled) throw new InvalidInputError('retry()', 'called on a run that was not cancelled', this.id, 'A cancel is for good.');
    if (this.#phase === 'done') {
      this.#book = await this.#options.journal.open(this.id, this.#plan);
      this.#phase = 'open';
      this.#done = new Deferred();
      this.#listen();
    }
    const again = this.#plan.tasks.map((_, i) => i).filter((i) => ['failed', 'skipped'].includes(this.#tally.status(i)));
    await this.#write(async (book) => {
      await book.forget(again.map((i) => (this.#plan.tasks[i] as PlanTaskData).id));
      await book.mark({ status: 'open' });
    });
    for (const index of again) {
      this.#errors.delete(index);
      this.#attempts.delete(index);
      this.#tally.move(index, 'waiting');
    }
    if (!this.#paused) this.#launch(again);
    this.#touch();
  }

  async #open(): Promise<void> {
    try {
      const { journal, plan } = this.#options;
      const book = await journal.open(this.id, plan);
      this.#book = book;
      const difference = plan && planDifference(book.plan, plan);
      if (difference) throw new PlanConflictError(this.id, difference);
      this.#plan = book.plan;
      this.#tally = new RunTally(book.plan.tasks);
      this.#graph = this.#makeGraph();
      this.#paused = book.marks.paused;
      this.#cancelled = book.marks.status === 'cancelled';
      this.#restore(book);
      this.#phase = 'open';
      this.#listen();
      if (this.#cancelled) for (const index of this.#unsettled()) this.#settle(index, 'cancelled');
      else if (!this.#paused) this.#launch(this.#unsettled());
      this.#touch();
    } catch (error) {
      this.#break(error);
      throw error;
    }
  }

  /** What has been recorded, here or in another process. */
  #restore(book: JournalRun): void {
    for (const { task, outcome } of book.records) {
      const index = this.#graph.indexOf(task);
      if (index === undefined) continue;
      if ('error' in outcome) this.#errors.set(index, fromFailure(outcome.error));
      else this.#values.set(index, 'empty' in outcome ? NO_VALUE : outcome.value);
      this.#tally.move(index, 'error' in outcome ? 'failed' : 'completed');
    }
  }

  #makeGraph(): RunGraph {
    const { manager } = this.#options;
    return new RunGraph({ plan: this.#plan, manager, settled: (i) => this.#settledAs(i), run: (i, inputs, context) => this.#run(i, inputs, context) });
  }

  #settledAs(index: number): Settled | undefined {
    const status = this.#tally.status(index);
    if (status === 'completed') return { status, value: this.#values.get(index) };
    if (status === 'failed') return { status, error: this.#errors.get(index) };
    return status === 'skipped' ? { status } : undefined;
  }

  #launch(indexes: readonly number[]): void {
    // Not what waits for something that was cancelled, by the manager or one of its groups.
    const rest = indexes.filter((index) => {
      const lost = this.#plan.tasks[index]?.upstream?.some(({ from }) => this.#tally.status(this.#graph.indexOf(from) as number) === 'cancelled') ?? false;
      if (lost) this.#settle(index, 'cancelled');
      return !lost;
    });
    this.#graph.launch(rest);
  }

  /** The function of a task: its job, and then the record of what that came to. */
  #run(index: number, inputs: readonly unknown[], context: TaskContext): Observable<unknown> {
    const data = this.#plan.tasks[index] as PlanTaskData;
    const job = defer(() => this.#options.run(data, inputs, jobContext(this.id, data.id, context)));
    const recording = this.#recording;
    return (recording ? concat(from(recording).pipe(ignoreElements()), job) : job).pipe(
      takeLast(1),
      defaultIfEmpty(NO_VALUE),
      mergeMap((value) => this.#record(index, value)),
      filter((value) => value !== NO_VALUE),
    );
  }

  #record(index: number, value: unknown): Observable<unknown> {
    const { id, name } = this.#plan.tasks[index] as PlanTaskData;
    const none = value === NO_VALUE;
    if (!none && value !== undefined) checkValue(this.#plan.values, name, 'result', value);
    const outcome: Outcome = none ? { empty: true } : { value };
    return from((this.#book as JournalRun).record({ task: id, outcome }).then(
      () => {
        this.#values.set(index, value);
        return of(value);
      },
      (error: unknown) => {
        this.#break(error);
        return NEVER;
      },
    )).pipe(mergeMap((after) => after));
  }

  #listen(): void {
    this.#listening?.unsubscribe();
    this.#listening = this.#options.manager.events$.subscribe((event) => {
      const index = 'task' in event ? this.#graph.indexOfTask(event.task) : undefined;
      if (index !== undefined) this.#hear(index, event as Exclude<TaskEvent, { readonly type: 'groupFinished' }>);
    });
  }

  #hear(index: number, event: Exclude<TaskEvent, { readonly type: 'groupFinished' }>): void {
    const { time } = event;
    switch (event.type) {
      case 'queued': return;
      case 'started':
        this.#attempts.set(index, event.attempt);
        this.#tally.move(index, 'running');
        this.#tell(index, { type: 'started', time });
        break;
      case 'progress':
        this.#progress.set(index, event.progress);
        this.#tally.progress(index, event.progress);
        this.#tell(index, { type: 'progress', time, progress: event.progress });
        break;
      case 'retrying':
        this.#tally.move(index, 'waiting');
        this.#tell(index, { type: 'retrying', time, error: event.error });
        break;
      case 'completed':
        this.#tell(index, { type: 'completed', time, result: event.result });
        this.#settle(index, 'completed');
        break;
      case 'failed': this.#fail(index, event.error, time); break;
      case 'cancelled':
        if (this.#withdrawing) return;
        this.#tell(index, { type: 'cancelled', time });
        this.#settle(index, 'cancelled');
        break;
      case 'skipped':
        this.#tell(index, { type: 'skipped', time });
        this.#settle(index, 'skipped');
    }
    this.#touch();
  }

  #fail(index: number, thrown: unknown, time: number): void {
    const error = this.#graph.named(index, thrown);
    // A failure that has come from upstream comes again from there.
    const derived = error instanceof UpstreamFailedError && this.#tally.status(index) !== 'running';
    this.#errors.set(index, error);
    if (!derived) {
      const { id } = this.#plan.tasks[index] as PlanTaskData;
      const recording = Promise.all([this.#recording, this.#write((book) => book.record({ task: id, outcome: { error: toFailure(error) } }))]).then(() => undefined, () => undefined);
      this.#recording = recording;
      void recording.then(() => {
        if (this.#recording === recording) this.#recording = undefined;
      });
    }
    this.#tell(index, { type: 'failed', time, error });
    this.#settle(index, 'failed');
  }

  #settle(index: number, status: PlanTaskStatus): void {
    this.#progress.delete(index);
    this.#tally.move(index, status);
    const waiting = this.#settled.get(index);
    this.#settled.delete(index);
    waiting?.complete();
    this.#touch();
    if (this.#tally.unsettled === 0) queueMicrotask(() => void this.#end());
  }

  #tell(index: number, event: Omit<PlanEvent, 'task' | 'attempt'>): void {
    if (!this.#events$.observed) return;
    const { id, name, job, group } = this.#plan.tasks[index] as PlanTaskData;
    this.#events$.next({ ...event, task: { id, name, job, group }, attempt: this.#attempts.get(index) ?? 0 });
  }

  #touch(): void {
    this.#snapshot = undefined;
    if (this.#phase === 'open' && this.#tally.unsettled === 0) queueMicrotask(() => void this.#end());
    this.#changed$.next();
  }

  async #end(): Promise<void> {
    if (this.#phase !== 'open' || this.#tally.unsettled > 0) return;
    this.#phase = 'ending';
    this.#listening?.unsubscribe();
    try {
      await this.#recording;
      const status = this.#outcome();
      // What the manager has cancelled is not the run's own end: it goes on when it is opened again.
      if (!(status === 'cancelled' && !this.#cancelled)) await this.#write((book) => book.mark({ status }));
      const book = this.#book;
      this.#book = undefined;
      await book?.close();
    } catch (error) {
      this.#break(error);
      return;
    }
    this.#phase = 'done';
    this.#snapshot = undefined;
    this.#done.resolve(this.state);
  }

  /** Stops here: the journal can no longer be written. */
  #break(error: unknown): void {
    if (this.#phase === 'broken' || this.#phase === 'done') return;
    this.#phase = 'broken';
    this.#error = error;
    this.#snapshot = undefined;
    this.#listening?.unsubscribe();
    for (const index of this.#unsettled()) this.#graph.task(index)?.cancel({ upstream: 'none' });
    this.#book?.close().catch(() => undefined);
    this.#book = undefined;
    for (const waiting of this.#settled.values()) waiting.complete();
    this.#settled.clear();
    this.#done.reject(error);
  }

  async #write(action: (book: JournalRun) => Promise<void>): Promise<void> {
    try {
      if (this.#book) await action(this.#book);
    } catch (error) {
      this.#break(error);
      throw error;
    }
  }

  #resultOf(index: number): Observable<unknown> {
    const status = this.#tally.status(index);
    if (status === 'completed') return replay(this.#values.get(index));
    if (status === 'failed') return throwError(() => this.#errors.get(index));
    if (status === 'cancelled') return throwError(() => new TaskCancelledError(`run ${this.id}`));
    if (status === 'skipped') return replay(NO_VALUE);
    if (this.#phase === 'broken') return throwError(() => this.#error);
    const waiting = this.#settled.get(index) ?? new Subject<void>();
    this.#settled.set(index, waiting);
    return concat(waiting.pipe(ignoreElements()), defer(() => this.#resultOf(index)));
  }

  #unsettled(): number[] {
    return this.#plan.tasks.map((_, i) => i).filter((i) => ['waiting', 'running'].includes(this.#tally.status(i)));
  }

  #status(): PlanRunState['status'] {
    if (this.#phase === 'opening') return 'opening';
    if (this.#phase === 'done') return this.#outcome();
    return this.#paused ? 'paused' : 'running';
  }

  #outcome(): 'completed' | 'failed' | 'cancelled' {
    const { counts } = this.#tally.snapshot(this.id, 'running');
    if (this.#cancelled || counts.cancelled > 0) return 'cancelled';
    return counts.failed > 0 ? 'failed' : 'completed';
  }
}
