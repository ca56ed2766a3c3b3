import { untracked } from '@angular/core';

import type { Task } from '../index.ts';

/** The priorities that are given as functions, each read whenever the queue is looked at. */
export class PriorityFunctions {
  readonly #functions: Map<Task<unknown>, () => number> = new Map();

  /** Reads `priority` from now on, until {@link remove}. */
  add(task: Task<unknown>, priority: () => number): void {
    this.#functions.set(task, priority);
  }

  remove(task: Task<unknown>): void {
    this.#functions.delete(task);
  }

  /**
   * Moves every task to where its function says. One that throws or says nothing of use, as when it
   * reads an input that is gone, leaves its task where it is.
   *
   * @returns whether any has moved
   */
  refresh(): boolean {
    let moved = false;
    for (const [task, priority] of this.#functions) {
      let now: number;
      try {
        now = untracked(priority);
      } catch {
        continue;
      }
      if (now === task.priority || !Number.isFinite(now)) continue;
      task.setPriority(now);
      moved = true;
    }
    return moved;
  }
}
