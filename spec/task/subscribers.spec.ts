import { concatMap, firstValueFrom, from, lastValueFrom, map, merge, NEVER, Observable, of, share, Subject, type Subscription, toArray } from 'rxjs';
import { TaskManager } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

const unhandled = collectUnhandledErrors();

describe('subscribing to a task', () => {
  it('takes whatever RxJS takes', () => {
    const tasks = syncManager();
    const done = tasks.add(() => 1);
    const failed = tasks.task((): number => { throw new Error('x'); });
    const seen: unknown[] = [];
    const subject = new Subject<number>();
    subject.subscribe({ next: (value) => seen.push(['subject', value]), complete: () => seen.push('subject ended') });
    done.subscribe();
    done.subscribe({});
    done.subscribe((value) => seen.push(['next', value]));
    done.subscribe({ next: (value) => seen.push(['observer', value]) });
    done.subscribe({ complete: () => seen.push('completed') });
    done.subscribe(subject);
    failed.subscribe({ error: ({ message }: Error) => seen.push(['error', message]) });
    expect(seen).toEqual([['next', 1], ['observer', 1], 'completed', ['subject', 1], 'subject ended', ['error', 'x']]);
  });

  it('takes several functions, as RxJS 7 still does', () => {
    const tasks = syncManager();
    const seen: unknown[] = [];
    const subscribe = (task: object, ...handlers: unknown[]): void => { (task as { subscribe(...given: unknown[]): void }).subscribe(...handlers); };
    subscribe(tasks.task(() => 1), (value: unknown) => seen.push(value), null, () => seen.push('completed'));
    subscribe(tasks.task(() => 2), null, null, () => seen.push('completed'));
    subscribe(tasks.task(() => { throw new Error('x'); }), undefined, ({ message }: Error) => seen.push(message));
    subscribe(tasks.task(() => 3), null);
    expect(seen).toEqual([1, 'completed', 'completed', 'x']);
  });

  it('calls the handlers as methods of their observer', () => {
    class Collector {
      readonly values: number[] = [];
      next(value: number): void {
        this.values.push(value);
      }
      complete(): void {
        this.values.push(-1);
      }
    }
    const collector = new Collector();
    syncManager().task(() => 1).subscribe(collector);
    expect(collector.values).toEqual([1, -1]);
  });

  it('works through operators and the functions that turn an Observable into a promise', async () => {
    const tasks = new TaskManager();
    const task = tasks.task(async () => 2);
    expect(await firstValueFrom(task)).toBe(2);
    expect(await lastValueFrom(task.pipe(map((n) => n * 2)))).toBe(4);
    expect(await lastValueFrom(merge(task, of(5)).pipe(toArray()))).toEqual([2, 5]);
    expect(await lastValueFrom(from([1, 2]).pipe(concatMap((n) => tasks.task(() => n)), toArray()))).toEqual([1, 2]);
    const seen: number[] = [];
    await task.forEach((n) => seen.push(n));
    expect(seen).toEqual([2]);
    expect(await lastValueFrom(from(task))).toBe(2);
  });

  it('has instanceof Observable, and shares with share() what it shares by itself', () => {
    const tasks = syncManager();
    const fn = vi.fn(() => NEVER);
    const task = tasks.task(fn);
    expect(task).toBeInstanceOf(Observable);
    const shared = task.pipe(share());
    const subscriptions = [shared.subscribe(), shared.subscribe(), task.subscribe()];
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(fn).toHaveBeenCalledOnce();
    expect(task.status).toBe('cancelled');
  });

  it('does not queue it for a subscriber that has left already', () => {
    const fn = vi.fn();
    const task = syncManager().task(fn);
    const outer = new Observable((subscriber) => {
      subscriber.complete();
      return task.subscribe(subscriber as never);
    });
    outer.subscribe();
    expect(fn).not.toHaveBeenCalled();
    expect(task.status).toBe('idle');
  });
});

describe('unsubscribing', () => {
  it.each<[string, (all: Subscription[]) => Subscription[]]>([
    ['in the order of subscribing', (all) => all],
    ['in the opposite order', (all) => all.reverse()],
    ['from the middle', (all) => all.sort((a, b) => all.indexOf(a) % 3 - all.indexOf(b) % 3)],
  ])('can be done in any order, and only the last one withdraws: %s', (_, inOrder) => {
    const task = syncManager().task(() => NEVER);
    const order = inOrder(Array.from({ length: 9 }, () => task.subscribe()));
    for (const subscription of order.slice(0, -1)) {
      subscription.unsubscribe();
      subscription.unsubscribe();
      expect(task.status).toBe('running');
    }
    order.at(-1)!.unsubscribe();
    expect(task.status).toBe('cancelled');
    expect(order.every(({ closed }) => closed)).toBe(true);
  });

  it('is done for a subscriber once the task has settled', () => {
    const tasks = syncManager();
    for (const end of [(source: Subject<number>) => { source.complete(); }, (source: Subject<number>) => { source.error(1); }]) {
      const source = new Subject<number>();
      const teardown = vi.fn();
      const { subscription } = listen(tasks.task(() => source));
      subscription.add(teardown);
      expect(subscription.closed).toBe(false);
      end(source);
      expect(subscription.closed).toBe(true);
      expect(teardown).toHaveBeenCalledOnce();
    }
  });

  it('while a value is told takes effect for those not yet told', () => {
    const source = new Subject<number>();
    const task = syncManager().task(() => source);
    const heard: unknown[] = [];
    const subscriptions: Subscription[] = [];
    task.subscribe(() => { subscriptions[0]!.unsubscribe(); });
    subscriptions.push(task.subscribe((value) => heard.push(value)));
    source.next(1);
    expect(heard).toEqual([]);
  });

  it('in the handler of the end is too late to matter', () => {
    const source = new Subject<number>();
    const task = syncManager().task(() => source);
    const ends: string[] = [];
    const first = task.subscribe({ complete: () => { ends.push('first'); first.unsubscribe(); } });
    task.subscribe({ complete: () => ends.push('second') });
    source.complete();
    expect(ends).toEqual(['first', 'second']);
    expect(task.status).toBe('completed');
  });
});

describe('an error without a handler', () => {
  it('is reported as by RxJS, once for each subscriber without one', async () => {
    const task = syncManager().task(() => { throw new Error('x'); });
    task.subscribe({ next: () => {} });
    task.subscribe(() => {});
    task.subscribe({ error: () => {} });
    await reported();
    expect(unhandled).toMatchObject([{ message: 'x' }, { message: 'x' }]);
  });
});
