import { concat, from, interval, map, NEVER, Observable, of, range, reduce, take, tap } from 'rxjs';
import { generic, registerErrors, transfer, type WorkerContext } from 'sluice/workers';

class OrderError extends TypeError {
  override readonly name = 'OrderError';
  readonly order = 7;
  readonly inner = new RangeError('inner');
  readonly onRetry = (): void => {};
}

/** A class that both sides know. */
export class OrderRefused extends Error {
  override readonly name = 'OrderRefused';
  readonly order: number;

  constructor(order: number) {
    super(`Order ${order} is refused.`);
    this.order = order;
  }
}
registerErrors({ OrderRefused });

let kept: ((n: number) => Promise<number>) | undefined;
/** Calls of `count` since this thread has started. */
let calls = 0;
/** What has been heard of aborts in this thread. */
const aborts: string[] = [];

/** What has been noted in this thread. */
const notes: number[] = [];
let made = new Uint8Array();
/** Where `counted` counts: those that run now, the most there were, then the starts of each call. */
export const RUNNING = 0;
export const MOST = 1;
export const STARTS = 2;

const exit = (): void => {
  const { process } = globalThis as { process?: { exit: () => void } };
  if (process?.exit) process.exit();
  else (globalThis as unknown as { close: () => void }).close();
};

/** As a signal's abort, but the test is told that it is waited for. */
const aborted = ({ signal, progress }: WorkerContext): Promise<void> => new Promise((resolve) => {
  signal.addEventListener('abort', () => {
    aborts.push(`${(signal.reason as Error).name}: ${(signal.reason as Error).message}`);
    resolve();
  });
  progress(0.5);
});

