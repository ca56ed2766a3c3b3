import { freeze } from 'immer';
import type { Subscription } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { detach } from './downstream.ts';
import { reconsider } from './inherit-priority.ts';
import { NONE, type MergeSource } from './merge-kwargs.ts';
import type { TaskNode } from './task-node.ts';
import type { OnUpstreamError } from './upstream-policy.ts';
import type { UpstreamSource } from './task-options.ts';

/** Ties one run of a task to one of its upstream, from the time it is queued until it settles. */
export class Link implements MergeSource {
  readonly target: TaskNode;
  readonly #source: UpstreamSource;
  /** Where it is among the links of its upstream; -1 when it is not, or no more. */
  position = -1;
  /** The priority of the task downstream, as the links of its upstream are ordered by it. */
  priority = 0;
  /** The latest value to use: of a live link as it comes, of any other when upstream has completed. */
  value: unknown = NONE;
  /** To an upstream that is no task of the same manager. (Other links have no such field, as there may be 100,000 of them.) */
  declare subscription: Subscription | undefined;

  constructor(target: TaskNode, source: UpstreamSource) {
    this.target = target;
    this.#source = source;
  }

  get key(): string | undefined {
    return this.#source.key;
  }

  /** The upstream, if it is a task of the same manager. */
  get task(): TaskNode | undefined {
    return this.#source.task;
  }

  /** Whether the upstream has completed, or counts as completed. */
  get done(): boolean {
    return this.position === DONE;
  }

  /** What the task downstream does when this upstream fails or is skipped. */
  get onError(): OnUpstreamError {
    return this.#source.onError ?? this.target.definition.rules.onUpstreamError;
  }

  get name(): string {
    return this.task?.name ?? this.key ?? `upstream[${String(this.target.definition.upstream.indexOf(this.#source))}]`;
  }

  /** Has the upstream count as completed. */
  finish(): void {
    this.position = DONE;
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
    if (!target.definition.rules.live || this.done) return;
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
    this.finish();
    const { live } = target.definition.rules;
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
    const { freshness } = target.registry;
    if (task && freshness.isOutdated(task)) freshness.spoil(target, target.registry.nextOrder());
  }

  /** Freezes a value that it has brought, where several tasks may share it. */
  freeze(value: unknown): void {
    if (!(this.task ?? this.target).definition.rules.freeze) return;
    try {
      freeze(value, true);
    } catch {
      // A getter within it has thrown, or it is nested too deep: being frozen is a courtesy.
    }
  }
}

/** The position of a link whose upstream has completed, or counts as completed. */
const DONE = -2;

export const NO_LINKS: readonly Link[] = [];

/** Releases a task from its upstream. Upstream that no one needs any more is added to `unneeded`. */
export function disconnect(node: TaskNode, unneeded: TaskNode[]): void {
  const { links } = node;
  node.links = NO_LINKS;
  for (const each of links) {
    const { task } = each;
    const attached = each.position >= 0;
    if (attached) detach(task as TaskNode, each);
    each.finish(); // nothing that is on its way counts any more
    each.unsubscribe();
    if (task === undefined || !attached) continue;
    if (task.needed) reconsider(task);
    else unneeded.push(task); // which looks at it again: one that is withdrawn needs no priority
  }
}
