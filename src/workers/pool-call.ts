import type { Subscriber } from 'rxjs';

import type { TaskContext } from '../index.ts';
import { type AsyncScope, captureScope } from './async-scope.ts';
import type { Sources } from './sources.ts';
import type { Movable } from './transfer.ts';

/** What a pool's function takes of the context of the task that it is the function of. */
export interface CallContext extends Partial<Pick<TaskContext, 'progress' | 'signal'>> {
  /** Is told of what outlasts the call when its subscriber leaves: its thread is taken until then. */
  readonly waitUntil?: ((ended: PromiseLike<unknown>) => void) | undefined;
}

/** A call as the pool sees it, from its subscription until its worker has told its end. */
export class PoolCall {
  readonly id: number;
  readonly name: string;
  readonly kwargs: unknown;
  readonly context: CallContext | undefined;
  readonly subscriber: Subscriber<unknown>;
  /** What moves with its kwargs. It cannot be taken back, so it is not sent ahead. */
  readonly moved: readonly Movable[];
  /** What its kwargs have that stays here: streams and callbacks. */
  readonly sources: Sources | undefined;
  /** Where its thread may claim it. */
  slot = -1;
  sent = false;
  /** Its place among the calls that its thread was sent. */
  place = 0;
  /** Whether it waits in the pool's queue. */
  queued = false;
  cancelled = false;
  /** Whether its worker has said that it goes on though it was aborted: so the thread is not held. */
  heard = false;
  /** Set when it is ended by the pool, for a reason that its task does not know. */
  reason: unknown;
  /** Until when its function may go on after it was cancelled. */
  grace: ReturnType<typeof setTimeout> | undefined;
  /** How much of its values has been taken, and how much of that its worker knows. */
  taken = 0;
  told = 0;
  readonly #scope: AsyncScope | undefined = captureScope();
  #over: (() => void) | undefined;

  constructor(id: number, name: string, kwargs: unknown, moved: readonly Movable[], sources: Sources | undefined, context: CallContext | undefined, subscriber: Subscriber<unknown>) {
    this.id = id;
    this.name = name;
    this.kwargs = kwargs;
    this.moved = moved;
    this.sources = sources;
    this.context = context;
    this.subscriber = subscriber;
  }

  /** Calls back in the async context of who has subscribed. */
  within<Inputs extends unknown[]>(fn: (...inputs: Inputs) => void, ...inputs: Inputs): void {
    if (this.#scope === undefined) fn(...inputs);
    else this.#scope.runInAsyncScope(fn, undefined, ...inputs);
  }

  fail(error: unknown): void {
    this.within(() => { this.subscriber.error(error); });
  }

  /** It has been left, and holds its thread until it is over. */
  lasts(): void {
    this.context?.waitUntil?.(new Promise<void>((resolve) => { this.#over = resolve; }));
  }

  over(): void {
    clearTimeout(this.grace);
    this.sources?.close();
    this.#over?.();
  }
}
