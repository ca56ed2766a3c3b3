import { enablePatches, freeze, type Patch, produceWithPatches } from 'immer';
import { asapScheduler, defer, distinctUntilChanged, map, Observable, pairwise, startWith, Subject } from 'rxjs';

import { macrotask } from '../scheduler/macrotask.ts';
import { Turn } from '../scheduler/turn.ts';
import type { GroupState, ManagerState } from '../state/manager-state.ts';
import { reduceState } from '../state/reduce-state.ts';
import { writeState } from '../state/write-state.ts';
import { GroupRecord } from '../task/group-record.ts';
import type { Registry } from '../task/registry.ts';

/**
 * Makes immutable pictures of the books, only while someone looks: one a turn of the host. With the
 * default host that is one for each few tasks that return promises, more than anyone can look at:
 * there it is one a turn of the event loop, or one a millisecond where turns are longer.
 */
export class StateFeed {
  readonly #registry: Registry;
  readonly #turn: Turn;
  readonly #states: Subject<ManagerState> = new Subject();
  /** When the last picture of this turn of the event loop was made. */
  #shown: number | undefined;
  /** Whether there has been a change since that is to be shown in the next turn. */
  #changed = false;
  // Without a prototype, so that a group may be called `constructor`.
  #state: ManagerState = freeze({ ...NO_TASKS, status: 'idle', groups: Object.create(null) as ManagerState['groups'] }, true);

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#turn = new Turn(registry.host, this.#show);
  }

  readonly #show = (): void => {
    if (this.#registry.host === asapScheduler) {
      if (this.#shown === undefined) macrotask(this.#nextTurn);
      this.#shown = this.#registry.pump.time ?? 0;
    }
    this.#states.next(this.state);
  };

  readonly #ask = (): void => {
    const { pump, root } = this.#registry;
    // By a clock that has been read already: in virtual time it may go on within a turn. And who has
    // waited for the end is not to see less.
    if (this.#shown === undefined || this.#shown !== pump.time || root.unsettled === 0) this.#turn.ask();
    else this.#changed = true;
  };

  readonly #nextTurn = (): void => {
    this.#shown = undefined;
    if (!this.#changed) return;
    this.#changed = false;
    this.#turn.ask();
  };

  /** The state now. */
  get state(): ManagerState {
    const { root, groups, closed } = this.#registry;
    const { groups: before } = this.#state;
    const shown = Object.create(null) as Record<string, GroupState>;
    for (const [name, record] of groups) {
      if (record.blank) continue;
      shown[name] = (record.pictured ? before[name] : undefined) ?? toState(record);
      record.pictured = true;
    }
    const { paused, ...own } = toState(root);
    const status = closed ? 'closed' : paused ? 'paused' : root.unsettled > 0 ? 'busy' : 'idle';
    return (this.#state = reduceState<ManagerState>(this.#state, { status, ...own, groups: shown }));
  }

  /** The state now, and each one after it. */
  readonly state$: Observable<ManagerState> = new Observable<ManagerState>((subscriber) => {
    // Subscribed first: what the first picture leads to must not be missed.
    const subscription = this.#states.subscribe(subscriber);
    this.#registry.onChange = this.#ask;
    subscriber.next(this.state);
    return () => {
      subscription.unsubscribe();
      if (!this.#states.observed) this.#registry.onChange = undefined;
    };
  }).pipe(distinctUntilChanged());

  /** The state now as a patch that replaces everything, then the patches from each state to the next. */
  readonly patches$: Observable<readonly Patch[]> = defer(() => {
    enablePatches();
    return this.state$.pipe(startWith(undefined), pairwise(), map(([before, state]) => before
      ? produceWithPatches(before, (draft) => { writeState(draft, state as ManagerState); })[1]
      : [{ op: 'replace' as const, path: [], value: state }]));
  });
}

/** What a group without tasks and limits is like. */
export const NO_TASKS: GroupState = freeze(toState(new GroupRecord()), true);

function toState({ counts, settled, cancelled, total, fractions, paused, concurrency }: GroupRecord): GroupState {
  const done = settled - cancelled;
  // Fractions are added and taken away again, so that their sum may be off in the last digits.
  const fraction = total > 0 ? Math.min(Math.max((done + fractions) / total, 0), 1) : 0;
  return { counts: { ...counts }, progress: { done, cancelled, total, fraction }, paused, concurrency };
}
