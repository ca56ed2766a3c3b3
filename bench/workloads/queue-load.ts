import type { ObservableInput } from 'rxjs';

import { type Contender, Unable } from '../contender.ts';
import { heapSize } from '../heap-size.ts';
import { Ledger } from './ledger.ts';
import type { Load } from './load.ts';

export interface QueueLoadOptions {
  readonly n: number;
  readonly concurrency?: number;
  /** By task. Default: all 0. */
  readonly priorities?: readonly number[];
  /** Whether everything is queued before anything may start. */
  readonly paused?: boolean;
  /** The tasks to cancel while it is paused. */
  readonly cancel?: readonly number[];
  /** The tasks that get another priority while it is paused. */
  readonly move?: readonly { readonly task: number; readonly priority: number }[];
  /** Tasks are spread over so many groups, each with a limit. */
  readonly groups?: { readonly count: number; readonly concurrency: number };
  /** What a task does, instead of returning a promise. */
  readonly work?: (task: number) => ObservableInput<number>;
  /** Whether that is an Observable. */
  readonly observables?: boolean;
  /** Which of a contender's methods it is for. Default `queue`. */
  readonly kind?: 'queue' | 'cold' | 'observables' | 'groups';
  /** Whether the heap is looked at when everything is queued. */
  readonly weigh?: boolean;
}

/**
 * Tasks that do not know each other. Each returns its number as a promise. Their functions are made
 * beforehand, and one `done` takes all results: neither is the business of a queue.
 */
export class QueueLoad implements Load {
  readonly n: number;
  readonly concurrency: number;
  readonly priorities: readonly number[];
  readonly paused: boolean;
  readonly cancel: readonly number[];
  readonly move: readonly { readonly task: number; readonly priority: number }[];
  readonly groups: { readonly count: number; readonly concurrency: number };
  readonly functions: readonly (() => ObservableInput<number>)[];
  /** Takes the result of each task. */
  readonly done: (task: number) => void;
  /** Takes the error of each cancelled task, if there is one. */
  readonly withdrawn: (error?: unknown) => void;
  /** Whether tasks are needed again once they are queued. */
  readonly changes: boolean;
  bytes: number | undefined;

  readonly #ledger: Ledger;
  readonly #options: QueueLoadOptions;
  readonly #ended: Uint8Array;
  #heap = 0;
  /** How many had started when the last one was queued. */
  #early = 0;

  constructor(options: QueueLoadOptions) {
    const { n, concurrency = 8, paused = false, cancel = [], move = [], work } = options;
    const { priorities = new Array<number>(n).fill(0), groups = { count: 1, concurrency: Infinity } } = options;
    this.#options = options;
    this.n = n;
    this.concurrency = concurrency;
    this.priorities = priorities;
    this.paused = paused;
    this.cancel = cancel;
    this.move = move;
    this.groups = groups;
    this.changes = cancel.length + move.length > 0;
    this.#ended = new Uint8Array(n);
    const ledger = (this.#ledger = new Ledger(n, n - cancel.length, concurrency));
    this.functions = Array.from({ length: n }, (_, task) => work === undefined ? () => this.#run(task) : () => {
      ledger.start(task);
      return work(task);
    });
    const ended = this.#ended;
    this.done = (task) => {
      if (ended[task] !== 0) ledger.fail(`a result is ${String(task)}, which is no task or has ended before`);
      ended[task] = 1;
      ledger.end();
    };
    this.withdrawn = (error) => {
      if (error !== undefined && (error as Error).name !== 'AbortError') ledger.fail(`cancelled with ${(error as Error).message}`);
      ledger.withdraw();
    };
  }

  get finished(): Promise<void> {
    return this.#ledger.finished;
  }

