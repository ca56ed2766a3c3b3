import { NEVER, Subject, type Subscription } from 'rxjs';
import { type CancelOptions, type Task, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { countRankReads } from '../support/counted-ranks.ts';
import { synchronous } from '../support/synchronous.ts';

const MANY = 100_000;

/** One task with `size` downstream of it, all of which are asked for. */
class Fan {
  readonly tasks = new TaskManager(synchronous);
  readonly source = new Subject<object>();
  readonly hub: Task<object> = this.tasks.task(() => this.source);
  readonly leaves: readonly Task<unknown>[];
  readonly subscriptions: readonly Subscription[];
  readonly told = { values: 0, errors: 0 };

  constructor(size: number, observe?: (leaves: readonly Task<unknown>[]) => void) {
    this.leaves = Array.from({ length: size }, (_, i) => this.tasks.task(() => i, { upstream: [this.hub], priority: i % 7 }));
    observe?.(this.leaves);
    this.subscriptions = this.leaves.map((leaf) => leaf.subscribe({ next: () => this.told.values++, error: () => this.told.errors++ }));
  }

  complete(): void {
    this.source.next({});
    this.source.complete();
  }
}

describe('100,000 tasks downstream of one', () => {
  it('all run when it has completed', () => {
    const fan = new Fan(MANY);
    fan.complete();
    expect(fan.told).toEqual({ values: MANY, errors: 0 });
    expect(fan.tasks.state.counts.completed).toBe(MANY + 1);
  });

  it('all fail with it, each once, in the order in which they were made', () => {
    const fan = new Fan(MANY);
    const ids: number[] = [];
    fan.tasks.failed$.subscribe(({ task }) => ids.push(task.id));
    fan.source.error(new Error('hub'));
    expect(fan.told).toEqual({ values: 0, errors: MANY });
    expect(ids).toEqual([fan.hub.id, ...fan.leaves.map(({ id }) => id)]);
  });

  it.each<CancelOptions>([{}, { upstream: 'all' }, { upstream: 'none' }])('are all cancelled with it: %o', (options) => {
    const fan = new Fan(MANY);
    fan.hub.cancel(options);
    expect(fan.told).toEqual({ values: 0, errors: MANY });
    expect(fan.tasks.state.counts).toMatchObject({ cancelled: MANY + 1, waiting: 0, running: 0 });
  });

  it('all go on without it when it alone is cancelled', () => {
    const fan = new Fan(MANY);
    fan.hub.cancel({ downstream: false });
    expect(fan.told).toEqual({ values: MANY, errors: 0 });
  });

  it.each(['first to last', 'last to first'])('leave it one by one, from %s, and it is withdrawn with the last', (from) => {
    const fan = new Fan(MANY);
    const [last, ...others] = from === 'last to first' ? fan.subscriptions : [...fan.subscriptions].reverse();
    for (const subscription of others) subscription.unsubscribe();
    expect(fan.hub.status).toBe('running');
    last?.unsubscribe();
    expect(fan.hub.status).toBe('cancelled');
    expect(fan.source.observed).toBe(false);
  });

  it('are ordered in about as many looks at priorities a task, be they ten times as many', () => {
    const looks = (size: number): number => {
      let reads = (): number => 0;
      const fan = new Fan(size, (leaves) => { reads = countRankReads(leaves); });
      fan.complete();
      expect(fan.told.values).toBe(size);
      return reads() / size;
    };
    expect(looks(MANY)).toBeLessThan(looks(MANY / 10) * 1.5 + 1);
  });
});

describe('100,000 subscribers of one task', () => {
  it.each(['first to last', 'last to first'])('leave from %s, and the last one ends it', (from) => {
    const tasks = new TaskManager(synchronous);
    let torndown = 0;
    const task = tasks.task((_, { signal }) => {
      signal.addEventListener('abort', () => torndown++);
      return NEVER;
    });
    const subscriptions = Array.from({ length: MANY }, () => task.subscribe());
    if (from === 'last to first') subscriptions.reverse();
    const last = subscriptions.pop();
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect([task.status, torndown]).toEqual(['running', 0]);
    last?.unsubscribe();
    expect([task.status, torndown]).toEqual(['cancelled', 1]);
  });

  it('are all told, once', () => {
    const tasks = new TaskManager(synchronous);
    const source = new Subject<number>();
    const task = tasks.task(() => source);
    let told = 0;
    for (let i = 0; i < MANY; i++) task.subscribe({ next: () => told++, complete: () => told++ });
    source.next(1);
    source.complete();
    expect(told).toBe(2 * MANY);
  });
});

describe('100,000 who watch one task', () => {
  it.each(['first to last', 'last to first'])('leave from %s, and those who stay are told', (from) => {
    const tasks = new TaskManager(synchronous);
    const task = tasks.task(() => NEVER);
    const seen: string[] = [];
    task.state$.subscribe(({ status }) => seen.push(status));
    const watching = Array.from({ length: MANY }, () => task.state$.subscribe());
    if (from === 'last to first') watching.reverse();
    for (const subscription of watching) subscription.unsubscribe();
    task.start();
    expect(seen.at(-1)).toBe('running');
  });
});
