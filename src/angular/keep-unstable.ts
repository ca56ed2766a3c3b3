import { inject, PendingTasks } from '@angular/core';
import { Subscription } from 'rxjs';

import type { ManagerState } from '../index.ts';
import type { TaskRuntime } from './task-runtime.ts';

/**
 * Keeps the application from being stable while a manager has work that the page needs: from the call
 * that queues it until its signals are written. The server renders when the application is stable.
 */
export function keepUnstable(runtime: TaskRuntime): void {
  const { manager, publisher, zone, server, options: { background, serverMaxWait } } = runtime;
  const pendingTasks = inject(PendingTasks);
  let entry: (() => void) | undefined;
  let watching: Subscription | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let blocking = false;

  const release = (): void => {
    clearTimeout(timer);
    watching?.unsubscribe();
    entry?.();
    watching = entry = undefined;
  };
  const late = (): void => {
    events.unsubscribe();
    publisher.stop(); // the page shows them as they are now
    manager.cancelAll();
    release();
  };
  const hold = (): void => {
    blocking = true;
    entry = pendingTasks.add();
    if (server && serverMaxWait < Infinity) timer = zone.runOutsideAngular(() => setTimeout(late, serverMaxWait));
    watching = new Subscription(); // which the first state may end
    watching.add(manager.state$.subscribe((state) => {
      blocking = blocks(state, background);
      if (!blocking && !publisher.busy) release();
    }));
  };
  publisher.onPublished = (): void => { if (entry && !blocking) release(); };

  const events = manager.events$.subscribe((event) => {
    if (entry || (event.type !== 'queued' && event.type !== 'started')) return;
    const { group } = event.task;
    if (background.has(group) || manager.paused || (group !== undefined && event.type === 'queued' && manager.group(group).paused)) return;
    hold();
  });
}

/** Whether the page needs something of what goes on. */
function blocks({ status, counts, groups }: ManagerState, background: ReadonlySet<string | undefined>): boolean {
  let { queued, running, waiting } = counts;
  let held = false; // whether something goes on that the page does not wait for
  for (const [name, { counts: own, paused }] of Object.entries(groups)) {
    const ignored = background.has(name);
    if (ignored || paused) {
      queued -= own.queued;
      held ||= own.queued > 0;
    }
    if (ignored) {
      running -= own.running;
      waiting -= own.waiting;
      held ||= own.running > 0;
    }
  }
  if (status === 'paused') {
    held ||= queued > 0;
    queued = 0;
  }
  // Who waits may be waiting for one of those.
  return queued + running > 0 || (waiting > 0 && !held);
}
