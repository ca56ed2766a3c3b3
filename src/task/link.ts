import { freeze } from 'immer';
import { from, type ObservableInput } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { isOutdated } from './freshness.ts';
import { NONE, type MergeSource } from './merge-kwargs.ts';
import { Relay } from '../scheduler/relay.ts';
import type { TaskNode } from './task-node.ts';

/** Ties one run of a task to one of its upstream, from the time it is queued until it settles. */
export class Link implements MergeSource {
  readonly target: TaskNode;
  readonly key: string | undefined;
  /** The upstream, if it is a task of the same manager. */
  readonly task: TaskNode | undefined;
  /** Where it is among the links of its upstream; -1 when it is not, or no more. */
  position = -1;
  /** The latest value to use: of a live link as it comes, of any other when upstream has completed. */
  value: unknown = NONE;
  /** Whether the upstream has completed, or counts as completed. */
  done = false;
  readonly #index: number;
  #relay: Relay<unknown> | undefined;

  constructor(target: TaskNode, index: number, key: string | undefined, task: TaskNode | undefined) {
    this.target = target;
    this.#index = index;
    this.key = key;
    this.task = task;
  }

  get name(): string {
    return this.task?.name ?? this.key ?? `upstream[${String(this.#index)}]`;
  }

  /** Subscribes to an upstream that is not a task of the same manager. */
  subscribe(input: ObservableInput<unknown>): void {
    const { target } = this;
    let last: unknown = NONE;
    this.#relay = new Relay<unknown>({
      next: (value) => { target.upstreamEmitted(this, (last = value)); },
      error: (error: unknown) => { target.upstreamFailed(this, error); },
      complete: () => { target.upstreamCompleted(this, last); },
    });
    from(input).subscribe(this.#relay);
  }

  unsubscribe(): void {
    try {
      this.#relay?.unsubscribe();
    } catch (error) {
      reportUnhandledError(error);
    }
  }

  /** Takes a value for use downstream, where several tasks may share it. */
  take(value: unknown): void {
    const { target, task } = this;
    this.value = value;
    // What is made of a result that has been forgotten already is not to be kept either.
    if (task && isOutdated(task)) target.epoch = -1;
    if (!(task ?? target).definition.freeze) return;
    try {
      freeze(value, true);
    } catch (error) {
      reportUnhandledError(error); // a getter within the result has thrown
    }
  }
}
