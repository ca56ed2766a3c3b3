import { signal } from '@angular/core';

import type { Task, TaskManager } from '../index.ts';
import { isSettled } from './is-settled.ts';
import type { Publisher } from './publisher.ts';

/** Which place each queued task has among those of its group. */
export interface QueuePositions {
  /** From 1 on for a queued task; undefined for any other. A signal's context follows it. */
  readonly of: (task: Task<unknown> | undefined) => number | undefined;
  /** To be called when something may have moved. */
  readonly changed: () => void;
  /** The tasks that are waiting, queued or running, in the order in which they were asked for. */
  readonly unsettled: Set<Task<unknown>>;
}

/**
 * Places are worked out when someone looks, for all tasks at once, as one that starts moves all behind it.
 */
export function watchPositions(manager: TaskManager, { inFrame }: Publisher): QueuePositions {
  const unsettled = new Set<Task<unknown>>();
  const version = signal(0);
  let known: Map<Task<unknown>, number> | undefined;
  const publish = (): void => {
    known = undefined;
    version.update((last) => last + 1);
  };
  const changed = (): void => { if (known) inFrame(publish); }; // someone has looked since
  manager.events$.subscribe((event) => {
    if (!('task' in event)) return;
    // What it is now: who is told first that it has settled may have asked for it again.
    const { task } = event;
    if (isSettled(task.status)) unsettled.delete(task);
    else unsettled.add(task);
    changed();
  });
  return {
    changed,
    unsettled,
    of(task): number | undefined {
      version();
      if (!known) {
        known = new Map();
        const lengths = new Map<string | undefined, number>();
        // In the order of queueing, which sorting keeps among equals.
        for (const each of [...unsettled].filter(({ status }) => status === 'queued').sort((a, b) => b.priority - a.priority)) {
          const place = (lengths.get(each.group) ?? 0) + 1;
          lengths.set(each.group, place);
          known.set(each, place);
        }
      }
      return known.get(task as Task<unknown>);
    },
  };
}
