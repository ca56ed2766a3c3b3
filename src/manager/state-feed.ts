import { enablePatches, freeze, type Patch, produce, produceWithPatches } from 'immer';
import { defer, distinctUntilChanged, map, Observable, Subject } from 'rxjs';

import { Turn } from '../scheduler/turn.ts';
import type { GroupState, ManagerState } from '../state/manager-state.ts';
import { reduceState, type StateChange } from '../state/reduce-state.ts';
import type { GroupRecord } from '../task/group-record.ts';
import type { BooksReader, Registry } from '../task/registry.ts';

/**
 * Makes immutable pictures of the books: one a turn of the host, of the groups that have changed, and
 * only while someone looks.
 */
export class StateFeed implements BooksReader {
  readonly #registry: Registry;
  readonly #turn: Turn;
  readonly #states: Subject<ManagerState> = new Subject();
  /** The groups that have changed since the last picture, while someone looks. */
  readonly #marked: Set<string> = new Set();
  #state: ManagerState;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#turn = new Turn(registry.scheduler.host, () => { this.#states.next(this.state); });
    // Without a prototype, so that a group may be called `constructor`.
    this.#state = freeze({ ...this.#own(), groups: Object.create(null) as ManagerState['groups'] }, true);
  }

  /** The state now. */
  get state(): ManagerState {
    const { reader, groups } = this.#registry;
    // While no one looks, no one marks what changes.
    const names = reader === this ? this.#marked : [...Object.keys(this.#state.groups), ...groups.keys()];
    const change = this.#change(names);
    this.#marked.clear();
    return (this.#state = produce(this.#state, (draft) => { reduceState(draft, change); }));
  }

  /** The state now, and each one after it. */
  readonly state$: Observable<ManagerState> = new Observable<ManagerState>((subscriber) => {
    // Subscribed first: what the first picture leads to must not be missed.
    const subscription = this.#states.subscribe(subscriber);
    const { state } = this;
    this.#registry.reader = this;
    subscriber.next(state);
    return () => {
      subscription.unsubscribe();
      if (!this.#states.observed) this.#registry.reader = undefined;
    };
  }).pipe(distinctUntilChanged());

  /** The state now as a patch that replaces everything, then the patches from each state to the next. */
  readonly patches$: Observable<readonly Patch[]> = defer(() => {
    enablePatches();
    let last: ManagerState | undefined;
    return this.state$.pipe(map((state) => {
      const before = last;
      last = state;
      if (before === undefined) return [{ op: 'replace' as const, path: [], value: state }];
      const names = Object.keys({ ...before.groups, ...state.groups });
      const change = { ...state, groups: names.map((name) => [name, state.groups[name]] as const) };
      return produceWithPatches(before, (draft) => { reduceState(draft, change); })[1];
    }));
  });

  mark(record: GroupRecord): void {
    for (let group: GroupRecord | undefined = record; group?.name !== undefined; group = group.parent) this.#marked.add(group.name);
  }

  tell(): void {
    this.#turn.ask();
  }

  #change(names: Iterable<string>): StateChange {
    const { groups } = this.#registry;
    return {
      ...this.#own(),
      groups: Array.from(names, (name) => {
        const record = groups.get(name);
        return [name, record && toState(record)] as const;
      }),
    };
  }

  #own(): Omit<ManagerState, 'groups'> {
    const { root, closed } = this.#registry;
    const { paused, ...own } = toState(root);
    return { status: closed ? 'closed' : paused ? 'paused' : root.unsettled > 0 ? 'busy' : 'idle', ...own };
  }
}

function toState({ counts, settled, total, fractions, slots }: GroupRecord): GroupState {
  // Fractions are added and taken away again, so that their sum may be off in the last digits.
  const fraction = total > 0 ? Math.min(Math.max((settled + fractions) / total, 0), 1) : 0;
  return {
    counts: { ...counts },
    progress: { done: settled, total, fraction },
    paused: slots.paused,
    concurrency: slots.concurrency,
  };
}
