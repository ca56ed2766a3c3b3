import { isObservable, Observable, type Subscription } from 'rxjs';

import { BufferOverflowError } from '../errors/buffer-overflow-error.ts';
import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import { Relay } from '../scheduler/relay.ts';
import { check, checkChoice, checkOptions, isObject } from '../scheduler/validate.ts';
import { TASK_OPTIONS } from '../task/task-definition.ts';
import type { ResultOf, TaskContext } from '../task/task-function.ts';
import type { CommonTaskOptions } from '../task/task-options.ts';
import type { Task } from '../task/task.ts';
import type { TaskManager } from './task-manager.ts';

/** Options of {@link mapTasks}: those of any task, which hold for the task of each item, and these. */
export interface MapTasksOptions extends Omit<CommonTaskOptions, 'join' | 'flatten' | 'onConflict' | 'freeze'> {
  /**
   * How many items have been taken from the source and not yet been done with, at most: a positive integer. Default:
   * as many as the limits of the manager and the group let run, and four more; 64 where they let any number run.
   */
  readonly ahead?: number | undefined;
  /** Whether results come in the order of the items. Default false: as they are made. */
  readonly ordered?: boolean | undefined;
  /**
   * What becomes of an item of an Observable that comes while there are `ahead` items, as an Observable cannot be
   * asked to wait. `'error'` (default): the result fails with a `BufferOverflowError`. `'drop'`: the item is left
   * out. `'wait'`: it is held, without a bound, until there is room.
   */
  readonly onOverflow?: 'error' | 'drop' | 'wait' | undefined;
}

type Source<T> = Iterable<T> | AsyncIterable<T> | Observable<T>;

/**
 * Runs a task for each item of a source, and emits the results: RxJS's `mergeMap` with the priorities, groups and
 * policies of tasks, and with back pressure.
 *
 * **Subscribing** begins to take items: from an iterable or async iterable only as tasks are done with the ones
 * before, so that a generator of 1,000,000 items never has more than `ahead` of them in memory. **Unsubscribing**
 * withdraws the tasks, unsubscribes from an Observable and asks an iterator to return. **Errors** of the source and
 * of the first task that fails are passed on, after which the other tasks are withdrawn. **Empty:** a source without
 * items completes without a value.
 *
 * @param source - an iterable, async iterable or Observable; each subscription takes it anew
 * @param fn - called with an item and the context of its task
 * @throws InvalidInputError for a source or options that cannot be used
 *
 * @example
 * ```ts
 * import { mapTasks, TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ groups: { pages: { concurrency: 4 } } });
 * function* urls() {
 *   for (let page = 1; page <= 1_000_000; page++) yield `/pages/${page}`;
 * }
 * mapTasks(tasks, urls(), (url, { signal }) => fetch(url, { signal }), { group: 'pages' })
 *   .subscribe((response) => { console.log(response.status); });
 * ```
 */
export function mapTasks<T, R>(tasks: TaskManager, source: Source<T>, fn: (item: T, context: TaskContext) => R, options: MapTasksOptions = {}): Observable<ResultOf<R>> {
  const where = 'mapTasks()';
  check(isSource(source), where, 'source', 'an iterable, an async iterable or an Observable', source, 'Give the generator itself: urls(), not urls.');
  check(typeof fn === 'function', where, 'fn', 'a function', fn, 'It is called with each item.');
  checkOptions(where, options, [...TASK_OPTIONS, 'ahead', 'ordered', 'onOverflow']);
  const { ahead = defaultAhead(tasks, options.group), ordered = false, onOverflow = 'error', ...others } = options;
  check(Number.isSafeInteger(ahead) && ahead > 0, where, 'ahead', 'a positive integer', ahead);
  checkChoice(where, 'ordered', ordered, [true, false]);
  checkChoice(where, 'onOverflow', onOverflow, ['error', 'drop', 'wait']);
  tasks.task(fn as () => R, others); // to refuse options at the call

  return new Observable<ResultOf<R>>((subscriber) => {
    const running = new Set<Subscription>();
    /** With `ordered`, the items that are not done with, the first first. */
    const line: Item<ResultOf<R>>[] = [];
    let taken = 0;
    let over = false;

    const finish = (): void => {
      taken--;
      if (taken === 0 && over && supply.empty) subscriber.complete();
      else supply.pull();
    };
    /** Emits what may be emitted in order: all of the first, and of those after it that are done. */
    const advance = (): void => {
      for (let first = line[0]; first && !subscriber.closed; first = line[0]) {
        for (const value of first.values.splice(0)) subscriber.next(value);
        if (!first.done) return;
        line.shift();
        finish();
      }
    };
    const run = (input: T): void => {
      taken++;
      const item: Item<ResultOf<R>> = { values: [], done: false };
      if (ordered) line.push(item);
      let task: Task<ResultOf<R>>;
      try {
        task = tasks.task((_kwargs: object, context: TaskContext) => fn(input, context), others);
      } catch (error) {
        subscriber.error(error); // the manager has been closed, or its limits lowered
        return;
      }
      const subscription = task.subscribe({
        next: (value) => {
          if (!ordered) {
            subscriber.next(value);
            return;
          }
          item.values.push(value);
          advance();
        },
        error: (error: unknown) => { subscriber.error(error); },
        complete: () => {
          item.done = true;
          if (ordered) advance();
          else finish();
        },
      });
      if (subscription.closed) return;
      running.add(subscription);
      subscription.add(() => { running.delete(subscription); });
    };
    const target: Target<T> = {
      run,
      get room() { return !subscriber.closed && taken < ahead; },
      end() {
        over = true;
        if (taken === 0 && supply.empty) subscriber.complete();
      },
      fail(error) { subscriber.error(error); },
    };
    const supply = isObservable(source) ? fromObservable(source, target, ahead, onOverflow) : fromIterator(source, target);
    subscriber.add(() => {
      supply.stop();
      for (const subscription of [...running]) subscription.unsubscribe();
    });
    supply.pull();
  });
}

