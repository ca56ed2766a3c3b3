import { claim } from '../../../src/workers/claims.ts';
import type { WorkerLike } from '../../../src/workers/connection.ts';
import type { FromWorker, ToWorker } from '../../../src/workers/protocol.ts';

/** A worker as Node's, whose every step is done by the test. */
export class HandWorker implements WorkerLike {
  /** What it has been sent, as it arrives: a copy, and what moves with it has moved. */
  readonly posted: ToWorker[] = [];
  /** Whether it keeps the process alive. */
  held = true;
  terminated = false;
  readonly #listeners = new Map<string, (value: never) => void>();

  on(event: string, listener: (value: never) => void): void {
    this.#listeners.set(event, listener);
  }

  ref(): void {
    this.held = true;
  }

  unref(): void {
    this.held = false;
  }

  postMessage(message: unknown, transfer: never[]): void {
    this.posted.push(structuredClone(message as ToWorker, { transfer }));
  }

  terminate(): void {
    this.terminated = true;
  }

  /** The names of the calls that it was sent. */
  get calls(): string[] {
    return this.posted.flatMap((message) => message[0] === 'call' ? message[2] : []);
  }

  load(): void {
    this.say('ready', undefined, undefined);
  }

  /** Starts a call, as `serve` does: false if it was taken back. */
  start(name: string): boolean {
    const words = this.posted.find((message) => message[0] === 'setup')?.[1];
    const call = this.#find(name);
    return words === undefined || claim(words, call[1], call[4]);
  }

  /** Ends a call that has been started. */
  end(name: string, value?: unknown): void {
    this.say('last', this.#find(name)[1], value);
  }

  /** Starts a call and ends it. */
  do(name: string, value?: unknown): void {
    if (!this.start(name)) throw new Error(`${name} was taken back`);
    this.end(name, value);
  }

  progress(name: string): void {
    this.say('progress', this.#find(name)[1], 0.5);
  }

  say(...message: FromWorker): void {
    this.tell('message', message);
  }

  tell(event: 'message' | 'error' | 'messageerror' | 'exit', value: unknown): void {
    this.#listeners.get(event)!(value as never);
  }

  #find(name: string): Extract<ToWorker, readonly ['call', ...unknown[]]> {
    return [...this.posted].reverse().find((message) => message[0] === 'call' && message[2] === name) as Extract<ToWorker, readonly ['call', ...unknown[]]>;
  }
}
