import { isDeepStrictEqual } from 'node:util';

import { applyPatches, enablePatches, type Patch } from 'immer';
import { merge, type Observable, type Subscription } from 'rxjs';
import { explain$, type ManagerState, patches } from 'sluice';

import { IntendedError } from './expected-errors.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

enablePatches();

interface States {
  byState: ManagerState | undefined;
  byPatches: ManagerState | undefined;
}

/** Those who listen to the streams of a manager, of groups and of tasks, and act when they hear something. */
export class Listeners {
  readonly #world: World;
  readonly #open: Subscription[] = [];
  /** The last state, as state$ and patches$ have given it. */
  #states: States | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  listen(random: Random): void {
    const world = this.#world;
    const [name, stream] = random.weigh(STREAMS)(world, random);
    if (stream === undefined) return;
    world.journal.write(`listen to ${name}`);
    this.#open.push(stream.subscribe(() => {
      if (random.chance(0.15)) world.act(random);
      if (random.chance(0.02)) throw new IntendedError(`listener to ${name}`);
    }));
  }

  leave(random: Random): void {
    const subscription = random.pickFrom(this.#open);
    if (subscription === undefined) return;
    this.#open.splice(this.#open.indexOf(subscription), 1);
    this.#world.journal.write('a listener leaves');
    subscription.unsubscribe();
  }

  leaveAll(): void {
    for (const subscription of this.#open.splice(0)) subscription.unsubscribe();
  }

  /** Follows the state by both of its streams, to be compared in the end. */
  followState(): void {
    const states: States = (this.#states = { byState: undefined, byPatches: undefined });
    const { tasks } = this.#world;
    tasks.state$.subscribe((state) => { states.byState = state; });
    patches(tasks).subscribe((changes) => {
      states.byPatches = applyPatches(states.byPatches ?? {}, changes as Patch[]) as ManagerState;
    });
  }

  /** How the state differs from what those who follow it have been shown. */
  get differences(): readonly string[] {
    const { state } = this.#world.tasks;
    return Object.entries(this.#states ?? {})
      .filter(([, shown]) => !isDeepStrictEqual(shown, state))
      .map(([stream, shown]) => `${stream}, the state is ${JSON.stringify(shown)}, not ${JSON.stringify(state)}`);
  }
}

type Choose = (world: World, random: Random) => readonly [name: string, stream: Observable<unknown> | undefined];

const ofManager: Choose = ({ tasks }, random) => random.pick([
  ['events$', tasks.events$], ['completed$', tasks.completed$], ['failed$', tasks.failed$],
  ['groupFinished$', tasks.groupFinished$], ['state$', tasks.state$], ['patches()', patches(tasks)],
]);

const ofGroup: Choose = ({ tasks, names, ledgerOfGroups }, random) => {
  const name = random.pickFrom(names);
  if (name === undefined) return ['no group', undefined];
  const group = tasks.group(name);
  const states: [string, Observable<unknown>][] = [[`state$ of ${name}`, group.state$], [`progress$ of ${name}`, group.progress$]];
  // Groups tell their listeners before the manager's: unless the ledger has listened there first, to act on
  // these would show it events in another order.
  const events: [string, Observable<unknown>][] = [
    [`events$ of ${name}`, group.events$], [`finished$ of ${name}`, group.finished$],
    [`completed$ and failed$ of ${name}`, merge(group.completed$, group.failed$)],
  ];
  return random.pick(ledgerOfGroups ? [...states, ...events] : states);
};

const ofTask: Choose = ({ made }, random) => {
  const task = random.pickFrom(made);
  if (task === undefined) return ['no task', undefined];
  return random.pick([[`state$ of ${task.name}`, task.state$], [`explain$ of ${task.name}`, explain$(task)]]);
};

const STREAMS: readonly (readonly [number, Choose])[] = [[3, ofManager], [2, ofGroup], [3, ofTask]];
