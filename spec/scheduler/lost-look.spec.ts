import { asapScheduler, EMPTY, defer, queueScheduler, type SchedulerAction, type SchedulerLike, Subscription, VirtualTimeScheduler } from 'rxjs';
import { PriorityScheduler, queueOn, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { macrotask } from '../support/event-loop.ts';
import { synchronous } from '../support/synchronous.ts';

// When an action throws, RxJS's schedulers drop the actions behind it. A scheduler's look at its queue
// may be among them, and then nothing would ever start.

/** Runs `body` in an action of asapScheduler that throws: that becomes an unhandled rejection. */
async function throwingInAsap(body: () => void): Promise<unknown> {
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  try {
    return await new Promise((resolve) => {
      process.once('unhandledRejection', resolve);
      asapScheduler.schedule(() => {
        body();
        throw new Error('of someone else');
      });
    });
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
}

function throwingInQueue(body: () => void): void {
  queueScheduler.schedule(() => {
    body();
    throw new Error('of someone else');
  });
}

describe('a host that ends its actions once they are done', () => {
  it('is not asked for another look because of that', async () => {
    let asked = 0;
    const host: SchedulerLike = {
      now: () => 0,
      schedule<T>(work: (this: SchedulerAction<T>, state: T) => void): Subscription {
        asked++;
        const action = new Subscription() as SchedulerAction<T>;
        queueMicrotask(() => {
          work.call(action, undefined as T);
          action.unsubscribe();
        });
        return action;
      },
    };
    const scheduler = new PriorityScheduler({ host });
    const log: string[] = [];
    scheduler.schedule(() => { log.push('a'); });
    await macrotask();
    expect([log, asked]).toEqual([['a'], 1]);
    scheduler.schedule(() => { log.push('b'); });
    await macrotask();
    expect([log, asked]).toEqual([['a', 'b'], 2]);
  });
});

describe('an action of someone else which throws', () => {
  it('does not drop the look at the queue behind it, with queueScheduler as host', async () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    const log: string[] = [];
    expect(() => {
      throwingInQueue(() => {
        scheduler.schedule(() => { log.push('action'); });
        defer(() => { log.push('queueOn'); return EMPTY; }).pipe(queueOn(scheduler)).subscribe();
      });
    }).toThrow('of someone else');
    await macrotask();
    expect(log).toEqual(['action', 'queueOn']);
    scheduler.schedule(() => { log.push('later'); });
    expect(log).toEqual(['action', 'queueOn', 'later']);
  });

  it('does not drop the look at the queue behind it, with asapScheduler as host', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    const error = throwingInAsap(() => { log.push('throws'); });
    scheduler.schedule(() => { log.push('action'); });
    expect(await error).toEqual(new Error('of someone else'));
    await macrotask();
    expect(log).toEqual(['throws', 'action']);
    scheduler.schedule(() => { log.push('later'); });
    await macrotask();
    expect(log).toEqual(['throws', 'action', 'later']);
  });

  it('does not drop a look that is one of many, with asapScheduler as host', async () => {
    const scheduler = new PriorityScheduler();
    const log: string[] = [];
    for (const name of ['a', 'b']) {
      scheduler.schedule(() => { log.push(`before ${name}`); });
      await macrotask();
      const error = throwingInAsap(() => { log.push('throws'); });
      scheduler.schedule(() => { log.push(name); });
      await error;
      await macrotask();
    }
    expect(log).toEqual(['before a', 'throws', 'a', 'before b', 'throws', 'b']);
  });

  it('does not drop it twice, when another throws behind it', async () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    const log: string[] = [];
    for (const name of ['a', 'b']) {
      expect(() => { throwingInQueue(() => { scheduler.schedule(() => { log.push(name); }); }); }).toThrow('of someone else');
    }
    await macrotask();
    expect(log).toEqual(['a', 'b']);
  });

  it('does not drop the next picture of the state', async () => {
    const tasks = new TaskManager({ ...synchronous });
    const paused: boolean[] = [];
    tasks.state$.subscribe(({ status }) => { paused.push(status === 'paused'); });
    expect(() => { throwingInQueue(() => { tasks.pause(); }); }).toThrow('of someone else');
    await macrotask();
    expect(paused).toEqual([false, true]);
  });

  it('does not drop a task', async () => {
    const tasks = new TaskManager({ ...synchronous });
    const results: unknown[] = [];
    expect(() => { throwingInQueue(() => { tasks.task(() => 1).subscribe((result) => { results.push(result); }); }); }).toThrow('of someone else');
    await macrotask();
    expect(results).toEqual([1]);
  });

  it('does not keep a virtual scheduler dropping for ever', () => {
    const host = new VirtualTimeScheduler();
    const scheduler = new PriorityScheduler({ host });
    host.schedule(() => { throw new Error('of someone else'); });
    scheduler.schedule(() => {});
    expect(() => { host.flush(); }).toThrow('of someone else');
  });
});