  /** The functions, for those that want promises. */
  get promising(): readonly (() => Promise<number>)[] {
    if (this.#options.observables === true) throw new Unable();
    return this.functions as readonly (() => Promise<number>)[];
  }

  /** Four neighbours are of one group: where its limit is less, those behind them must not wait for them. */
  groupOf(task: number): number {
    return Math.floor(task / 4) % this.groups.count;
  }

  /** To be called when everything is queued and nothing has started, if it is `paused`. */
  queued(): void {
    if (this.#ledger.starts > 0) this.#ledger.fail('a task has started while paused');
    if (this.#options.weigh === true) this.bytes = Math.round((heapSize() - this.#heap) / this.n);
  }

  prepare(contender: Contender): (() => void | Promise<void>) | undefined {
    const run = contender[this.#options.kind ?? 'queue'];
    if (run === undefined) return undefined;
    if (this.#options.weigh === true) this.#heap = heapSize();
    return () => {
      const running = run(this);
      if (!this.paused) this.#early = this.#ledger.starts;
      return running;
    };
  }

  check(contender: Contender): void {
    const ledger = this.#ledger;
    ledger.checkCounts();
    if (ledger.withdrawals !== this.cancel.length) ledger.fail(`${ledger.withdrawals} of ${this.cancel.length} have heard that they are cancelled`);
    if (this.#options.groups === undefined) this.#checkOrder(contender);
    else this.#checkOrderInGroups();
  }

  #run(task: number): Promise<number> {
    const ledger = this.#ledger;
    ledger.start(task);
    if (this.#options.groups !== undefined) {
      // So many in a row that all limits are reached, and would be seen to be passed.
      if (task % 10_000 < 200) return ledger.hold(() => task, () => { this.#checkGroups(); });
    } else if (ledger.holds(task)) return ledger.hold(() => task);
    return Promise.resolve(task);
  }

  /** Some start at once what can start: these are in the order of queueing, all others in that of priority. */
  #checkOrder({ fifo = false, movesBehind = false }: Contender): void {
    const { concurrency, priorities, cancel, move, n } = this;
    const ledger = this.#ledger;
    if (this.#early > concurrency) ledger.fail(`${this.#early} started while they were queued, the limit is ${concurrency}`);
    const started = ledger.started.subarray(0, ledger.starts);
    const priority = fifo ? new Array<number>(n).fill(0) : [...priorities];
    const order = Array.from({ length: n }, (_, task) => task);
    move.forEach((moved, index) => {
      priority[moved.task] = moved.priority;
      if (movesBehind) order[moved.task] = n + index;
    });
    const left = new Uint8Array(n);
    for (const task of cancel) left[task] = 1;
    started.subarray(0, this.#early).forEach((task) => { left[task] = 1; });
    const expected = Array.from({ length: n }, (_, task) => task)
      .filter((task) => left[task] === 0)
      .sort((a, b) => priority[b]! - priority[a]! || order[a]! - order[b]!);
    const wrong = expected.findIndex((task, index) => started[this.#early + index] !== task);
    if (wrong !== -1) ledger.fail(`start ${this.#early + wrong} was task ${started[this.#early + wrong]}, not ${expected[wrong]}`);
  }

  #checkOrderInGroups(): void {
    const { started } = this.#ledger;
    const last = new Int32Array(this.groups.count).fill(-1);
    started.forEach((task) => {
      const group = this.groupOf(task);
      if (task <= last[group]!) this.#ledger.fail(`task ${task} started after ${last[group]} of its group`);
      last[group] = task;
    });
  }

  #checkGroups(): void {
    const ledger = this.#ledger;
    const running = new Uint32Array(this.groups.count);
    // Those that are out are among the latest: not even all groups together can hold back more.
    for (let index = ledger.starts - 1, out = ledger.starts - ledger.ends; out > 0 && index >= 0; index--) {
      const task = ledger.started[index]!;
      if (this.#ended[task] === 1) continue;
      out--;
      const count = ++running[this.groupOf(task)]!;
      if (count > this.groups.concurrency) ledger.fail(`${count} of group ${this.groupOf(task)} run at once`);
    }
  }
}
