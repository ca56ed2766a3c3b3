import { untracked } from '@angular/core';
import { Subscription } from 'rxjs';

import type { Task } from '../index.ts';

export type Priority = number | (() => number) | undefined;

/** The priorities that are given as functions, each read whenever the queue is looked at. */
export type PriorityFunctions = Map<Task<unknown>, () => number>;

/**
 * Moves every task to where its function says. One that throws or says nothing of use, as when it reads
 * an input that is gone, leaves its task where it is.
 */
export function refresh(priorities: PriorityFunctions): void {
  for (const [task, priority] of priorities) {
    try {
      const now = untracked(priority);
      if (now !== task.priority) task.setPriority(now);
    } catch {
      // It stays where it is.
    }
  }
}

/** Reads the priority of a task from now on, until that is unsubscribed from. */
export function follow(priorities: PriorityFunctions, task: Task<unknown>, priority: Priority): Subscription {
  if (typeof priority === 'function') priorities.set(task, priority);
  return new Subscription(() => { priorities.delete(task); });
}

/** What a priority is now. */
export function read(priority: Priority): number | undefined {
  return typeof priority === 'function' ? untracked(priority) : priority;
}
