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
  /** How many keep it from starting anything, until they are through and wake it. */
  held = 0;
  /**
   * The time when it was last looked at: when the present entry was started, too. Undefined to begin
   * with, so that V8 keeps the number as an object, which all that is of one millisecond share.
   */
  time: number | undefined = undefined;
  /**
   * What is left of the slice, in milliseconds. It is one for all looks in a turn of the event loop:
   * tasks that return promises are started by one microtask after the other. Only the time in here
   * counts: a virtual clock may go on between two looks, while no turn has passed.
   */
  #left: number | undefined;
  /** Whether it is at it, or has given way and will go on. */
  #pumping = false;

  constructor(root: SlotGroup, host: SchedulerLike, timeSlice: number) {
    this.#root = root;
    this.#host = host;
    this.#timeSlice = timeSlice;
    this.#turn = new Turn(host, this.#pump);
  }

  /** The time by the host's clock. */
  now(): number {
    const time = this.#host.now();
    if (time !== this.time) this.time = time;
    return this.time;
  }

  /** Sees to it that the queue is looked at. To be called after whatever may let something start. */
  wake(): void {
    if (!this.#pumping && this.held === 0 && this.#root.next !== undefined) this.#turn.ask();
  }

  readonly #pump = (): void => {
    this.#pumping = true;
    if (this.#left === undefined) {
      this.#left = this.#timeSlice;
      // Not through the host: a microtask, or an action behind this one, would give way to nobody.
      if (this.#left !== Infinity) macrotask(this.#nextTurn);
    }
    const end = this.now() + this.#left;
    for (let entry = this.#root.take(); entry; entry = this.#root.take()) {
      entry.run();
      if (this.now() >= end) return; // to go on in the next turn
    }
    this.#left = end - (this.time as number);
    this.#pumping = false;
  };

  readonly #nextTurn = (): void => {
    this.#left = undefined;
    if (this.#pumping) this.#pump();
  };
}
