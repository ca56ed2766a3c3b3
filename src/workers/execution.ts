import { from, isObservable, type ObservableInput, Subscriber } from 'rxjs';

import type { TaskProgressInput } from '../index.ts';
import { LEFT, waitForTaken } from './claims.ts';
import { NotCloneableError } from './not-cloneable-error.ts';
import { Outlet } from './outlet.ts';
import type { FromWorker } from './protocol.ts';
import { pack } from './thrown.ts';
import { type Movable, transferablesOf } from './transfer.ts';
import { uncloneablePath } from './uncloneable-path.ts';
import type { WorkerContext } from './worker-context.ts';

/** A function that is exposed. */
export type WorkerFunction = (kwargs: never, context: WorkerContext) => unknown;

/** Sends a message to the pool. */
export type Post = (message: FromWorker, transfer: readonly Movable[]) => void;

/** What an execution needs of its worker. */
export interface ExecutionOptions {
  readonly post: Post;
  readonly window: number;
  /** Where the pool says how much it has taken, if this thread may be held until it has. */
  readonly words: Int32Array | undefined;
  readonly slot: number;
  /** Whether other calls run beside it: then the pool asks whether it holds the thread. */
  readonly shared: boolean;
  /** It has told its end. */
  readonly done: () => void;
}

/** A call as its worker sees it, from its start to its end, which it tells once. */
export class Execution implements WorkerContext {
  readonly id: number;
  readonly #name: string;
  readonly #options: ExecutionOptions;
  #outlet: Outlet | undefined;
  #controller: AbortController | undefined;
  #reason: unknown;
  #aborted = false;
  #ended = false;
  /** Ends what the function has returned, if that can be ended. */
  #teardown: (() => void) | undefined;

  constructor(id: number, name: string, options: ExecutionOptions) {
    this.id = id;
    this.#name = name;
    this.#options = options;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  readonly progress = (progress: TaskProgressInput): void => {
    if (this.#ended || this.#aborted) return;
    try {
      this.#options.post(['progress', this.id, progress], []);
    } catch (error) {
      this.#refuse(error, progress, 'progress', []);
    }
  };

  start(fn: WorkerFunction, kwargs: unknown): void {
    try {
      this.#take(fn(kwargs as never, this));
    } catch (error) {
      this.#fail(error);
    }
  }

  abort(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    this.#outlet?.stop();
    this.#controller?.abort(reason);
    try {
      this.#teardown?.();
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#ended && this.#options.shared) this.#options.post(['aborting', this.id], []);
  }

  /** The pool has taken so much of its values, in all. */
  taken(units: number): void {
    try {
      this.#outlet?.taken(units);
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(result: unknown): void {
    // A stream that moves is a value, not one of values.
    if (typeof result === 'object' && result !== null && transferablesOf(result).includes(result)) this.#last(result);
    else if (isStream(result)) this.#subscribe(result);
    else if (has<PromiseLike<unknown>>(result, 'then')) result.then((value) => { this.#last(value); }, (error: unknown) => { this.#fail(error); });
    else if (has<AsyncIterable<unknown>>(result, Symbol.asyncIterator)) void this.#iterate(result);
    else this.#last(result);
  }

  #subscribe(source: ObservableInput<unknown>): void {
    // One that can be ended before `subscribe` returns: a source may emit without end.
    const subscriber = new Subscriber<unknown>({
      next: (value) => {
        this.#next(value);
        if (this.#outlet?.full) this.#hold();
      },
      error: (error: unknown) => { this.#fail(error); },
      complete: () => { this.#complete(); },
    });
    this.#teardown = (): void => {
      subscriber.unsubscribe();
      this.#end(['complete', this.id]);
    };
    from(source).subscribe(subscriber);
  }

  async #iterate(source: AsyncIterable<unknown>): Promise<void> {
    try {
      const iterator = source[Symbol.asyncIterator]();
      let returned: unknown;
      this.#teardown = (): void => { returned = iterator.return?.(); };
      while (!this.#aborted && !this.#ended) {
        const step = await iterator.next();
        if (step.done === true) break;
        this.#next(step.value);
        if (this.#outlet?.room === false) await this.#outlet.whenRoom();
      }
      await returned; // a generator's `finally` may take its time
      this.#complete();
    } catch (error) {
      this.#fail(error);
    }
  }

  #next(value: unknown): void {
    if (this.#ended || this.#aborted) return;
    const { post, window } = this.#options;
    this.#outlet ??= new Outlet(window, (values, units, moved) => { post(['values', this.id, values, units], moved); });
    let moved: readonly Movable[] = [];
    try {
      moved = transferablesOf(value);
      this.#outlet.next(value);
    } catch (error) {
      this.#refuse(error, value, 'value', moved);
    }
  }

  /**
   * A source that does not wait has filled the window, and as much again. Where the pool can tell through memory that it
   * has taken some, the thread waits for that; elsewhere the rest waits in the worker.
   */
  #hold(): void {
    const { words, slot } = this.#options;
    if (words === undefined || slot < 0) return;
    while (this.#outlet!.full) {
      const taken = waitForTaken(words, slot, this.#outlet!.acknowledged);
      if (taken === LEFT) {
        // The reason is in a message that has yet to be read.
        this.abort(undefined);
        return;
      }
      this.taken(taken);
    }
  }

  #last(value: unknown): void {
    if (this.#aborted) this.#end(['complete', this.id]);
    else if (!this.#ended) {
      let moved: readonly Movable[] = [];
      try {
        moved = transferablesOf(value);
        this.#options.post(['last', this.id, value], moved);
        this.#end();
      } catch (error) {
        this.#refuse(error, value, 'value', moved);
      }
    }
  }

  /** What cannot be sent fails the call, and ends what would send more of it. */
  #refuse(error: unknown, value: unknown, root: string, moved: readonly Movable[]): void {
    this.#fail(isDataCloneError(error) ? new NotCloneableError(uncloneablePath(value, root, moved), this.#name, { cause: error }) : error);
    this.#teardown?.();
  }

  #complete(): void {
    if (this.#outlet === undefined || this.#aborted) this.#end(['complete', this.id]);
    else this.#outlet.end(() => { this.#end(['complete', this.id]); });
  }

  #fail(error: unknown): void {
    if (this.#aborted) this.#end(['complete', this.id]);
    else if (this.#outlet === undefined) this.#end(['error', this.id, pack(error)]);
    else this.#outlet.end(() => { this.#end(['error', this.id, pack(error)]); });
  }

  #end(message?: FromWorker): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#outlet?.stop();
    if (message !== undefined) this.#options.post(message, []);
    this.#options.done();
  }
}

export function isDataCloneError(error: unknown): boolean {
  return error instanceof Error && error.name === 'DataCloneError';
}

export function isStream(value: unknown): value is ObservableInput<unknown> {
  return isObservable(value) || has(value, (Symbol as { observable?: symbol }).observable ?? '@@observable');
}

/** Whether it is an object with a method of that name. */
export function has<T>(value: unknown, method: PropertyKey): value is T {
  return typeof value === 'object' && typeof (value as Record<PropertyKey, unknown> | null)?.[method] === 'function';
}
