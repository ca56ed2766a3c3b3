import { untracked } from '@angular/core';
import { dematerialize, isObservable, materialize, Observable, type ObservableNotification } from 'rxjs';

/** For how many microtasks the code that goes on after something is taken to belong to it. */
const REACH = 16;

/** A call of a task's function, until what it returns has ended. */
interface Run {
  open: boolean;
}

/**
 * Tells what is called by the function of a task from what is called by others: a request that a task
 * makes must not wait for a slot, as the task has one already and might wait for itself.
 *
 * What belongs to a run: what its function does as it is called, what the Observable that it returns
 * does as it is subscribed to, what comes of the events of its requests, and the microtasks after each
 * of these: where a function goes on after an `await` of such a request.
 */
export class RunScope {
  /** The runs that the present call belongs to, the innermost last. */
  readonly #runs: Run[] = [];

  /** Whether the present call belongs to a run. */
  get inside(): boolean {
    return this.#runs.length > 0;
  }

  /** Calls the function of a task, in no reactive context. */
  run<R>(fn: () => R): R {
    const run: Run = { open: true };
    const close = (): void => { run.open = false; };
    const result = this.#enter(run, () => untracked(fn));
    if (isObservable(result)) {
      return new Observable((subscriber) => {
        subscriber.add(close);
        return this.#enter(run, () => result.subscribe(subscriber));
      }) as R;
    }
    const { then, [Symbol.asyncIterator]: iterate } = (result ?? {}) as Partial<PromiseLike<unknown> & AsyncIterable<unknown>>;
    if (typeof then === 'function') then.call(result, close, close);
    else if (iterate) {
      const iterator = iterate.call(result);
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => this.#enter(run, () => iterator.next()),
          return: () => {
            close();
            return iterator.return?.();
          },
        }),
      } as R;
    } else close();
    return result;
  }

  /** A request that the present run makes: what comes of its events belongs to the run as well. */
  nested<T>(source: Observable<T>): Observable<T> {
    const run = this.#runs.at(-1) as Run;
    return new Observable<ObservableNotification<T>>((subscriber) => source.pipe(materialize()).subscribe((event) => {
      this.#enter(run, () => { subscriber.next(event); });
    })).pipe(dematerialize());
  }

  /** Calls `work` as part of a run, and takes the microtasks after it for part of it as well. */
  #enter<T>(run: Run, work: () => T): T {
    void this.#reach(run); // before `work`: what that resolves is gone on with in the microtasks behind
    this.#runs.push(run);
    try {
      return work();
    } finally {
      this.#drop(run);
    }
  }

  // By `await` of no promise, as the function itself goes on: zone.js has a queue of its own for others.
  /* eslint-disable @typescript-eslint/await-thenable, @typescript-eslint/no-unnecessary-condition -- it is closed meanwhile */
  async #reach(run: Run): Promise<void> {
    await null;
    if (!run.open) return;
    this.#runs.push(run);
    for (let turn = 0; turn < REACH && run.open; turn++) await null;
    this.#drop(run);
  }
  /* eslint-enable @typescript-eslint/await-thenable, @typescript-eslint/no-unnecessary-condition */

  #drop(run: Run): void {
    this.#runs.splice(this.#runs.lastIndexOf(run), 1);
  }
}
