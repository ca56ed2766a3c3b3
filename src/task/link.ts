import { freeze } from 'immer';
import type { Subscription } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { detach } from './downstream.ts';
import { isOutdated } from './freshness.ts';
import { reconsider } from './inherit-priority.ts';
import { NONE, type MergeSource } from './merge-kwargs.ts';
import type { TaskNode } from './task-node.ts';
import type { OnUpstreamError } from './upstream-policy.ts';
import type { UpstreamSource } from './task-options.ts';

/** Ties one run of a task to one of its upstream, from the time it is queued until it settles. */
export class Link implements MergeSource {
  readonly target: TaskNode;
  readonly key: string | undefined;
  /** The upstream, if it is a task of the same manager. */
  readonly task: TaskNode | undefined;
  /** Where it is among the links of its upstream; -1 when it is not, or no more. */
  position = -1;
  /** The priority of the task downstream, as the links of its upstream are ordered by it. */
  priority = 0;
  /** The latest value to use: of a live link as it comes, of any other when upstream has completed. */
  value: unknown = NONE;
  /** Whether the upstream has completed, or counts as completed. */
  done = false;
  readonly #index: number;
  /** To an upstream that is no task of the same manager. */
  subscription: Subscription | undefined;

  constructor(target: TaskNode, index: number, { key, task }: UpstreamSource) {
    this.target = target;
    this.#index = index;
    this.key = key;
    this.task = task;
  }

  /** What the task downstream does when this upstream fails or is skipped. */
  get onError(): OnUpstreamError {
    const { upstream, onUpstreamError } = this.target.definition;
    return upstream[this.#index]?.onError ?? onUpstreamError;
  }

  get name(): string {
    return this.task?.name ?? this.key ?? `upstream[${String(this.#index)}]`;
  }

  unsubscribe(): void {
    try {
      this.subscription?.unsubscribe();
    } catch (error) {
      reportUnhandledError(error);
    }
  }

  /** The upstream has emitted: of interest to a live task, which runs for each combination. */
  emitted(value: unknown): void {
    const { target } = this;
    if (!target.definition.live || this.done) return;
    const first = this.value === NONE;
    this.take(value);
    if (first) target.arrive();
    else if (target.pending === 0) target.ready();
  }

  /**
   * The upstream has completed with this last value, if any.
   *
   * @returns whether the task completes by it: a live one that has run for the last combination
   */
  completed(last: unknown): boolean {
    const { target } = this;
    this.done = true;
    this.position = -1;
    const { live } = target.definition;
    if (!live && last !== NONE) this.take(last);
    if (live && this.value !== NONE) return target.exhausted;
    target.arrive();
    return false;
  }

  /** Takes a value for use downstream. */
  take(value: unknown): void {
    const { target, task } = this;
    this.value = value;
    // What is made of a result that has been forgotten already is not to be kept either.
    if (task && isOutdated(task)) target.epoch = -1;
  }

  /** Freezes a value that it has brought, where several tasks may share it. */
  freeze(value: unknown): void {
    if (!(this.task ?? this.target).definition.freeze) return;
    try {
      freeze(value, true);
    } catch {
      // A getter within it has thrown, or it is nested too deep: being frozen is a courtesy.
    }
  }
}

export const NO_LINKS: readonly Link[] = [];

/** Releases a task from its upstream. Upstream that no one needs any more is added to `unneeded`. */
export function disconnect(node: TaskNode, unneeded: TaskNode[]): void {
  const { links } = node;
  node.links = NO_LINKS;
  for (const each of links) {
    each.done = true; // nothing that is on its way counts any more
    each.unsubscribe();
    const { task } = each;
    if (task === undefined || each.position < 0) continue;
    detach(task, each);
    if (task.needed) reconsider(task);
    else unneeded.push(task); // which looks at it again: one that is withdrawn needs no priority
  }
}
