import { concat, NEVER, Observable, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';

import type { WorkerFunction } from '../../src/workers/execution.ts';
import type { FromWorker } from '../../src/workers/protocol.ts';
import { serve } from '../../src/workers/serve.ts';
import { transfer } from '../../src/workers/transfer.ts';
import { unpack } from '../../src/workers/thrown.ts';
import type { WorkerContext } from '../../src/workers/worker-context.ts';
import { microtasks } from '../support/event-loop.ts';

/*
 * The worker's side alone, message by message.
 */
function serving(functions: Readonly<Record<string, WorkerFunction>>) {
  const sent: unknown[] = [];
  const { message: take, unread } = serve(functions, (message: FromWorker, transfer) => {
    structuredClone(message, { transfer: transfer as never[] });
    if (message[0] === 'values') for (const value of message[2]) sent.push(['next', message[1], value]);
    else sent.push(message[0] === 'error' ? ['error', message[1], unpack(message[2])] : [...message]);
  });
  let ids = 0;
  return {
    sent,
    call: (name: string, kwargs: unknown = {}) => { take(['call', ++ids, name, kwargs, -1]); },
    abort: (reason: unknown, id = ids) => { take(['abort', id, { value: reason }]); },
    take,
    unread,
  };
}

describe('a call in its worker', () => {
  it('starts when the one before it has ended, in the order in which they came', () => {
    const end = new Subject<number>();
    const { sent, call } = serving({ long: () => end, short: ({ n }: { n: number }) => n });
    call('long');
    for (const n of [1, 2, 3]) call('short', { n });
    expect(sent).toEqual([]);
    end.complete();
    expect(sent).toEqual([['complete', 1], ['last', 2, 1], ['last', 3, 2], ['last', 4, 3]]);
  });

  it('of which the pool has thought better never starts', () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    const { sent, take } = serving({ short: ({ n }: { n: number }) => n });
    take(['setup', words, 1, 1024]);
    words[0] = 1;
    words[1] = 7; // of a later call
    take(['call', 2, 'short', { n: 2 }, 1]);
    take(['call', 1, 'short', { n: 1 }, 0]);
    expect(sent).toEqual([['last', 1, 1]]);
    expect([...words]).toEqual([0, 7]);
  });

  it('does not overflow the stack, however many end at once', () => {
    const end = new Subject<never>();
    const { sent, call } = serving({ long: () => end, short: () => 1 });
    call('long');
    for (let i = 0; i < 20_000; i++) call('short');
    end.complete();
    expect(sent).toHaveLength(20_001);
  });

  it('has one end, whatever its function does after it', () => {
    let context!: WorkerContext;
    const { sent, call } = serving({
      again: (_: object, given: WorkerContext) => {
        context = given;
        return new Observable<unknown>((subscriber) => {
          subscriber.next(() => {}); // cannot be sent, which fails it
          subscriber.next(1);
          subscriber.complete();
        });
      },
    });
    call('again');
    context.progress(0.5);
    expect(sent).toEqual([['error', 1, expect.objectContaining({ name: 'NotCloneableError', path: 'value', message: expect.stringContaining('again(): value') as string })]]);
  });

  it('fails with a progress that cannot be sent, and then sends no value', () => {
    const { sent, call } = serving({
      report: (_: object, { progress }: WorkerContext) => {
        progress({ done: 1, total: 2, message: (() => {}) as never });
        return 7;
      },
    });
    call('report');
    expect(sent).toEqual([['error', 1, expect.objectContaining({ path: 'progress.message' })]]);
  });

  it('fails with what a getter of its value throws', () => {
    const value = { get value(): never { throw new RangeError('not now'); } };
    const { sent, call } = serving({ inside: () => ({ value }), emit: () => concat(of(1), of(value), NEVER) });
    call('inside');
    call('emit');
    expect(sent).toEqual([['error', 1, new RangeError('not now')], ['next', 2, 1], ['error', 2, new RangeError('not now')]]);
  });

  it('is unsubscribed from when a later value cannot be sent', () => {
    let left = 0;
    const values = new Subject<unknown>();
    const { sent, call } = serving({ watch: () => new Observable((subscriber) => {
      const subscription = values.subscribe(subscriber);
      return () => { left++; subscription.unsubscribe(); };
    }) });
    call('watch');
    values.next(1);
    values.next(() => {});
    values.next(2);
    expect(sent).toEqual([['next', 1, 1], ['error', 1, expect.objectContaining({ path: 'value' })]]);
    expect(left).toBe(1);
  });

  it('of an async iterable ends with a value that cannot be sent, and has it closed', async () => {
    const log: string[] = [];
    const { sent, call } = serving({
      async* generate() {
        try {
          yield 1;
          yield () => {};
          log.push('went on');
        } finally {
          log.push('closed');
        }
      },
    });
    call('generate');
    await microtasks();
    expect(sent).toEqual([['next', 1, 1], ['error', 1, expect.objectContaining({ path: 'value' })]]);
    expect(log).toEqual(['closed']);
  });

  it('of an async iterable that throws fails with that', async () => {
    const { sent, call } = serving({
      async* generate() {
        yield 1;
        throw new RangeError('after one');
      },
    });
    call('generate');
    await microtasks();
    expect(sent).toEqual([['next', 1, 1], ['error', 1, new RangeError('after one')]]);
  });

  it('is not disturbed by messages that are none of the pool’s', () => {
    const { sent, call, take } = serving({ short: () => 1 });
    for (const message of [null, undefined, 'call', { 0: 'call' }, [], ['else'], [{}]]) take(message);
    call('short');
    expect(sent).toEqual([['last', 1, 1]]);
  });

  it('of which the message could not be read is told by its place', () => {
    const { sent, call, unread } = serving({ short: () => 1 });
    call('short');
    unread();
    unread();
    call('short');
    expect(sent).toEqual([['last', 1, 1], ['unread', 2], ['unread', 3], ['last', 2, 1]]);
  });

  it('moves a stream that is its result, instead of reading it', () => {
    const posted: (readonly unknown[])[] = [];
    const { message } = serve({ open: () => {
      const stream = new ReadableStream();
      return transfer(stream, [stream]);
    } }, (one, moved) => { posted.push([one[0], moved.length]); });
    message(['call', 1, 'open', {}, -1]);
    expect(posted).toEqual([['last', 1]]);
  });

  it('takes any Observable that says so', () => {
    const interop = { [(Symbol as { observable?: symbol }).observable ?? '@@observable']: () => of(1, 2) };
    const { sent, call } = serving({ interop: () => interop });
    call('interop');
    expect(sent).toEqual([['next', 1, 1], ['next', 1, 2], ['complete', 1]]);
  });
});

