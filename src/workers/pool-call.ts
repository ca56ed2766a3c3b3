import type { Subscriber } from 'rxjs';

import type { TaskContext } from '../index.ts';

/** What a pool's function takes of the context of the task that it is the function of. */
export type CallContext = Partial<Pick<TaskContext, 'progress' | 'signal'>>;

/** A call as the pool sees it, from its subscription until its worker has told its end. */
export class PoolCall {
  readonly id: number;
  readonly name: string;
  readonly kwargs: unknown;
  readonly context: CallContext | undefined;
  readonly subscriber: Subscriber<unknown>;
  /** What moves with its kwargs. It cannot be taken back, so it is not sent ahead. */
  readonly moved: readonly Transferable[];
  /** Where its thread may claim it. */
  slot = -1;
  sent = false;
  /** Whether it waits in the pool's queue. */
  queued = false;
  cancelled = false;
  /** Set when it is ended by the pool, for a reason that its task does not know. */
  reason: unknown;
  /** Until when its function may go on after it was cancelled. */
  grace: ReturnType<typeof setTimeout> | undefined;

  constructor(id: number, name: string, kwargs: unknown, moved: readonly Transferable[], context: CallContext | undefined, subscriber: Subscriber<unknown>) {
    this.id = id;
    this.name = name;
    this.kwargs = kwargs;
    this.moved = moved;
    this.context = context;
    this.subscriber = subscriber;
  }
}
