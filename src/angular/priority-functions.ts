import { untracked } from '@angular/core';
import { Subscription } from 'rxjs';

import type { Task } from '../index.ts';

export type Priority = number | (() => number) | undefined;

/**
 * The priorities that are given as functions, each read whenever the queue is looked at. A task that
 * several share by its key has one of each.
 */
export type PriorityFunctions = Map<Task<unknown>, Set<() => number>>;

/**
 * Moves every task to where its function says, or the highest of several. One that throws or says
 * nothing of use, as when it reads an input that is gone, leaves its task where it is.
 */
export function refresh(priorities: PriorityFunctions): void {
  for (const [task, functions] of priorities) {
    try {
      task.setPriority(Math.max(...Array.from(functions, (priority) => priority())));
    } catch {
      // It stays where it is.
    }
  }
}

/** Reads the priority of a task from now on, until that is unsubscribed from. */
export function follow(priorities: PriorityFunctions, task: Task<unknown>, priority: Priority): Subscription {
  if (typeof priority !== 'function') return new Subscription();
  const functions = priorities.get(task) ?? new Set();
  const own = (): number => untracked(priority); // one for each who asks, though the function may be the same
  priorities.set(task, functions.add(own));
  return new Subscription(() => {
    functions.delete(own);
    if (functions.size === 0) priorities.delete(task);
  });
}

/** What an option is now that may be a function. */
export function read<T, Input>(option: T | ((input: Input) => T), input: Input): T {
  return typeof option === 'function' ? untracked(() => (option as (input: Input) => T)(input)) : option;
}