describe('a call that is aborted', () => {
  it('has its signal aborted with the reason: also one that is first looked at afterwards', async () => {
    const seen: unknown[] = [];
    const go = new Subject<never>();
    const { sent, call, abort } = serving({
      late: async (_: object, context: WorkerContext) => {
        await new Promise<void>((resolve) => { go.subscribe({ complete: resolve }); });
        seen.push(context.signal.aborted, context.signal.reason, context.signal === context.signal);
      },
      early: (_: object, { signal }: WorkerContext) => new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => { seen.push(signal.reason); resolve(); });
      }),
    });
    call('late');
    abort('enough');
    go.complete();
    await microtasks();
    call('early');
    abort('enough again');
    await microtasks();
    expect(seen).toEqual([true, 'enough', true, 'enough again']);
    expect(sent).toEqual([['complete', 1], ['complete', 2]]);
  });

  it('sends nothing more but its end', async () => {
    let context!: WorkerContext;
    const values = new Subject<number>();
    const { sent, call, abort } = serving({
      promise: (_: object, given: WorkerContext) => {
        context = given;
        return new Promise<number>((resolve) => { values.subscribe(resolve); });
      },
      rejects: () => new Promise<number>((_, reject) => { values.subscribe(reject); }),
      ignores: () => concat(of(1), NEVER),
    });
    call('promise');
    abort('enough');
    context.progress(0.5);
    values.next(1);
    await microtasks();
    call('rejects');
    abort('enough');
    values.next(2);
    await microtasks();
    call('ignores');
    abort('enough');
    expect(sent).toEqual([['complete', 1], ['complete', 2], ['next', 3, 1], ['complete', 3]]);
  });

  it('ends, though its teardown throws', () => {
    const { sent, call, abort } = serving({
      throws: () => new Observable(() => () => { throw new Error('teardown'); }),
      short: () => 1,
    });
    call('throws');
    abort('enough');
    call('short');
    expect(sent).toEqual([['complete', 1], ['last', 2, 1]]);
  });

  it('has its async iterable closed, and waits for that', async () => {
    const log: string[] = [];
    const ticks = new Subject<void>();
    const tick = (): Promise<void> => new Promise((resolve) => { ticks.subscribe(resolve); });
    const { sent, call, abort } = serving({
      async* generate() {
        try {
          for (let n = 1;; n++) {
            yield n;
            await tick();
          }
        } finally {
          await tick();
          log.push('closed');
        }
      },
      endless: () => ({ [Symbol.asyncIterator]: () => ({ next: async () => { await tick(); return { done: false, value: 1 }; } }) }), // has no `return`
    });
    call('generate');
    await microtasks();
    abort('enough');
    await microtasks();
    expect([sent, log]).toEqual([[['next', 1, 1]], []]);
    ticks.next(); // it goes on to its next value, where it is closed
    await microtasks();
    expect([sent, log]).toEqual([[['next', 1, 1]], []]);
    ticks.next();
    await microtasks();
    expect([sent, log]).toEqual([[['next', 1, 1], ['complete', 1]], ['closed']]);
    call('endless');
    abort('enough');
    ticks.next();
    await microtasks();
    expect(sent.at(-1)).toEqual(['complete', 2]);
  });

  it('is the one that runs, and no other', () => {
    const { sent, call, abort } = serving({ short: () => 1, never: () => NEVER });
    call('short');
    call('never');
    abort('too late', 1);
    expect(sent).toEqual([['last', 1, 1]]);
    abort('enough', 2);
    expect(sent.at(-1)).toEqual(['complete', 2]);
  });
});