export const fixture = {
  echo: <T>({ value }: { value: T }): T => value,
  nothing: () => {},
  later: async ({ value }: { value: number }): Promise<number> => value,
  three: () => of(1, 2, 3),
  empty: () => new Observable<never>((subscriber) => { subscriber.complete(); }),
  async* generate({ to }: { to: number }) {
    for (let n = 1; n <= to; n++) yield n;
  },
  slowly: ({ count }: { count: number }) => interval(1).pipe(take(count), map((n) => n + 1)),
  report: (_: object, { progress }: WorkerContext) => {
    progress(0.25);
    progress({ done: 1, total: 2, message: 'half' });
    return 'done';
  },
  reportWrong: (_: object, { progress }: WorkerContext) => { progress(NaN); return NEVER; },

  fail: (): never => {
    throw Object.assign(new OrderError('out of order', { cause: new AggregateError([new RangeError('one'), 'two'], 'several') }), { self: undefined });
  },
  failLater: async (): Promise<never> => { throw new RangeError('later'); },
  failAfterOne: () => new Observable<number>((subscriber) => { subscriber.next(1); subscriber.error(new Error('after one')); }),
  failWith: ({ what }: { what: 'string' | 'function' | 'DOMException' | 'circle' | 'getter' }): never => {
    switch (what) {
      case 'string': throw 'text';
      case 'function': throw function thrown(): void {};
      case 'DOMException': throw new DOMException('no such quota', 'QuotaExceededError');
      case 'circle': {
        const error = new Error('circle');
        error.cause = error;
        throw error;
      }
      case 'getter': throw Object.defineProperty(new Error('getter'), 'field', { enumerable: true, get: () => { throw new Error('never seen'); } });
    }
  },

  returnFunction: () => ({ list: [{ fn: () => {} }] }),
  emitFunction: () => concat(of<unknown>(1), of({ fn: () => {} }), NEVER),
  take: ({ bytes }: { bytes: Uint8Array<ArrayBuffer> }) => bytes.byteLength,
  make: ({ size }: { size: number }) => {
    made = new Uint8Array(size).fill(7);
    return transfer(made, [made.buffer]);
  },
  makeInside: ({ size }: { size: number }) => {
    made = new Uint8Array(size).fill(1);
    return { bytes: transfer(made, [made.buffer]) };
  },
  makeEach: ({ sizes }: { sizes: readonly number[] }) => from(sizes).pipe(map((size) => {
    made = new Uint8Array(size).fill(size);
    return transfer(made, [made.buffer]);
  })),
  /** Bytes that are left of what this thread has last made. */
  left: () => made.byteLength,
  /** Gives back the bytes that it was given: the memory goes there and back. */
  bounce: ({ bytes }: { bytes: Uint8Array<ArrayBuffer> }) => {
    made = bytes;
    bytes[0] = 42;
    return transfer(bytes, [bytes.buffer]);
  },
  note: ({ value }: { value: number }) => notes.push(value),
  notes: () => notes.splice(0),
  /** Writes into shared memory how often a call was started, and how many run. Stops when it is told to. */
  counted: async ({ memory, call, turns }: { memory: SharedArrayBuffer; call: number; turns: number }, { signal }: WorkerContext) => {
    const words = new Int32Array(memory);
    Atomics.add(words, STARTS + call, 1);
    const running = Atomics.add(words, RUNNING, 1) + 1;
    if (running > Atomics.load(words, MOST)) Atomics.store(words, MOST, running);
    for (let turn = 0; turn < turns && !signal.aborted; turn++) await new Promise((resolve) => { setTimeout(resolve, 0); });
    Atomics.sub(words, RUNNING, 1);
    return call;
  },

  wait: (_: object, context: WorkerContext) => aborted(context),
  waitForever: async (_: object, context: WorkerContext): Promise<never> => {
    await aborted(context);
    return new Promise<never>(() => {});
  },
  never: (_: object, { progress }: WorkerContext) => { progress(0.5); return new Promise<never>(() => {}); },
  spin: (_: object, { progress }: WorkerContext): never => {
    progress(0.5);
    for (;;);
  },
  /** Never ends, and says how it is torn down. */
  watch: () => new Observable<string>((subscriber) => {
    subscriber.next('subscribed');
    return () => { aborts.push('unsubscribed'); };
  }),
  aborts: () => aborts.splice(0),
  count: () => ++calls,

  /** Emits without ever giving way, and counts what it has emitted. */
  flood: ({ memory, of }: { memory: SharedArrayBuffer; of: number }) => range(0, of).pipe(tap(() => { Atomics.add(new Int32Array(memory), 0, 1); })),
  /** Counts what it was asked for. */
  async* pulled({ memory, of }: { memory: SharedArrayBuffer; of: number }) {
    const words = new Int32Array(memory);
    try {
      for (let n = 0; n < of; n++) {
        Atomics.add(words, 0, 1);
        yield n;
      }
    } finally {
      Atomics.store(words, 1, 1);
    }
  },
  /** The same object again and again, changed. */
  same: ({ of: count }: { of: number }) => new Observable<{ n: number }>((subscriber) => {
    const row = { n: 0 };
    for (; row.n < count; row.n++) subscriber.next(row);
    subscriber.complete();
  }),
  sum: ({ numbers }: { numbers: Observable<number> }) => numbers.pipe(reduce((sum, n) => sum + n, 0)),
  first: ({ numbers, count }: { numbers: Observable<number>; count: number }) => numbers.pipe(take(count)),
  twice: ({ numbers }: { numbers: Observable<number> }) => concat(numbers, numbers),
  async sumOf({ numbers, most = Infinity }: { numbers: AsyncIterable<number>; most?: number }) {
    let [sum, count] = [0, 0];
    for await (const n of numbers) {
      sum += n;
      if (++count >= most) break;
    }
    return sum;
  },
  ask: async ({ question, times }: { question: (n: number) => Promise<number>; times: number }) => {
    const answers: number[] = [];
    for (let n = 0; n < times; n++) answers.push(await question(n));
    return answers;
  },
  keep: ({ question }: { question: (n: number) => Promise<number> }) => { kept = question; },
  askLater: () => kept!(1),
  refuse: (): never => { throw new OrderRefused(9); },
  generic: generic(<T>({ list }: { list: readonly T[] }) => list[0]!),

  fill: (): never => {
    for (const kept: object[] = [];;) kept.push({ number: kept.length });
  },
  exit: () => { exit(); return NEVER; },
  exitLater: () => { setTimeout(exit, 0); return NEVER; },
  rejectOutside: () => { void Promise.reject(new RangeError('never caught')); return NEVER; },
  stream: () => {
    const stream = new ReadableStream({ start: (controller) => { controller.enqueue('in the stream'); controller.close(); } });
    return transfer(stream, [stream]);
  },
  throwOutside: () => { setTimeout(() => { throw new RangeError('outside'); }, 0); return NEVER; },
};
