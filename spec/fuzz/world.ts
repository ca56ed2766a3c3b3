import { defer, interval, map, Observable, of, throwError } from 'rxjs';
import { type Task, type TaskFamily, taskFamily, TaskManager, type TaskManagerOptions, TaskManagerClosedError, type TaskOptions, type UpstreamInput } from 'sluice';

import type { Clock } from './clocks.ts';
import { describeError, IntendedError, isExpected } from './expected-errors.ts';
import { makeFunction } from './functions.ts';
import { Journal } from './journal.ts';
import { Ledger } from './ledger.ts';
import { Limits } from './limits.ts';
import { Listeners } from './listeners.ts';
import { OPERATIONS } from './operations.ts';
import { KEPT, managerOptions, taskOptions } from './options.ts';
import type { Random } from './random.ts';
import { Runs } from './runs.ts';
import { Subscribers } from './subscribers.ts';
import { Waits } from './waits.ts';

/** A function and the options of a task made of it. */
export interface Described {
  readonly fn: (...inputs: readonly unknown[]) => unknown;
  readonly options: TaskOptions;
}


/** A manager, and all who use it. */
export class World {
  readonly tasks: TaskManager;
  readonly journal: Journal = new Journal();
  readonly waits: Waits = new Waits();
  readonly names: readonly string[];
  /** Whether the ledger has listened to each group before others do. */
  readonly ledgerOfGroups: boolean;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly ledger: Ledger;
  readonly runs: Runs;
  readonly subscribers: Subscribers;
  readonly listeners: Listeners;
  readonly made: Task<unknown>[] = [];
  /** Families of tasks, which are made by whoever asks first. */
  readonly families: readonly TaskFamily<[id: number, make: () => Task<unknown>], unknown>[] = KEPT.map((keepFor) => taskFamily((_, make) => make(), { keepFor, key: (id) => String(id) }));
  /** Tasks of another manager: Observables like any other. */
  readonly #foreign: TaskManager = new TaskManager({ concurrency: 2 });
  /** How many operations callbacks may still do, until the next one that none does. */
  #acts = 0;
  readonly #actsAtMost: number;
  #number = 0;
  readonly #controllers: AbortController[] = [new AbortController(), new AbortController()];
  /** Whether it was closed so that what is queued still runs. */
  drained = false;
  /** Lane actions and sources that may still add something: to be idle does not wait for these. */
  readonly pending: Set<object> = new Set();
  readonly idle: { asked: number; resolved: number } = { asked: 0, resolved: 0 };

  constructor(random: Random, clock: Clock) {
    this.clock = clock;
    this.names = groupNames(random.fork(1));
    this.ledgerOfGroups = random.chance(0.5);
    this.#actsAtMost = random.pick([0, 1, 8]);
    const options: TaskManagerOptions = { ...managerOptions(random.fork(2), this.names), host: clock.host };
    this.tasks = new TaskManager(options);
    this.journal.write(`a manager on ${clock.name}, ${JSON.stringify({ ...options, host: undefined, groups: this.names.length > 10 ? this.names.length : options.groups })}`);
    this.ledger = new Ledger(this.journal);
    this.limits = new Limits(this.tasks, options, this.journal);
    this.runs = new Runs(this.limits, this.ledger, this.journal);
    this.subscribers = new Subscribers(this);
    this.listeners = new Listeners(this);
    this.ledger.listen(this.tasks, this.ledgerOfGroups ? this.names : []);
    if (random.chance(0.4)) this.listeners.followState();
  }

  /** Carries out one operation, by no callback. */
  perform(random: Random): void {
    this.#acts = this.#actsAtMost;
    this.limits.settle();
    this.#perform(random);
  }

  /** Carries out another one within a callback. */
  act(random: Random): void {
    if (this.waits.over || this.#acts === 0 || this.journal.depth > 3) return;
    this.#acts--;
    this.journal.depth++;
    this.#perform(random);
    this.journal.depth--;
  }

  /** A function and options for a task. Its name tells it from all others. */
  describe(random: Random, prefix: string, upstream: readonly Task<unknown>[]): Described {
    const name = `${prefix}${++this.#number}`;
    const inputs = Array.from({ length: random.weigh([[5, 0], [3, 1], [2, 2], [1, 4]]) }, () => this.#input(random, upstream));
    const { names } = this;
    const options = taskOptions(random, { name, names, inputs, end: () => this.waits.end$, act: () => { this.act(random); }, signal: random.pick(this.#controllers).signal });
    const job = { name, slots: options.slots ?? 1, releaseSlot: options.releaseSlot };
    return { fn: makeFunction(this, random.fork(1), job, upstream), options };
  }

  /** Aborts a signal that tasks may have. Those made later have another one. */
  abort(random: Random): void {
    const i = random.between(0, this.#controllers.length - 1);
    const controller = this.#controllers[i]!;
    this.#controllers[i] = new AbortController();
    controller.abort();
  }

  /** Refuses what comes, and closes when all there is has ended. */
  drain(): Promise<void> {
    this.drained = true;
    return this.tasks.close({ drain: true });
  }

  close(): Promise<void> {
    const closing = this.tasks.close();
    this.runs.closed = true;
    return closing;
  }

  #perform(random: Random): void {
    const { journal } = this;
    journal.operations++;
    journal.depth++;
    try {
      random.weigh(OPERATIONS)(this, random);
    } catch (error) {
      const refused = error instanceof TaskManagerClosedError && (this.drained || this.tasks.state.status === 'closed');
      if (!refused && !(error instanceof IntendedError)) journal.fault(`an operation threw ${describeError(error)}`);
      else if (!isExpected(error)) throw error;
    } finally {
      journal.depth--;
    }
  }

  /** An upstream of some kind: each is over when everything is to end. */
  #input(random: Random, upstream: readonly Task<unknown>[]): UpstreamInput {
    const source: Observable<unknown> = random.pickFrom(upstream) ?? of(1);
    const { waits } = this;
    return random.weigh<() => UpstreamInput>([
      [10, () => source],
      [1, () => source.pipe(map((value) => value))],
      [1, () => defer(() => source)],
      [1, () => of({ a: 1 }, { a: 2 })],
      [1, () => Promise.resolve({ b: 1 })],
      [1, () => throwError(() => new IntendedError('upstream'))],
      [1, () => new Observable((subscriber) => {
        const ticks = interval(random.between(0, 2)).subscribe(subscriber);
        const end = waits.end$.subscribe(() => { subscriber.complete(); });
        if (random.chance(0.2)) this.act(random);
        return () => {
          ticks.unsubscribe();
          end.unsubscribe();
          if (random.chance(0.2)) this.act(random);
        };
      })],
      [1, () => this.#foreign.task(() => waits.wait(random))],
    ])();
  }
}

/** Few, or hundreds; some within others. */
function groupNames(random: Random): string[] {
  const length = random.weigh([[1, 0], [6, random.between(1, 5)], [1, random.between(100, 400)]]);
  return Array.from({ length }, (_, i) => (i > 0 && random.chance(0.3) ? `g${random.between(0, i - 1)}/${i}` : `g${i}`));
}
