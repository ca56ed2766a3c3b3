import fc from 'fast-check';

import { Model } from './model.ts';
import type {
  Add, Dictionary, Group, Hook, Json, Operation, Outcome, Pass, Scenario, StopFlags, TraceEvent,
} from './scenario.ts';

/**
 * Scenarios as the model expects them to go, of the kind that were recorded from the reference.
 *
 * A scenario is read from a tape of numbers while the model goes along, so that most operations meet
 * what they are about: `finish` a task that is in its function, `upstream` one that is still known.
 * A shorter tape with lower numbers is a simpler scenario.
 */
export function scenarios(): fc.Arbitrary<Scenario> {
  return fc.array(fc.nat(9999), { minLength: 20, maxLength: 800, size: 'max' }).map((tape) => new Composer(tape).compose());
}

class Composer {
  readonly #tape: readonly number[];
  #position = 0;
  #model!: Model;
  readonly #features = new Set<string>();

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  compose(): Scenario {
    const max_threads = 1 + this.#below(4);
    const start = this.#below(3) > 0;
    const end = this.#below(6);
    // Each scenario leaves some kinds of operation out, and so has more of the others.
    const kinds = this.#kinds().filter(([name]) => name === 'add' || name === 'finish' || this.#below(3) > 0);
    this.#model = new Model({ max_threads, start });

    const script: Operation[] = [];
    const trace: (readonly TraceEvent[])[] = [];
    const step = (operation: Operation): void => {
      script.push(operation);
      trace.push(this.#model.step(operation));
    };
    while (this.#position < this.#tape.length) {
      const [name, make] = this.#weighted(kinds);
      this.#features.add(name);
      const operation = make();
      if (operation) step(operation);
    }
    if (end > 1) step({ op: 'drain' });
    if (end === 5) step({ op: 'shutdown' });
    return {
      name: 'generated',
      max_threads,
      start,
      features: [...this.#features].sort(),
      script: script.map((operation) => this.#withUids(operation)),
      trace,
      final: this.#model.final,
    };
  }

  /** Kinds of operation, with how often they come. */
  #kinds(): readonly (readonly [name: string, make: () => Operation | undefined, weight: number])[] {
    return [
      ['add', () => this.#add(), 14],
      ['finish', () => ({ op: 'finish', uid: this.#inFunction() }), 8],
      ['pass', () => this.#pass(), 3],
      ['hook', () => this.#hook(), 4],
      ['stop', () => this.#stop(), 3],
      ['stop-group', () => this.#stopGroup(), 1],
      ['stop-all', () => (this.#below(3) === 0 ? { op: 'stop_all' } : undefined), 1],
      ['start', () => ({ op: 'start' }), 2],
      ['pause', () => ({ op: 'pause' }), 1],
      ['burst', () => ({ op: 'burst', uids: this.#some(4, () => this.#inFunction()) }), 2],
      ['drain', () => (this.#below(3) === 0 ? { op: 'drain' } : undefined), 1],
      ['next-group-id', () => (this.#below(3) === 0 ? { op: 'next_group_id' } : undefined), 1],
      ['not-callable', () => (this.#below(3) === 0 ? { op: 'not_callable' } : undefined), 1],
      ['shutdown', () => (this.#below(8) === 0 ? { op: 'shutdown' } : undefined), 1],
    ];
  }

  #add(): Add {
    const auto = this.#below(12) === 0;
    return {
      op: 'add',
      ...this.#common(),
      ...(this.#below(4) === 0 && { args: this.#some(3, () => this.#value()) }),
      ret: this.#outcome(),
      ...(auto && { auto }),
    };
  }

  #pass(): Pass {
    return { op: 'pass', ...this.#common() };
  }

  #common(): Omit<Pass, 'op'> {
    return {
      ...(this.#below(3) > 0 && { priority: this.#pick([0, 1, 5, -1, 0.5, -2.5, 100]) }),
      ...(this.#below(2) > 0 && { group: this.#group() }),
      ...(this.#below(5) > 1 && { upstream: this.#some(4, () => this.#upstream()) }),
      ...(this.#below(3) === 0 && { kwargs: this.#dictionary() }),
    };
  }

  #outcome(): Outcome {
    if (this.#below(6) === 5) return { fail: `err ${this.#below(100)}` };
    return { ok: this.#below(3) > 0 ? this.#dictionary() : this.#pick<Json>([null, 0, 7, '', 'text', true, false, [], {}, [['k0', 1]], 1.5]) };
  }

  #dictionary(): Dictionary {
    return Object.fromEntries(this.#some(4, () => [`k${this.#below(4)}`, this.#value()]));
  }

  #value(): Json {
    return this.#pick<Json>([null, this.#below(1000), `v${this.#below(1000)}`, [this.#below(1000)], { in: this.#below(1000) }]);
  }

  #group(): Group {
    return this.#pick<Group>(['a', 'b', 1, '1', 0, '', null]);
  }

  #upstream(): number {
    const one = this.#below(10);
    if (one === 9) return this.#pick([999, -1]);
    if (one === 8) return this.#below(30) === 29 ? this.#any() : this.#below(this.#model.uids.size + 1) - 1;
    return this.#pick([...this.#model.known.keys(), -1]);
  }

  /** A task in its function; seldom another. */
  #inFunction(): number {
    return this.#below(12) === 11 ? this.#any() : this.#pick([...this.#model.inFunction.keys(), ...(this.#model.inFunction.size > 0 ? [] : [this.#any()])]);
  }

  /** A task that has not ended; seldom another. */
  #known(): number {
    return this.#below(12) === 11 || this.#model.known.size === 0 ? this.#any() : this.#pick([...this.#model.known.keys()]);
  }

  /** Any task so far, or one of the next two. */
  #any(): number {
    return this.#below(this.#model.uids.size + 2);
  }

  #flags(): StopFlags {
    return {
      ...(this.#below(2) > 0 && { stop_upstream: this.#below(3) === 2 }),
      ...(this.#below(2) > 0 && { stop_downstream: this.#below(3) === 2 }),
    };
  }

  #stop(): Operation {
    return { op: 'stop', uid: this.#known(), ...this.#flags() };
  }

  #stopGroup(): Operation {
    return { op: 'stop_group', ...(this.#below(7) > 0 && { group: this.#group() }), ...this.#flags() };
  }

  #hook(): Hook {
    const on = this.#pick(['completed', 'failed', 'group_finished'] as const);
    return {
      op: 'hook',
      on,
      ...(on === 'group_finished' ? this.#below(7) > 0 && { group: this.#group() } : { uid: this.#known() }),
      do: this.#some(3, () => this.#inHook()),
    };
  }

  #inHook(): Operation {
    return this.#weighted([
      ['add', () => this.#add(), 6],
      ['pass', () => this.#pass(), 1],
      ['stop', () => this.#stop(), 5],
      ['stop-group', () => this.#stopGroup(), 2],
      ['stop-all', (): Operation => ({ op: 'stop_all' }), 1],
      ['start', (): Operation => ({ op: 'start' }), 2],
      ['pause', (): Operation => ({ op: 'pause' }), 2],
      ['hook', () => this.#hook(), 1],
    ] as const)[1]();
  }

  /** The operation with the ids that adding has returned. */
  #withUids(operation: Operation): Operation {
    if (operation.op === 'hook') return { ...operation, do: operation.do.map((each) => this.#withUids(each)) };
    const uid = this.#model.uids.get(operation);
    return operation.op === 'add' || operation.op === 'pass' ? { ...operation, ...(uid !== undefined && { uid }) } : operation;
  }

  #some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#below(most + 1) }, make);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)] as T;
  }

  #weighted<T extends readonly [name: string, make: unknown, weight: number]>(choices: readonly T[]): T {
    let left = this.#below(choices.reduce((sum, [, , weight]) => sum + weight, 0));
    return choices.find(([, , weight]) => (left -= weight) < 0) as T;
  }

  /** The next number of the tape, below `end`; 0 when it is over. */
  #below(end: number): number {
    return (this.#tape[this.#position++] ?? 0) % end;
  }
}
