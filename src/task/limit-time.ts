import { NEVER, timeout } from 'rxjs';

import { failAttempt } from './retry.ts';
import type { TaskNode } from './task-node.ts';

/** Lets an attempt that has begun fail with RxJS's `TimeoutError`, unless it has ended in time. */
export function limitTime(node: TaskNode, first: number): void {
  node.extra.timer = NEVER.pipe(timeout({ first, scheduler: node.registry.host })).subscribe({
    error: (error: unknown) => { failAttempt(node, error); },
  });
}
