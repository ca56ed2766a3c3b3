import { from, isObservable, type ObservableInput } from 'rxjs';

import type { TaskProgressInput } from '../index.ts';
import { NotCloneableError } from './not-cloneable-error.ts';
import type { FromWorker } from './protocol.ts';
import { pack } from './thrown.ts';
import { transferablesOf } from './transfer.ts';
import { uncloneablePath } from './uncloneable-path.ts';
import type { WorkerContext } from './worker-context.ts';

/** A function that is exposed. */
export type WorkerFunction = (kwargs: never, context: WorkerContext) => unknown;

/** Sends a message to the pool. */
export type Post = (message: FromWorker, transfer: readonly Transferable[]) => void;

/** A call as its worker sees it, from its start to its end, which it tells once. */
export class Execution implements WorkerContext {
  readonly id: number;
  readonly #name: string;
  readonly #post: Post;
  readonly #done: () => void;
  #controller: AbortController | undefined;
  #reason: unknown;
  #aborted = false;
  #ended = false;
  /** Ends what the function has returned, if that can be ended. */
  #teardown: (() => void) | undefined;

  constructor(id: number, name: string, post: Post, done: () => void) {
    this.id = id;
    this.#name = name;
    this.#post = post;
    this.#done = done;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  readonly progress = (progress: TaskProgressInput): void => {
    if (!this.#ended && !this.#aborted) this.#send('progress', progress);
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
    this.#controller?.abort(reason);
    try {
      this.#teardown?.();
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(result: unknown): void {
    if (isStream(result)) this.#subscribe(result);
    else if (has<PromiseLike<unknown>>(result, 'then')) result.then((value) => { this.#last(value); }, (error: unknown) => { this.#fail(error); });
    else if (has<AsyncIterable<unknown>>(result, Symbol.asyncIterator)) void this.#iterate(result);
    else this.#last(result);
  }

  #subscribe(source: ObservableInput<unknown>): void {
    const subscription = from(source).subscribe({
      next: (value) => { this.#next(value); },
      error: (error: unknown) => { this.#fail(error); },
      complete: () => { this.#end(['complete', this.id]); },
    });
    this.#teardown = (): void => {
      subscription.unsubscribe();
      this.#end(['complete', this.id]);
    };
    if (this.#ended) subscription.unsubscribe(); // a value could not be sent while it was subscribed to
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
      }
      await returned; // a generator's `finally` may take its time
      this.#end(['complete', this.id]);
    } catch (error) {
      this.#fail(error);
    }
  }

  #next(value: unknown): void {
    if (!this.#ended && !this.#aborted) this.#send('next', value);
  }

  #last(value: unknown): void {
    if (this.#aborted) this.#end(['complete', this.id]);
    else if (!this.#ended && this.#send('last', value)) this.#end();
  }

  /** What cannot be sent fails the call, and ends what would send more of it. */
  #send(kind: 'next' | 'last' | 'progress', value: unknown): boolean {
    let moved: readonly Transferable[] = [];
    try {
      moved = transferablesOf(value);
      this.#post([kind, this.id, value] as FromWorker, moved);
      return true;
    } catch (error) {
      this.#fail(isDataCloneError(error) ? new NotCloneableError(uncloneablePath(value, kind === 'progress' ? kind : 'value', moved), this.#name, { cause: error }) : error);
      this.#teardown?.();
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#end(this.#aborted ? ['complete', this.id] : ['error', this.id, pack(error)]);
  }

  #end(message?: FromWorker): void {
    if (this.#ended) return;
    this.#ended = true;
    if (message !== undefined) this.#post(message, []);
    this.#done();
  }
}

export function isDataCloneError(error: unknown): boolean {
  return error instanceof Error && error.name === 'DataCloneError';
}

function isStream(value: unknown): value is ObservableInput<unknown> {
  return isObservable(value) || has(value, (Symbol as { observable?: symbol }).observable ?? '@@observable');
}

/** Whether it is an object with a method of that name. */
function has<T>(value: unknown, method: PropertyKey): value is T {
  return typeof value === 'object' && typeof (value as Record<PropertyKey, unknown> | null)?.[method] === 'function';
}
