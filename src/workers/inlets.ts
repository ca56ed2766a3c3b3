import { Observable, type Subscriber } from 'rxjs';

import { isDataCloneError, type Post } from './execution.ts';
import { NotCloneableError } from './not-cloneable-error.ts';
import type { Link, ToWorker } from './protocol.ts';
import { unpack } from './thrown.ts';
import { transferablesOf } from './transfer.ts';
import { uncloneablePath } from './uncloneable-path.ts';

/** Who takes the values of a stream. */
interface Taker {
  values(values: readonly unknown[], units: number): void;
  end(): void;
  fail(error: unknown): void;
}

interface Question {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What the kwargs of a call have instead of clones: streams that come from the pool, and functions that call back. */
export class Inlets {
  readonly #call: number;
  readonly #links: readonly Link[];
  readonly #post: Post;
  readonly #takers = new Map<number, Taker>();
  readonly #questions = new Map<number, Question>();
  #numbers = 0;
  #closed = false;

  constructor(call: number, links: readonly Link[], post: Post) {
    this.#call = call;
    this.#links = links;
    this.#post = post;
  }

  /** Puts them where they belong. */
  into(kwargs: object): object {
    for (const [key, kind] of this.#links) {
      const value = kind === 'observable' ? this.#observable(key) : kind === 'iterable' ? this.#iterable(key) : this.#callback(key);
      Object.defineProperty(kwargs, key, { value, configurable: true, enumerable: true, writable: true });
    }
    return kwargs;
  }

  message(message: Extract<ToWorker, readonly ['feed' | 'fed' | 'answer', ...unknown[]]>): void {
    const [kind, , number] = message;
    if (kind === 'answer') {
      const question = this.#questions.get(number);
      this.#questions.delete(number);
      if (message[4] === undefined) question?.resolve(message[3]);
      else question?.reject(unpack(message[4]));
      return;
    }
    const taker = this.#takers.get(number);
    if (kind === 'feed') taker?.values(message[3], message[4]);
    else {
      this.#takers.delete(number);
      if (message[3] === undefined) taker?.end();
      else taker?.fail(unpack(message[3]));
    }
  }

  /** The call has ended: what it has left open is released, and comes to its end. */
  close(): void {
    this.#closed = true;
    const error = new Error('The call has ended to which this belongs.');
    for (const taker of this.#takers.values()) taker.fail(error);
    for (const { reject } of this.#questions.values()) reject(error);
    this.#takers.clear();
    this.#questions.clear();
  }

  #observable(key: string): Observable<unknown> {
    return new Observable((subscriber: Subscriber<unknown>) => {
      let units = 0;
      const stream = this.#open(key, {
        values: (values, weight) => {
          for (const value of values) subscriber.next(value);
          units += weight;
          this.#need(stream, units);
        },
        end: () => { subscriber.complete(); },
        fail: (error) => { subscriber.error(error); },
      });
      return () => { this.#leave(stream); };
    });
  }

  #iterable(key: string): AsyncIterable<unknown> {
    return { [Symbol.asyncIterator]: () => this.#iterator(key) };
  }

  #iterator(key: string): AsyncIterator<unknown> {
    const come: (readonly [value: unknown, units: number])[] = [];
    const waiting: Question[] = [];
    let units = 0;
    let over: { readonly error?: unknown } | undefined;
    const give = (): void => {
      while (waiting.length > 0 && (come.length > 0 || over !== undefined)) {
        const { resolve, reject } = waiting.shift()!;
        const next = come.shift();
        if (next !== undefined) {
          units += next[1];
          if (next[1] > 0) this.#need(stream, units);
          resolve({ done: false, value: next[0] });
        } else if (over !== undefined && 'error' in over) {
          const { error } = over;
          over = {};
          reject(error);
        } else resolve({ done: true, value: undefined });
      }
    };
    const stream = this.#open(key, {
      values: (values, weight) => {
        // All that came together is taken with the last of it.
        values.forEach((value, i) => come.push([value, i === values.length - 1 ? weight : 0]));
        give();
      },
      end: () => { over = {}; give(); },
      fail: (error) => { over = { error }; give(); },
    });
    return {
      next: () => new Promise((resolve, reject) => {
        waiting.push({ resolve: resolve as (value: unknown) => void, reject });
        give();
      }),
      return: (value: unknown) => {
        this.#leave(stream);
        come.length = 0;
        over = {};
        give();
        return Promise.resolve({ done: true, value });
      },
    };
  }

  #callback(key: string): (...inputs: unknown[]) => Promise<unknown> {
    return (...inputs) => new Promise((resolve, reject) => {
      if (this.#closed) throw new Error(`${key}() was called after the end of the call to which it belongs.`);
      const question = ++this.#numbers;
      const moved = inputs.flatMap(transferablesOf);
      try {
        this.#post(['ask', this.#call, question, key, inputs], moved);
      } catch (error) {
        throw isDataCloneError(error) ? new NotCloneableError(uncloneablePath(inputs, 'inputs', moved), key, { cause: error }) : error;
      }
      this.#questions.set(question, { resolve, reject });
    });
  }

  #open(key: string, taker: Taker): number {
    const stream = ++this.#numbers;
    if (this.#closed) taker.fail(new Error(`${key} was read after the end of the call to which it belongs.`));
    else {
      this.#takers.set(stream, taker);
      this.#post(['open', this.#call, stream, key], []);
    }
    return stream;
  }

  /** Tells what has been taken, now and then. */
  #need(stream: number, units: number): void {
    if (this.#takers.has(stream)) this.#post(['need', this.#call, stream, units], []);
  }

  #leave(stream: number): void {
    if (this.#takers.delete(stream)) this.#post(['leave', this.#call, stream], []);
  }
}
