import { EMPTY, type Observable, retry, type Subscription, take, timeout } from 'rxjs';
import type { Task } from 'sluice';

import { IntendedError } from './expected-errors.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

interface Listening {
  readonly name: string;
  subscription: Subscription | undefined;
  /** Whether it has unsubscribed. */
  left: boolean;
  ended: boolean;
}

/** Those who subscribe to tasks, each of whom is to be ended once. */
export class Subscribers {
  readonly #world: World;
  #open: Listening[] = [];
  #number = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Who has neither been ended nor left. */
  get open(): readonly string[] {
    return this.#open.filter(({ ended, left }) => !ended && !left).map(({ name }) => name);
  }

  subscribe(random: Random, task: Task<unknown>): void {
    const [by, operate] = random.weigh(BY);
    this.follow(random, `${by} of ${task.name}`, operate(task, this.#world));
  }

  follow(random: Random, what: string, source: Observable<unknown>): void {
    const listening: Listening = { name: `${++this.#number}, ${what}`, subscription: undefined, left: false, ended: false };
    this.#world.journal.write(`subscribe ${listening.name}`);
    this.#open.push(listening);
    const { journal } = this.#world;
    const told = (what: string): void => {
      if (listening.ended || listening.left) journal.fault(`${listening.name} is told ${what}, though it has ${listening.ended ? 'been ended' : 'left'}`);
      if (what !== 'a value') listening.ended = true;
      if (random.chance(0.15)) this.#world.act(random);
      if (random.chance(0.03)) throw new IntendedError(`subscriber ${listening.name}`);
    };
    listening.subscription = source.subscribe({
      next: () => { told('a value'); },
      error: () => { told('an error'); },
      complete: () => { told('the end'); },
    });
  }

  /** Without a handler for errors: these are reported. */
  subscribeCarelessly(task: Task<unknown>): void {
    task.subscribe();
  }

  unsubscribe(random: Random): void {
    this.#open = this.#open.filter(({ ended, left }) => !ended && !left);
    const listening = random.pickFrom(this.#open.filter(({ subscription }) => subscription !== undefined));
    if (listening === undefined) return;
    this.#world.journal.write(`unsubscribe ${listening.name}`);
    listening.left = true;
    listening.subscription?.unsubscribe();
  }
}

const BY: readonly (readonly [number, readonly [string, (task: Task<unknown>, world: World) => Observable<unknown>]])[] = [
  [6, ['subscriber', (task) => task]],
  [1, ['take(1)', (task) => task.pipe(take(1))]],
  [1, ['retry(1)', (task) => task.pipe(retry(1))]],
  [1, ['timeout(2)', (task) => task.pipe(timeout({ first: 2, with: () => EMPTY }))]],
];
