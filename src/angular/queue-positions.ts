import { signal, type WritableSignal } from '@angular/core';

import type { Task, TaskManager } from '../index.ts';
import type { Publishable, Publisher } from './publisher.ts';

/**
 * Which place each queued task has among those of its group: worked out when someone looks, and for
 * the whole group at once, as one that starts moves all behind it.
 */
export class QueuePositions implements Publishable {
  readonly #publisher: Publisher;
  readonly #unsettled: Set<Task<unknown>> = new Set();
  readonly #version: WritableSignal<number> = signal(0);
  #places: Map<Task<unknown>, number> | undefined;

  constructor(manager: TaskManager, publisher: Publisher) {
    this.#publisher = publisher;
    manager.events$.subscribe((event) => {
      if (event.type === 'queued') this.#unsettled.add(event.task);
      else if (event.type === 'completed' || event.type === 'failed' || event.type === 'cancelled') this.#unsettled.delete(event.task);
      this.changed();
    });
  }

  /** To be called when something may have moved. */
  changed(): void {
    if (this.#places) this.#publisher.inFrame(this); // someone has looked since
  }

  publish(): void {
    this.#places = undefined;
    this.#version.update((version) => version + 1);
  }

  /** From 1 on for a queued task; undefined for any other. A signal's context follows it. */
  of(task: Task<unknown>): number | undefined {
    this.#version();
    return (this.#places ??= this.#rank()).get(task);
  }

  #rank(): Map<Task<unknown>, number> {
    // In the order of queueing, which sorting keeps among equals.
    const queued = [...this.#unsettled].filter(({ status }) => status === 'queued').sort((a, b) => b.priority - a.priority);
    const lengths = new Map<string | undefined, number>();
    return new Map(queued.map((task) => {
      const place = (lengths.get(task.group) ?? 0) + 1;
      lengths.set(task.group, place);
      return [task, place];
    }));
  }
}