interface Item<R> {
  readonly values: R[];
  done: boolean;
}

/** Where items go. */
interface Target<T> {
  readonly room: boolean;
  run(item: T): void;
  /** There are no more items. */
  end(): void;
  fail(error: unknown): void;
}

/** Where items come from. */
interface Supply {
  /** Whether it holds no items. */
  readonly empty: boolean;
  /** Hands items on, as long as there is room. */
  pull(): void;
  stop(): void;
}

function fromObservable<T>(source: Observable<T>, target: Target<T>, ahead: number, onOverflow: 'error' | 'drop' | 'wait'): Supply {
  const held: T[] = [];
  // There before it is subscribed with: a source that emits at once can be left in the middle of that.
  const relay = new Relay<T>({
    next: (item: T) => {
      if (target.room && held.length === 0) target.run(item);
      else if (onOverflow === 'wait') held.push(item);
      else if (onOverflow === 'error') target.fail(new BufferOverflowError(ahead));
    },
    error: (error: unknown) => { target.fail(error); },
    complete: () => { target.end(); },
  });
  let subscribed = false;
  return {
    get empty() { return held.length === 0; },
    pull() {
      while (target.room && held.length > 0) target.run(held.shift() as T);
      if (subscribed) return;
      subscribed = true;
      source.subscribe(relay);
    },
    stop() { relay.unsubscribe(); },
  };
}

function fromIterator<T>(source: Iterable<T> | AsyncIterable<T>, target: Target<T>): Supply {
  let iterator: Iterator<T> | AsyncIterator<T> | undefined;
  let pulling = false;
  let over = false;
  const end = (): void => {
    over = true;
    target.end();
  };
  const fail = (error: unknown): void => {
    over = true;
    target.fail(error);
  };
  const take = (step: IteratorResult<T>): void => {
    if (step.done === true) end();
    else target.run(step.value);
  };
  const supply: Supply = {
    empty: true,
    pull() {
      if (pulling) return; // in the middle of it, or an item is on its way
      pulling = true;
      try {
        iterator ??= iteratorOf(source);
        while (!over && target.room) {
          const step = iterator.next();
          if (step instanceof Promise) {
            step.then((arrived) => {
              pulling = false;
              if (over) return;
              take(arrived);
              supply.pull();
            }, fail);
            return; // not to pull before it has come
          }
          take(step);
        }
      } catch (error) {
        fail(error);
      }
      pulling = false;
    },
    stop() {
      if (over) return;
      over = true;
      try {
        const returned: unknown = iterator?.return?.();
        if (returned instanceof Promise) returned.catch(reportUnhandledError);
      } catch (error) {
        reportUnhandledError(error);
      }
    },
  };
  return supply;
}

function iteratorOf<T>(source: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

function isSource(source: unknown): boolean {
  return isObservable(source) || (isObject(source) || Array.isArray(source)) && (Symbol.asyncIterator in source || Symbol.iterator in source);
}

function defaultAhead(tasks: TaskManager, group: string | undefined): number {
  let most = tasks.concurrency;
  if (typeof group === 'string' && group !== '') most = Math.min(most, tasks.group(group).concurrency);
  return most === Infinity ? 64 : most + 4;
}
