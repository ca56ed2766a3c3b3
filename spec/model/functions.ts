import { concat, EMPTY, firstValueFrom, Observable, of, Subject, throwError } from 'rxjs';

import type { Made, Run } from './made.ts';

/** What a world fails with on purpose: anything else that is thrown is a fault. */
export class IntendedError extends Error {}

/** How a run is ended by hand. */
interface Gate {
  readonly run: Run;
  emit(): void;
  complete(): void;
  fail(): void;
}

/** Ends an iterable. */
const DONE = Symbol('done');

/** What the functions of tasks do, and those that are to be ended by hand. */
export class Functions {
  readonly gates: Gate[] = [];
  readonly #runChild: (run: Run, index: number) => Promise<unknown>;
  #numbers = 0;

  /** @param runChild - runs another task in a function, if there is one */
  constructor(runChild: (run: Run, index: number) => Promise<unknown>) {
    this.#runChild = runChild;
  }

  work(run: Run): unknown {
    const { made } = run;
    const value = (): unknown => {
      const one = { [made.task.name]: ++this.#numbers };
      made.values.push(one);
      return one;
    };
    switch (made.command.work) {
      case 'plain': run.ended = true; return value();
      case 'nothing': run.ended = true; made.values.push(undefined); return undefined;
      case 'throw': throw new IntendedError(made.task.name);
      case 'several': run.ended = true; return of(value(), value());
      case 'empty': run.ended = true; return EMPTY;
      case 'error': run.ended = true; return concat(of(value()), throwError(() => new IntendedError(made.task.name)));
      case 'stream': return new Observable((subscriber) => {
        const forget = this.#gate(run, {
          emit: () => { subscriber.next(value()); },
          complete: () => { subscriber.complete(); },
          fail: () => { subscriber.error(new IntendedError(made.task.name)); },
        });
        return () => { run.ended = true; forget(); };
      });
      case 'promise': return new Promise((resolve, reject) => {
        const ended = (): void => { run.ended = true; forget(); };
        const forget = this.#gate(run, {
          emit: () => {},
          complete: () => { ended(); resolve(value()); },
          fail: () => { ended(); reject(new IntendedError(made.task.name)); },
        });
      });
      case 'iterable': return this.#iterate(run, value);
      case 'nest': return this.#nest(run, value);
    }
  }

  async *#iterate(run: Run, value: () => unknown): AsyncGenerator {
    const steps: (() => unknown)[] = [];
    const more = new Subject<void>();
    const push = (step: () => unknown): void => { steps.push(step); more.next(); };
    const forget = this.#gate(run, {
      emit: () => { push(value); },
      complete: () => { forget(); push(() => DONE); },
      fail: () => { forget(); push(() => { throw new IntendedError(run.made.task.name); }); },
    });
    try {
      for (;;) {
        if (steps.length === 0) await firstValueFrom(more);
        const step = steps.shift()!();
        if (step === DONE) return;
        yield step;
      }
    } finally {
      run.ended = true;
      forget();
    }
  }

  async #nest(run: Run, value: () => unknown): Promise<unknown> {
    const { children = [], together = false } = run.made.command.policies;
    try {
      if (together) await Promise.all(children.map((child) => this.#runChild(run, child)));
      else for (const child of children) await this.#runChild(run, child);
      return value();
    } finally {
      run.ended = true;
    }
  }

  /** Lets a run be ended by hand, until the returned function is called. */
  #gate(run: Run, gate: Omit<Gate, 'run'>): () => void {
    const entry = { run, ...gate };
    this.gates.push(entry);
    return () => {
      const at = this.gates.indexOf(entry);
      if (at >= 0) this.gates.splice(at, 1);
    };
  }
}

export function isNested({ command }: Made): boolean {
  return command.work === 'nest';
}
