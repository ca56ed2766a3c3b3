import { enablePatches, type Patch, produce, produceWithPatches } from 'immer';
import { defer, finalize, type Observable, startWith, Subject } from 'rxjs';

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
  readonly #patches: Subject<readonly Patch[]> = new Subject();
  readonly #marked: Set<string> = new Set();
  #state: ManagerState;
  #stale = false;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#turn = new Turn(registry.scheduler.host, () => { this.#fold(this.#marked); });
    const { status, concurrency, counts, progress } = this.#change([]);
    this.#state = Object.freeze({ status, concurrency, counts, progress, groups: {} });
  }

  /** The state now. */
  get state(): ManagerState {
    // While no one looks, no one marks what changes.
    const { reader, groups } = this.#registry;
    this.#fold(reader === this ? this.#marked : new Set([...Object.keys(this.#state.groups), ...groups.keys()]));
    return this.#state;
  }

  /** The state now, and each one after it. */
  readonly state$: Observable<ManagerState> = this.#watching(() => this.#states.pipe(startWith(this.state)));

  /** The state now as a patch that replaces everything, then the patches from each state to the next. */
  readonly patches$: Observable<readonly Patch[]> = this.#watching(() => {
    enablePatches();
    return this.#patches.pipe(startWith([{ op: 'replace' as const, path: [], value: this.state }]));
  });

  mark(record: GroupRecord): void {
    this.#stale = true;
    for (let group: GroupRecord | undefined = record; group?.name !== undefined; group = group.parent) this.#marked.add(group.name);
  }

  tell(): void {
    if (this.#stale) this.#turn.ask();
  }

  #watching<T>(source: () => Observable<T>): Observable<T> {
    return defer(() => {
      const watched = source();
      this.#registry.reader = this;
      return watched;
    }).pipe(finalize(() => {
      if (!this.#states.observed && !this.#patches.observed) this.#registry.reader = undefined;
    }));
  }

  #fold(names: Set<string>): void {
    const before = this.#state;
    const change = this.#change(names);
    this.#stale = false;
    if (this.#patches.observed) {
      const [state, patches] = produceWithPatches(before, (draft) => { reduceState(draft, change); });
      names.clear();
      this.#state = state;
      if (patches.length > 0) this.#patches.next(patches);
    } else {
      this.#state = produce(before, (draft) => { reduceState(draft, change); });
      names.clear();
    }
    if (this.#state !== before) this.#states.next(this.#state);
  }

  #change(names: Iterable<string>): StateChange {
    const { root, closed, groups } = this.#registry;
    const { paused, counts, progress, concurrency } = toState(root);
    const status = closed ? 'closed' : paused ? 'paused' : root.unsettled > 0 ? 'busy' : 'idle';
    return {
      status, concurrency, counts, progress,
      groups: Array.from(names, (name) => {
        const record = groups.get(name);
        return [name, record && toState(record)] as const;
      }),
    };
  }
}

export function toState({ counts, settled, total, fractions, slots }: GroupRecord): GroupState {
  // Fractions are added and taken away again, so that their sum may be off in the last digits.
  const fraction = total > 0 ? Math.min(Math.max((settled + fractions) / total, 0), 1) : 0;
  return {
    counts: { ...counts },
    progress: { done: settled, total, fraction },
    paused: slots.paused,
    concurrency: slots.concurrency,
  };
}
