import type { Subscriber } from 'rxjs';

import type { TaskProgressInput } from '../../index.ts';
import type { TaskBackendRun } from '../index.ts';

/** A task that has started in a test, and that the test is to end. */
export class TestTask {
  readonly name: string;
  readonly group: string | undefined;
  /** What `params` gave, or what the runner was called with. */
  readonly input: unknown;
  readonly attempt: number;
  readonly #run: TaskBackendRun;
  readonly #subscriber: Subscriber<unknown>;
  #ended = false;

  /** @internal */
  constructor(run: TaskBackendRun, subscriber: Subscriber<unknown>) {
    this.name = run.context.name;
    this.group = run.group;
    this.input = run.input;
    this.attempt = run.context.attempt;
    this.#run = run;
    this.#subscriber = subscriber;
  }

  /** Whether it was cancelled or withdrawn. */
  get cancelled(): boolean {
    return this.#subscriber.closed && !this.#ended;
  }

  /**
   * Emits a value and goes on.
   *
   * @throws Error when it has ended
   */
  next(value: unknown): void {
    this.#do('next', () => { this.#subscriber.next(value); });
  }

  /**
   * Completes it with a value. Its signals are written, and tasks that were waiting for it or for its
   * slot have started, when this returns.
   *
   * @throws Error when it has ended
   */
  flush(value: unknown): void {
    this.#do('flush', () => {
      this.#ended = true;
      this.#subscriber.next(value);
      this.#subscriber.complete();
    });
  }

  /**
   * Lets it fail.
   *
   * @throws Error when it has ended
   */
  error(error: unknown): void {
    this.#do('error', () => {
      this.#ended = true;
      this.#subscriber.error(error);
    });
  }

  /**
   * Reports how far it is.
   *
   * @throws Error when it has ended
   */
  progress(progress: TaskProgressInput): void {
    this.#do('progress', () => { this.#run.context.progress(progress); });
  }

  #do(what: string, work: () => void): void {
    if (this.#subscriber.closed) throw new Error(`Cannot ${what} ${this.name}: it has ${this.cancelled ? 'been cancelled' : 'ended'}.`);
    work();
    this.#run.settle();
  }
}
