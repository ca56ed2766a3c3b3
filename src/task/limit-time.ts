import { NEVER, timeout } from 'rxjs';

import { retry } from './retry.ts';
import { fail } from './settle.ts';
import type { TaskNode } from './task-node.ts';

/** Lets a run that has begun fail with RxJS's `TimeoutError`, unless it has ended in time. */
export function limitTime(node: TaskNode, first: number): void {
  node.extra.timer = NEVER.pipe(timeout({ first, scheduler: node.registry.host })).subscribe({
    error: (error: unknown) => { if (!retry(node, error)) fail(node, error); },
  });
}
