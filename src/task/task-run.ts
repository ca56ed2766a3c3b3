import { from, isObservable, type ObservableInput } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import type { GroupRecord } from './group-record.ts';
import { enter } from './run-context.ts';
import { freezeValue } from './links.ts';
import { mergeKwargs, type MergeSource, NONE } from './merge-kwargs.ts';
import { mentionFreeze } from './mention-freeze.ts';
import { Relay } from '../scheduler/relay.ts';
import { runAccess } from './run-access.ts';
import { complete, emit } from './settle.ts';
import { check, isObject } from '../scheduler/validate.ts';
import { ChildTasks } from './child-task.ts';
import type { TaskAttributes } from './task-event.ts';
import type { RunTask, TaskContext } from './task-function.ts';
import type { AnyTaskFunction, Run, TaskHost, TaskNode } from './task-node.ts';
import type { TaskOptions } from './task-options.ts';
import { type TaskProgress, type TaskProgressInput, toProgress } from './task-progress.ts';

/**
 * One execution of a task's function: calls it, takes what it returns, and holds the slot. It is the
 * run of its task as long as `node.current` is this; after that, whatever comes of it is ignored.
 * Functions are given it as their context.
 */
export class TaskRun implements TaskContext, Run {
  static {
    runAccess.execute = (run) => { (run as TaskRun).#execute(); };
    runAccess.stop = (run, reason) => { (run as TaskRun).#stop(reason); };
    runAccess.tearDown = (run) => { (run as TaskRun).#tearDown(); };
    runAccess.lend = (run) => { (run as TaskRun).#lend(); };
    runAccess.reclaim = (run) => { (run as TaskRun).#released = false; };
    runAccess.release = (run) => { (run as TaskRun).#release(); };
    runAccess.reported = (run) => run && (run as TaskRun).#reported;
    runAccess.children = (run) => run && (run as TaskRun).#children;
  }

  readonly attempt: number;

  readonly #node: TaskNode;
  readonly #record: GroupRecord<TaskHost>;
  #controller: AbortController | undefined;
  #reason: unknown;
  /** Ends what the function has returned, if that can be ended. */
  #teardown: (() => void) | undefined;
  #stopped = false;
  #ended = false;
  #released = false;
  /** How much that its function has started has yet to end, and whether all else has ended. */
  #lasting = 0;
  #over = false;
  /** What the function has last reported. */
  #reported: TaskProgress | undefined;
  /** What its function has started, once it has started something. */
  #children: ChildTasks | undefined;
  #progress: ((progress: TaskProgressInput) => void) | undefined;

  constructor(node: TaskNode, attempt: number) {
    this.#node = node;
    this.#record = node.record;
    this.attempt = attempt;
  }

  get id(): number {
    return this.#node.id;
  }

  get name(): string {
    return this.#node.name;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#stopped) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get progress(): (progress: TaskProgressInput) => void {
    return (this.#progress ??= (input) => {
      const progress = toProgress(input);
      if (!this.#current) return;
      const node = this.#node;
      const { record, registry } = node;
      record.count('running', 'running', progress.fraction - (this.#reported?.fraction ?? 0));
      this.#reported = progress;
      registry.changed(node);
      if (record.observed) record.emit({ type: 'progress', task: node, progress, time: registry.now() });
      registry.tell();
    });
  }

  get run(): RunTask {
    return ((child: unknown, options?: Pick<TaskOptions, 'group' | 'priority'>) => {
      const { group, registry } = this.#node;
      const isTask = registry.isTask(child);
      check(isTask || typeof child === 'function', 'run()', 'task', 'a task or a function', child, 'Give another Observable as () => observable.');
      if (isTask) {
        check(options === undefined, 'run()', 'options', 'left out beside a task', options, 'A task is given its own when it is made.');
        return (this.#children ??= new ChildTasks(this.#node, this)).start(child);
      }
      check(options === undefined || isObject(options), 'run()', 'options', 'an object', options);
      const task = registry.make('run()', child as AnyTaskFunction, { ...options, group: options?.group ?? group });
      return (this.#children ??= new ChildTasks(this.#node, this)).start(task, options?.priority !== undefined);
    }) as RunTask;
  }

  get annotate(): (attributes: TaskAttributes) => void {
    return (attributes) => {
      check(isObject(attributes), 'annotate()', 'attributes', 'an object', attributes);
      for (const [name, value] of Object.entries(attributes)) {
        check(/^(string|number|boolean)$/.test(typeof value), 'annotate()', name, 'a string, a number or a boolean', value);
      }
      const { record, registry } = this.#node;
      if (this.#current && record.observed) record.emit({ type: 'annotated', task: this.#node, attributes: { ...attributes }, time: registry.now() });
    };
  }

  get waitUntil(): (ended: PromiseLike<unknown>) => void {
    return (ended) => {
      this.#lasting++;
      const over = (): void => {
        this.#lasting--;
        if (this.#over) this.#settled();
      };
      ended.then(over, over);
    };
  }

  get #current(): boolean {
    return this.#node.current === this;
  }

  #execute(): void {
    if (!this.#current) { // a listener to its start has ended it
      this.#settled();
      return;
    }
    const { fn, definition } = this.#node;
    const { args } = definition;
    try {
      const kwargs = mergeKwargs(definition.kwargs, inputsOf(this.#node), definition.rules.onConflict);
      // Getters in the results and `onConflict` have been called, and may have ended it.
      if (this.#node.current === this) {
        this.#record.begin(this.#node);
        const { context } = this.#node;
        if (context === undefined) this.#take(args.length === 0 ? fn(kwargs, this) : fn(...args, kwargs, this));
        else enter(context, this, () => { this.#take(fn(...args, kwargs, this)); });
      } else this.#settled();
    } catch (error) {
      this.#failed(error);
    }
  }

  #stop(reason: unknown): void {
    this.#stopped = true;
    this.#reason = reason;
    if (!this.#ended) this.#node.registry.detached++;
    this.#controller?.abort(reason);
    this.#tearDown();
  }

  #lend(): void {
    if (this.#released) return;
    this.#released = true;
    this.#node.registry.release(this.#record, this.#node);
  }

  #release(): void {
    if (this.#released) return;
    const { definition, registry } = this.#node;
    if (this.#stopped && !this.#ended && (definition.rules.releaseSlot ?? this.#record.releaseSlot) === 'on-settle') return;
    this.#released = true;
    registry.release(this.#record, this.#node);
  }

  #take(result: unknown): void {
    // Most are promises: the other questions take longer.
    if (result instanceof Promise) this.#await(result);
    else if (isStream(result)) this.#subscribe(result);
    else if (has<PromiseLike<unknown>>(result, 'then')) this.#await(result);
    else if (has<AsyncIterable<unknown>>(result, Symbol.asyncIterator)) void this.#iterate(result);
    else this.#completed(result);
  }

  #await(result: PromiseLike<unknown>): void {
    result.then((value) => { this.#completed(value); }, (error: unknown) => { this.#failed(error); });
  }

  #subscribe(source: ObservableInput<unknown>): void {
    if (this.#stopped) { // by the function itself
      this.#settled();
      return;
    }
    const relay = new Relay<unknown>({
      next: (value) => { this.#next(value); },
      error: (error: unknown) => { this.#failed(error); },
      complete: () => { this.#completed(NONE); },
    });
    this.#teardown = (): void => {
      try {
        relay.unsubscribe();
      } finally {
        this.#end(); // unlike a promise, a subscription ends when it is told to
      }
    };
    from(source).subscribe(relay);
  }

  async #iterate(source: AsyncIterable<unknown>): Promise<void> {
    try {
      const iterator = source[Symbol.asyncIterator]();
      const end = async (): Promise<unknown> => iterator.return?.();
      let ended = Promise.resolve<unknown>(undefined);
      this.#teardown = (): void => { ended = end().catch(reportUnhandledError); };
      if (this.#stopped) this.#teardown();
      while (!this.#stopped) {
        const step = await iterator.next();
        if (step.done === true) break;
        this.#next(step.value);
      }
      await ended; // a generator's `finally` may take its time
      this.#teardown = undefined;
      this.#completed(NONE);
    } catch (error) {
      this.#failed(error);
    }
  }

  #next(value: unknown): void {
    if (!this.#current) return;
    this.#node.extras?.chain?.emitted(value);
    if (this.#node.current === this) emit(this.#node, value);
  }

  /** @param value - all there will be, or the last: who leaves with it leaves a completed task */
  #completed(value: unknown): void {
    this.#settled();
    if (this.#current) complete(this.#node, value);
  }

  #tearDown(): void {
    const teardown = this.#teardown;
    this.#teardown = undefined;
    try {
      teardown?.();
    } catch (error) {
      reportUnhandledError(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    this.#settled();
    if (!this.#current) return;
    mentionFreeze(error, this.#node.links);
    this.#node.failAttempt(error);
  }

  /** The function has really ended. */
  #settled(): void {
    if (!this.#end() || !this.#stopped) return;
    this.#release();
    this.#node.registry.ended();
  }

  /** False if something goes on that was to be waited for. */
  #end(): boolean {
    this.#over = true;
    if (this.#stopped && this.#lasting > 0) return false;
    if (this.#stopped && !this.#ended) this.#node.registry.detached--;
    this.#ended = true;
    return true;
  }
}

/** What a run is called with, frozen where it is shared. A live task has the values of its combination. */
function inputsOf({ extras, links }: TaskNode): readonly MergeSource[] {
  if (links.length === 0) return links;
  const values = extras?.live?.values;
  for (const [i, link] of links.entries()) freezeValue(link, values ? values[i] : link.value);
  return values ? links.map(({ name, key }, i) => ({ name, key, value: values[i] })) : links;
}

function isStream(value: unknown): value is ObservableInput<unknown> {
  return isObservable(value) || has(value, (Symbol as { observable?: symbol }).observable ?? '@@observable');
}

/** Whether it is an object with a method of that name. */
function has<T>(value: unknown, method: PropertyKey): value is T {
  return typeof value === 'object' && typeof (value as Record<PropertyKey, unknown> | null)?.[method] === 'function';
}
