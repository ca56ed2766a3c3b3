import { inject, type NgZone, PendingTasks } from '@angular/core';
import { Subscription, timer } from 'rxjs';

import type { Task, TaskManager } from '../index.ts';
import type { Publisher } from './publisher.ts';
import type { TaskRuntime } from './task-runtime.ts';

/**
 * Keeps the application from being stable while a manager has work that the page needs: from the call
 * that queues it until its signals are written. The server renders when the application is stable.
 *
 * @param unsettled - the tasks of the manager
 * @param wait - for how many milliseconds at most
 * @returns what to call when all signals are written
 */
export function keepUnstable(manager: TaskManager, unsettled: Set<Task<unknown>>, zone: NgZone, groups: TaskRuntime['groups'], wait: number, { behind, stop }: Publisher): () => void {
  const pendingTasks = inject(PendingTasks);
  let entry: Subscription | undefined;
  let blocking = true;
  /** Those that wait for their next attempt. */
  const retrying = new Set<Task<unknown>>();
  const release = (): void => {
    if (blocking || behind.size > 0) return;
    entry?.unsubscribe();
    entry = undefined;
  };
  const isBlocking = ({ group = '' }: Task<unknown>): boolean => groups[group]?.stability !== 'background';
  const isNeeded = (task: Task<unknown>): boolean => isBlocking(task)
    && (task.status === 'running' || !(manager.paused || (task.group !== undefined && manager.group(task.group).paused)));
  const isBusy = (): boolean => {
    let others = false;
    for (const task of unsettled) {
      if (task.status === 'waiting') continue;
      if (isNeeded(task)) return true;
      others = true;
    }
    // Who waits may be waiting for one of those, unless it is for its own next attempt.
    return [...unsettled].some((task) => (others ? isNeeded(task) && retrying.has(task) : isBlocking(task)));
  };
  const events = manager.events$.subscribe((event) => {
    if (event.type === 'retrying') retrying.add(event.task);
    else if (event.type !== 'groupFinished') retrying.delete(event.task);
    if (entry || (event.type !== 'queued' && event.type !== 'started') || !isNeeded(event.task)) return;
    const own = (entry = new Subscription(pendingTasks.add())); // which the first look may end
    if (wait < Infinity) {
      own.add(zone.runOutsideAngular(() => timer(wait).subscribe(() => {
        events.unsubscribe();
        stop(); // the page shows the tasks as they are now
        manager.cancelAll();
        own.unsubscribe();
      })));
    }
    own.add(manager.state$.subscribe(() => {
      blocking = isBusy();
      release();
    }));
  });
  return release;
}
