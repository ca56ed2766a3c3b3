import type { Rate } from 'sluice';

import { isLent, isWithin, type Made } from './made.ts';

/** What is known of a group, or of the manager. */
export interface GroupNow {
  readonly paused: boolean;
  readonly concurrency: number;
  /** Slots taken. */
  readonly running: number;
  readonly rate: Rate | undefined;
  /** When something started in it. */
  readonly starts: readonly number[];
  /** After how long what waits in it goes before all others. */
  readonly maxWait: number;
  /** Whether the groups within it share by weight. */
  readonly fair: boolean;
}

/** When the next one may start; in the past if it may now. */
export function freeAt({ rate, starts }: GroupNow): number {
  return rate === undefined || starts.length < rate.limit ? -Infinity : (starts.at(-rate.limit) as number) + rate.per;
}

/**
 * Who may start next, found out anew each time, from all that waits: what is promised of order and
 * limits, without a queue.
 */
export class TurnOrder {
  readonly #waiting: readonly Made[];
  readonly #now: number;
  readonly #groupOf: (name: string | undefined) => GroupNow;

  constructor(waiting: readonly Made[], now: number, groupOf: (name: string | undefined) => GroupNow) {
    this.#waiting = waiting;
    this.#now = now;
    this.#groupOf = groupOf;
  }

  /**
   * Who may start next in a group: one of these. Several, where it is decided by weights, which are
   * judged elsewhere, or by what cannot be seen. Undefined stands for no one.
   */
  possible(name?: string): readonly (Made | undefined)[] {
    const group = this.#groupOf(name);
    if (group.paused || group.running >= group.concurrency) return [undefined];
    const own = this.#waiting.filter((made) => made.group === name);
    let combinations: Made[][] = [own];
    for (const child of this.children(name)) {
      const firsts = this.possible(child);
      combinations = combinations.flatMap((rest) => firsts.map((first) => first === undefined ? rest : [...rest, first]));
    }
    const hasRoom = ({ size }: Made): boolean => group.running === 0 || group.running + size <= group.concurrency;
    // To take slots back is no start.
    const fits = (made: Made): boolean => hasRoom(made) && (isLent(made) || freeAt(group) <= this.#now);
    const firsts = combinations.flatMap((each) => this.#firstOf(each, own, group)).map((first) => first && fits(first) ? first : undefined);
    // The window has moved on at this very moment: the timer that tells may be after others.
    return [...new Set(freeAt(group) === this.#now ? [...firsts, undefined] : firsts)];
  }

  /** The groups right within a group in which something waits. */
  children(name: string | undefined): string[] {
    const depth = name === undefined ? 1 : name.split('/').length + 1;
    const within = this.#waiting.filter((made) => made.group !== name && made.group !== undefined && isWithin(made.group, name));
    return [...new Set(within.map(({ group }) => (group as string).split('/').slice(0, depth).join('/')))];
  }

  /** Since when a task should have started, if it has waited for too long. */
  due(made: Made): number | undefined {
    const due = (made.readyAt ?? this.#now) + this.#groupOf(made.group).maxWait;
    return due <= this.#now ? due : undefined;
  }

  #firstOf(candidates: readonly Made[], own: readonly Made[], { fair }: GroupNow): (Made | undefined)[] {
    if (candidates.length === 0) return [undefined];
    const dues = candidates.map((made) => this.due(made)).filter((due) => due !== undefined);
    const first = Math.min(...dues);
    const overdue = candidates.filter((made) => this.due(made) === first);
    // It is overdue from this very moment on: the timer that tells may have been before the others, or not.
    return first < this.#now ? overdue : [...overdue, ...this.#highest(candidates, own, fair)];
  }

  #highest(candidates: readonly Made[], own: readonly Made[], fair: boolean): Made[] {
    const priority = Math.max(...candidates.map(({ task }) => task.priority));
    const highest = candidates.filter(({ task }) => task.priority === priority).sort((a, b) => a.order - b.order);
    const firstOwn = highest.find((made) => own.includes(made));
    return fair ? highest.filter((made) => made === firstOwn || !own.includes(made)) : highest.slice(0, 1);
  }
}
