import type { Contender } from '../contender.ts';
import { Ledger } from './ledger.ts';
import type { Load } from './load.ts';

/** How a graph looks, and what is computed in it. Upstream is always made before downstream. */
export interface Graph {
  readonly n: number;
  /** The tasks whose results a task needs. */
  readonly upstream: (task: number) => readonly number[];
  /** Whether results are merged key by key; otherwise each comes under its own key, or only counts as done. */
  readonly merged: boolean;
  /** The key of an upstream result; undefined where only its being done matters. */
  readonly key: (task: number, upstream: number) => string | undefined;
  /** The result of a task by the values upstream, read from the books. */
  readonly value: (task: number, values: Float64Array) => number;
  /** The same, read from what a contender has handed over. */
  readonly valueOf: (task: number, kwargs: Record<string, number>, values: Float64Array) => number;
  /** What a task returns for a value. */
  readonly result: (task: number, value: number) => unknown;
}

/**
 * Tasks that need each other's results. Each returns a promise of its own. For contenders that pass no
 * results on, `functions` take them from the books; `fed` want them handed over.
 */
export class GraphLoad implements Load {
  readonly graph: Graph;
  readonly n: number;
  readonly concurrency = 8;
  readonly functions: readonly (() => Promise<unknown>)[];
  readonly fed: readonly ((kwargs: Record<string, number>) => Promise<unknown>)[];
  /** To be called when a task is done. */
  readonly done: () => void;

  readonly #ledger: Ledger;
  readonly #values: Float64Array;
  readonly #expected: Float64Array;

  constructor(graph: Graph, contender: Contender) {
    const { n } = graph;
    this.graph = graph;
    this.n = n;
    const ledger = (this.#ledger = new Ledger(n, n, contender.unlimited === true ? Infinity : this.concurrency));
    this.#values = new Float64Array(n);
    this.#expected = new Float64Array(n);
    for (let task = 0; task < n; task++) this.#expected[task] = graph.value(task, this.#expected);
    const tasks = Array.from({ length: n }, (_, task) => task);
    this.functions = tasks.map((task) => () => this.#run(task, graph.value(task, this.#values)));
    this.fed = tasks.map((task) => (kwargs) => this.#run(task, graph.valueOf(task, kwargs, this.#values)));
    this.done = () => { ledger.end(); };
  }

  get finished(): Promise<void> {
    return this.#ledger.finished;
  }

  prepare(contender: Contender): (() => void | Promise<void>) | undefined {
    const { graph } = contender;
    return graph && (() => graph(this));
  }

  check(): void {
    const ledger = this.#ledger;
    ledger.checkCounts();
    const twice = new Uint8Array(this.n);
    for (const task of ledger.started) {
      if (twice[task] === 1) ledger.fail(`task ${task} has run twice`);
      twice[task] = 1;
    }
  }

  /** A value is only in the books when its task has ended: who starts too early computes another one. */
  #run(task: number, value: number): Promise<unknown> {
    const ledger = this.#ledger;
    ledger.start(task);
    if (value !== this.#expected[task]) ledger.fail(`task ${task} comes to ${value}, not ${this.#expected[task]}`);
    if (ledger.holds(task)) return ledger.hold(() => this.#end(task, value));
    return Promise.resolve(this.#end(task, value));
  }

  #end(task: number, value: number): unknown {
    this.#values[task] = value;
    return this.graph.result(task, value);
  }
}
