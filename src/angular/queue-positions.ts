import { signal, type WritableSignal } from '@angular/core';

import type { Task, TaskManager } from '../index.ts';
import { isSettled } from './is-settled.ts';
import type { Publisher } from './publisher.ts';

/**
 * Which place each queued task has among those of its group, to two digits.
 *
 * One that starts moves all behind it. To show that in every row of a long list would be far more work than
 * the list itself, so places that are wrong are written in the order of how wrong they are, and only as many
 * as have been earned by tasks that have left the queue. A short queue earns enough for all of it to be exact.
 */
export interface QueuePositions {
  /** From 1 on for a queued task; undefined for none. A signal's context follows it. */
  readonly of: (task: Task<unknown> | undefined) => number | undefined;
  /** To be called when something may have moved. */
  readonly changed: () => void;
  /** The tasks that are waiting, queued or running, in the order in which they were asked for. */
  readonly unsettled: Set<Task<unknown>>;
}

/** How many places may be written again for each task that leaves the queue: its row is checked three times without. */
const EARNED = 2.5;

/** How many may be saved up. */
const SAVED = 30;

/** A place that someone has read and that has not been written since. */
interface Shown {
  readonly place: number;
  readonly moved: WritableSignal<boolean>;
}

/** The queue as it was when it was last sorted. */
interface Order {
  readonly places: Map<Task<unknown>, number>;
  /** How many tasks each group has. */
  readonly lengths: Map<string | undefined, number>;
}

export function watchPositions(manager: TaskManager, { nextFrame }: Publisher): QueuePositions {
  const unsettled = new Set<Task<unknown>>();
  const shown = new Map<Task<unknown>, Shown>();
  let order: Order | undefined;
  let asked = false;
  let moved = false;
  /** For how many frames nothing has. */
  let quiet = 0;
  let credit = SAVED;

  const sort = (): Order => {
    const sorted: Order = { places: new Map(), lengths: new Map() };
    // In the order of queueing, which sorting keeps among equals.
    for (const task of [...unsettled].filter(({ status }) => status === 'queued').sort((a, b) => b.priority - a.priority)) append(sorted, task);
    return sorted;
  };
  const publish = (): void => {
    asked = false;
    quiet = moved ? 0 : quiet + 1;
    credit += quiet; // so that all are right in the end
    moved = false;
    const now = order = sort();
    const wrong = Array.from(shown, ([task, { place }]) => ({ task, off: apart(place, round(now.places.get(task)!)) }))
      .filter(({ off }) => off > 1).sort((a, b) => b.off - a.off);
    for (const { task } of wrong.slice(0, credit)) {
      shown.get(task)!.moved.set(true); // who still looks reads it anew
      shown.delete(task);
    }
    credit = Math.min(SAVED, Math.max(0, credit - wrong.length));
    if (wrong.length > 0) ask();
  };
  const ask = (): void => {
    if (asked) return;
    asked = true;
    nextFrame(publish);
  };
  const changed = (): void => {
    moved = true;
    if (shown.size > 0) ask();
    else order = undefined;
  };
  manager.events$.subscribe((event) => {
    if (!('task' in event)) return;
    // What it is now: who is told first that it has settled may have asked for it again.
    const { task } = event;
    if (isSettled(task.status)) unsettled.delete(task);
    else unsettled.add(task);
    if (task.status !== 'queued' && shown.delete(task)) credit += EARNED;
    changed();
  });
  return {
    changed,
    unsettled,
    of(task): number | undefined {
      if (task?.status !== 'queued') return undefined;
      let known = shown.get(task);
      if (!known) {
        order ??= sort();
        known = { place: round(order.places.get(task) ?? append(order, task)), moved: signal(false) };
        shown.set(task, known);
      }
      known.moved();
      return known.place;
    },
  };
}

/** Puts a task behind all others of its group. */
function append({ places, lengths }: Order, task: Task<unknown>): number {
  const place = (lengths.get(task.group) ?? 0) + 1;
  lengths.set(task.group, place);
  places.set(task, place);
  return place;
}

/** To two digits: 1,873 becomes 1,900. */
function round(place: number): number {
  return Number(place.toPrecision(2));
}

/** How many times as large the larger one is. */
function apart(a: number, b: number): number {
  return Math.max(a / b, b / a);
}
