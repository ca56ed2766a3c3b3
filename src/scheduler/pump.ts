import type { SchedulerLike } from 'rxjs';

import { macrotask } from './macrotask.ts';
import type { SlotGroup } from './slot-group.ts';
import { Turn } from './turn.ts';

/**
 * Starts what may start: looked for through the host, one entry after the other, giving way to the
 * event loop when a time slice is over.
 */
export class Pump {
  readonly #root: SlotGroup;
  readonly #host: SchedulerLike;
  readonly #timeSlice: number;
  readonly #turn: Turn;
  /** Whether it is at it, or has given way and will go on. */
  #pumping = false;

  constructor(root: SlotGroup, host: SchedulerLike, timeSlice: number) {
    this.#root = root;
    this.#host = host;
    this.#timeSlice = timeSlice;
    this.#turn = new Turn(host, this.#pump);
  }

  /** Sees to it that the queue is looked at. To be called after whatever may let something start. */
  wake(): void {
    if (!this.#pumping && this.#root.next !== undefined) this.#turn.ask();
  }

  readonly #pump = (): void => {
    this.#pumping = true;
    const end = this.#host.now() + this.#timeSlice;
    for (let entry = this.#root.take(); entry; entry = this.#root.take()) {
      entry.run();
      // Not through the host: a microtask, or an action behind this one, would give way to nobody.
      if (this.#host.now() >= end) {
        macrotask(this.#pump);
        return;
      }
    }
    this.#pumping = false;
  };
}
