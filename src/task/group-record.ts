import { Subject } from 'rxjs';

import { type Placed, PlacedList } from '../scheduler/placed-list.ts';
import { SlotGroup } from '../scheduler/slot-group.ts';
import type { TaskEvent } from './task-event.ts';
import type { ReleaseSlot } from './release-slot.ts';
import type { TaskCounts } from './task-status.ts';

/** A status that is counted: all but the one before a task is asked for. */
export type Counted = keyof TaskCounts;

/** What groups are registered with. */
export interface GroupOwner {
  /** The groups that have changed since the last snapshot. */
  readonly stale: Set<unknown>;
}

/**
 * A group with its books: how many tasks are in which status, which of them have not settled, how far
 * they are in all. The root is the record of the manager; tasks without a group are in it alone.
 */
export class GroupRecord<Owner extends GroupOwner = GroupOwner> extends SlotGroup {
  declare readonly parent: GroupRecord<Owner> | undefined;
  /** For the tasks that do not say. */
  releaseSlot: ReleaseSlot;
  /** What its tasks are registered with, which makes it. */
  registry!: Owner;
  readonly counts: { -readonly [Status in Counted]: number } = {
    waiting: 0, queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0, skipped: 0,
  };
  /** Tasks asked for since the group was last empty, and how many of them have settled. */
  total = 0;
  settled = 0;
  /** How many of the settled ones were cancelled. */
  cancelled = 0;
  /** The sum of the fractions that running tasks have reported. */
  fractions = 0;
  /** How many of its tasks have settled, but not all who listen have been told. */
  untold = 0;
  /** Whether its end has been announced since a task was last added. */
  finished = true;
  /** Whether it has changed since the last snapshot, and whether that shows it. */
  stale = false;
  shown = false;
  /** How many watch this group by name; it is kept for them. */
  watchers = 0;

  /**
   * The tasks of this group itself that wait for upstream or run, each at its `place`. The others wait
   * in its ready queue.
   */
  readonly active: PlacedList<Placed> = new PlacedList();
  #events: Subject<TaskEvent> | undefined;

  constructor(name?: string, parent?: GroupRecord<Owner>) {
    super(name, parent);
    this.releaseSlot = parent?.releaseSlot ?? 'on-cancel';
  }

  override get blank(): boolean {
    return this.finished && this.watchers === 0 && super.blank;
  }

  /** Whether nothing is queued or running in it. */
  get idle(): boolean {
    return this.unsettled + this.queued + this.running === 0;
  }

  /** Unsettled tasks, in this group and those within it. */
  get unsettled(): number {
    return this.total - this.settled;
  }

  get events$(): Subject<TaskEvent> {
    return (this.#events ??= new Subject());
  }

  /** Whether anyone listens to the events of this group or of one above. */
  get observed(): boolean {
    for (let record: GroupRecord<Owner> | undefined = this; record; record = record.parent) {
      if (record.#events?.observed) return true;
    }
    return false;
  }

  /** Has the next snapshot look at it, and at the groups around it. To be called when it has changed. */
  touch(): void {
    for (let record: GroupRecord | undefined = this; record; record = record.parent) if (!record.stale) record.#touch();
  }

  #touch(): void {
    if (!this.parent) return; // the root is looked at each time
    this.stale = true;
    this.registry.stale.add(this);
  }

  override leave(): void {
    super.leave();
    if (!this.shown) this.registry.stale.delete(this); // or they would be collected for as long as no one looks
  }

  /** Tells the listeners of this group, then those of the groups above. */
  emit(event: TaskEvent): void {
    for (let record: GroupRecord<Owner> | undefined = this; record; record = record.parent) record.#events?.next(event);
  }

  /**
   * Counts a task from one status to another, here and in every group above.
   *
   * @param from - undefined for one that has been asked for
   * @param fraction - what has been added to the fraction it had reported
   */
  count(from: Counted | undefined, to: Counted, fraction = 0): void {
    for (let record: GroupRecord<Owner> | undefined = this; record; record = record.parent) {
      if (!record.stale) record.#touch();
      if (from !== undefined) record.counts[from]--;
      else {
        if (record.unsettled === 0) record.total = record.settled = record.cancelled = record.fractions = 0;
        record.total++;
        record.finished = false;
      }
      record.counts[to]++;
      if (to !== 'waiting' && to !== 'queued' && to !== 'running') {
        record.settled++;
        record.untold++;
      }
      if (to === 'cancelled') record.cancelled++;
      record.fractions += fraction;
    }
  }
}
