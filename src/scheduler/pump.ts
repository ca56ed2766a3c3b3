import type { SchedulerLike } from 'rxjs';

import type { Alarms } from './alarm.ts';
import { macrotask } from './macrotask.ts';
import type { Entry, SlotGroup } from './slot-group.ts';
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
  readonly #alarms: Alarms;
  /** How many keep it from starting anything, until they are through and wake it. */
  held = 0;
  /**
   * The time when it was last looked at: when the present entry was started, too. Undefined to begin
   * with, so that V8 keeps the number as an object, which all that is of one millisecond share.
   */
  time: number | undefined = undefined;
  /**
   * How many milliseconds it has been at it in this turn of the event loop: a slice is one for all looks
   * in a turn, as tasks that return promises are started by one microtask after the other.
   */
  #within: number | undefined;
  /**
   * How many have passed between these looks, in which the promises resolve. They count no more than
   * those within: a virtual clock may go on between two looks, while no turn has passed.
   */
  #between = 0;
  /** When the last look was over. */
  #left = 0;
  /** Whether it is at it, or has given way and will go on. */
  #pumping = false;

  constructor(root: SlotGroup, host: SchedulerLike, timeSlice: number, alarms: Alarms) {
    this.#root = root;
    this.#host = host;
    this.#timeSlice = timeSlice;
    this.#alarms = alarms;
    this.#turn = new Turn(host, this.#pump);
  }

  /** The time by the host's clock. One that does not know the time stands still. */
  now(): number {
    const time = this.#host.now();
    if (time !== this.time && !Number.isNaN(time)) this.time = time;
    return (this.time ??= 0);
  }

  /** Sees to it that the queue is looked at. To be called after whatever may let something start. */
  wake(): void {
    if (!this.#pumping && this.held === 0 && this.#root.next !== undefined) this.#turn.ask();
  }

  readonly #pump = (): void => {
    this.#pumping = true;
    if (this.#within === undefined) {
      this.#within = this.#between = 0;
      // Not through the host: a microtask, or an action behind this one, would give way to nobody.
      if (this.#timeSlice !== Infinity) macrotask(this.#nextTurn);
    } else this.#between += this.now() - this.#left;
    const start = this.now() - this.#within;
    for (let entry = this.#take(); entry; entry = this.#take()) {
      entry.run();
      const within = this.now() - start;
      if (within + Math.min(within, this.#between) >= this.#timeSlice) return; // to go on in the next turn
    }
    this.#left = this.time as number;
    this.#within = this.#left - start;
    this.#pumping = false;
  };

  /** What is due by now counts, whether or not a timer has told. */
  #take(): Entry | undefined {
    this.#alarms.ring(this.time as number);
    return this.#root.take();
  }

  readonly #nextTurn = (): void => {
    this.#within = undefined;
    if (this.#pumping) this.#pump();
  };
}
