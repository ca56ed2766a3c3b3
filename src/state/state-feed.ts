import { distinctUntilChanged, Observable, Subject } from 'rxjs';

import { hasMicrotaskTurns } from '../scheduler/default-host.ts';
import { macrotask } from '../scheduler/macrotask.ts';
import { Turn } from '../scheduler/turn.ts';
import type { Registry } from '../task/registry.ts';
import type { ManagerState } from './manager-state.ts';
import { snapshot } from './snapshot.ts';

/** How many groups and watchers a snapshot may concern for each turn of the event loop that then passes without one. */
const PER_TURN = 250;

/**
 * Says when snapshots are made: only while someone watches, and at most one a turn of the host. The
 * turns of the default host are microtasks. There it is at most one a turn of the event loop; after one of
 * many groups turns pass without any, so that snapshots take a small part of the time, however many
 * groups change.
 */
export class StateFeed {
  readonly #registry: Registry;
  readonly #turn: Turn;
  readonly #states: Subject<ManagerState> = new Subject();
  #state: ManagerState | undefined;
  #watchers = 0;
  /** Turns of the event loop that are to pass before the next snapshot. */
  #rest = 0;
  /** Whether something has changed meanwhile, that the next snapshot is to show. */
  #changed = false;
  /** Whether a snapshot was made meanwhile, as nothing was unsettled any more. */
  #ended = false;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#turn = new Turn(registry.host, this.#show);
    for (const group of registry.groups.values()) group.touch(); // those that the options declare
  }

  readonly #show = (): void => {
    if (this.#watchers === 0) return; // the last one has left since it was asked for
    if (hasMicrotaskTurns(this.#registry.host)) {
      const concerned = this.#registry.stale.size + this.#watchers;
      if (this.#rest === 0) macrotask(this.#nextTurn);
      this.#rest = Math.max(this.#rest, 1 + Math.floor(concerned / PER_TURN));
    }
    this.#states.next(this.state);
  };

  readonly #ask = (): void => {
    if (this.#rest === 0) this.#turn.ask();
    else if (this.#ended || this.#registry.root.unsettled > 0) this.#changed = true;
    else {
      // Who has waited for the end is not to see less.
      this.#ended = true;
      this.#turn.ask();
    }
  };

  readonly #nextTurn = (): void => {
    this.#rest--;
    if (this.#rest > 0) {
      macrotask(this.#nextTurn);
      return;
    }
    this.#ended = false;
    if (!this.#changed) return;
    this.#changed = false;
    this.#turn.ask();
  };

  /** The state now. */
  get state(): ManagerState {
    return (this.#state = snapshot(this.#registry, this.#state));
  }

  /** The state now, and each one after it. */
  readonly state$: Observable<ManagerState> = new Observable<ManagerState>((subscriber) => {
    // Subscribed first: what the first snapshot leads to must not be missed.
    const subscription = this.#states.subscribe(subscriber);
    this.#watchers++;
    this.#registry.onChange = this.#ask;
    subscriber.next(this.state);
    return () => {
      subscription.unsubscribe();
      if (--this.#watchers === 0) this.#registry.onChange = undefined;
    };
  }).pipe(distinctUntilChanged());
}
