import { NEVER, Observable, Subject } from 'rxjs';
import { InvalidInputError, type TaskContext, type TaskProgressInput } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

/** A running task and the context its function was given. */
function running(tasks = syncManager(), options: { group?: string; name?: string } = {}) {
  let context!: TaskContext;
  const source = new Subject<unknown>();
  const task = tasks.add((_, given: TaskContext) => {
    context = given;
    return source;
  }, options);
  return { tasks, task, context, source };
}

describe('context.signal', () => {
  it('is not aborted by a task that completes', () => {
    const { context, source } = running();
    const { signal } = context;
    source.complete();
    expect(signal.aborted).toBe(false);
  });

  it('is aborted already when it is first asked for after the cancel', () => {
    const { task, context } = running();
    const { heard } = listen(task);
    task.cancel();
    expect(context.signal.aborted).toBe(true);
    expect(context.signal.reason).toBe(heard[0]);
  });

  it('is aborted with the error when the function has failed', () => {
    const { task, context, source } = running();
    const reasons: unknown[] = [];
    context.signal.addEventListener('abort', () => reasons.push(context.signal.reason));
    const error = new Error('x');
    source.error(error);
    expect([reasons, task.status]).toEqual([[error], 'failed']);
  });

  it('has the documented members, and no others', () => {
    const tasks = syncManager();
    const members = new Set<string | symbol>();
    tasks.add((_, context) => {
      for (let each: object | null = context; each !== null && each !== Object.prototype; each = Object.getPrototypeOf(each) as object | null) {
        for (const key of Reflect.ownKeys(each)) members.add(key);
      }
    });
    members.delete('constructor');
    expect([...members].sort()).toEqual(['annotate', 'attempt', 'id', 'name', 'progress', 'run', 'signal', 'waitUntil']);
  });

  it('is one for a run, and another for the next', () => {
    const tasks = syncManager();
    const signals: AbortSignal[] = [];
    const task = tasks.task((_, context) => {
      signals.push(context.signal, context.signal);
      return NEVER;
    });
    task.subscribe().unsubscribe();
    task.subscribe();
    expect(signals[0]).toBe(signals[1]);
    expect(signals[2]).not.toBe(signals[0]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false, false]);
  });

  it('is aborted before what the function has returned is torn down', () => {
    const log: string[] = [];
    const task = syncManager().add((_, { signal }) => {
      signal.addEventListener('abort', () => log.push('aborted'));
      return new Observable(() => () => log.push('torn down'));
    });
    task.cancel();
    expect(log).toEqual(['aborted', 'torn down']);
  });
});

describe('context.id, name and attempt', () => {
  it('are those of the task', () => {
    const tasks = syncManager();
    const contexts: TaskContext[] = [];
    const note = (_: unknown, context: TaskContext): void => void contexts.push(context);
    tasks.add(note);
    tasks.add(note, { name: 'given' });
    tasks.add((_, context) => note(_, context));
    expect(contexts.map(({ id, name, attempt }) => ({ id, name, attempt }))).toEqual([
      { id: 1, name: 'note', attempt: 1 },
      { id: 2, name: 'given', attempt: 1 },
      { id: 3, name: 'task 3', attempt: 1 },
    ]);
  });

  it('count the runs since the last that completed', () => {
    const tasks = syncManager();
    const attempts: number[] = [];
    let mode: 'fail' | 'hang' | 'end' = 'fail';
    const task = tasks.task((_, { attempt }) => {
      attempts.push(attempt);
      if (mode === 'fail') throw new Error('x');
      return mode === 'hang' ? NEVER : 1;
    });
    listen(task);
    mode = 'hang';
    task.subscribe().unsubscribe();
    listen(task);
    task.cancel();
    mode = 'end';
    listen(task);
    task.invalidate();
    listen(task);
    expect(attempts).toEqual([1, 2, 3, 4, 1]);
    expect(task.state.attempt).toBe(0);
  });
});

describe('context.progress', () => {
  it.each<[TaskProgressInput, object]>([
    [0.25, { fraction: 0.25 }],
    [0, { fraction: 0 }],
    [2, { fraction: 1 }],
    [-1, { fraction: 0 }],
    [{ done: 3, total: 4 }, { fraction: 0.75, done: 3, total: 4, message: undefined }],
    [{ done: 3, total: 4, message: 'third' }, { fraction: 0.75, done: 3, total: 4, message: 'third' }],
    [{ done: 9, total: 4 }, { fraction: 1, done: 9, total: 4, message: undefined }],
    [{ done: 0, total: 0 }, { fraction: 0, done: 0, total: 0, message: undefined }],
  ])('of %o is shown as %o', (input, shown) => {
    const { tasks, task, context } = running();
    const { heard } = listen(tasks.events$);
    const { progress } = context; // needs no `this`
    progress(input);
    expect(task.state.progress).toEqual(shown);
    expect(Object.isFrozen(task.state.progress)).toBe(true);
    expect(heard).toEqual([{ type: 'progress', task, progress: shown, time: expect.any(Number) as number }]);
  });

  it.each<[unknown]>([[NaN], [Infinity], ['50%'], [null], [undefined], [{}], [{ done: 1 }], [{ done: NaN, total: 1 }], [{ done: 1, total: Infinity }]])('refuses %o', (input) => {
    const { task, context } = running();
    expect(() => { context.progress(input as number); }).toThrow(InvalidInputError);
    expect(task.state).toMatchObject({ status: 'running', progress: undefined });
  });

  it('fails the task when the function does not catch what it throws', () => {
    const task = syncManager().add((_, { progress }) => { progress(NaN); });
    expect(task.state).toMatchObject({ status: 'failed', error: { name: 'InvalidInputError' } });
  });

  it('does nothing once the run has settled', () => {
    const tasks = syncManager();
    const { heard } = listen(tasks.events$);
    const one = running(tasks);
    one.source.complete();
    one.context.progress(0.5);
    const other = running(tasks);
    other.task.cancel();
    other.context.progress(0.5);
    expect(heard.filter((event) => (event as { type: string }).type === 'progress')).toEqual([]);
    expect(tasks.state.progress).toEqual({ done: 0, cancelled: 1, total: 1, fraction: 0 });
  });

  it('adds up in the manager and the group, a settled task counting as 1', () => {
    const tasks = syncManager();
    const [a, b, other] = [running(tasks, { group: 'g' }), running(tasks, { group: 'g' }), running(tasks)];
    a.context.progress(0.5);
    b.context.progress({ done: 1, total: 4 });
    b.context.progress({ done: 2, total: 4 });
    expect(tasks.group('g').state.progress).toEqual({ done: 0, cancelled: 0, total: 2, fraction: 0.5 });
    expect(tasks.state.progress).toEqual({ done: 0, cancelled: 0, total: 3, fraction: 1 / 3 });
    a.source.complete();
    b.source.error(new Error('x'));
    expect(tasks.state.progress).toEqual({ done: 2, cancelled: 0, total: 3, fraction: 2 / 3 });
    other.task.cancel();
    expect(tasks.state.progress).toEqual({ done: 2, cancelled: 1, total: 3, fraction: 2 / 3 });
  });

  it('begins anew with each run', () => {
    const { task, context, tasks } = running();
    context.progress(0.5);
    task.cancel();
    task.start();
    expect(task.state.progress).toBeUndefined();
    expect(tasks.state.progress).toEqual({ done: 0, cancelled: 0, total: 1, fraction: 0 });
  });
});

describe('task.state$', () => {
  it('shows each status as it comes, with times of the host, and never ends', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager({ concurrency: 1 });
    tasks.add(() => cold('                   --|'));
    const task = tasks.task((_, { progress }) => {
      progress(0.5);
      return cold('                            ---a|');
    }, { name: 'work' });
    when('                                  -s', () => task.subscribe());
    const idle = { status: 'idle', attempt: 0, priority: 0, progress: undefined, queuedAt: undefined, startedAt: undefined, settledAt: undefined, error: undefined };
    const q = { ...idle, status: 'queued', queuedAt: 1 };
    const r = { ...q, status: 'running', attempt: 1, startedAt: 2 };
    const p = { ...r, progress: { fraction: 0.5 } };
    const c = { ...r, status: 'completed', attempt: 0, settledAt: 6 };
    expectObservable(task.state$, '         ^------').toBe('iq(rp)c', { i: idle, q, r, p, c });
    expectObservable(task.state$, '         ---^---').toBe('---p--c', { p, c });
  }));

  it('shows failure, and what follows', () => {
    const tasks = syncManager();
    const source = new Subject<never>();
    const task = tasks.task((_, { attempt }) => (attempt === 1 ? source : NEVER));
    const seen: unknown[] = [];
    task.state$.subscribe(({ status, error, attempt }) => seen.push([status, error, attempt]));
    listen(task);
    source.error('broken');
    const { subscription } = listen(task);
    subscription.unsubscribe();
    expect(seen.at(-1)).toEqual(['cancelled', expect.objectContaining({ name: 'AbortError' }), 2]);
    expect(seen).toContainEqual(['failed', 'broken', 1]);
    expect(seen).toContainEqual(['running', undefined, 2]);
  });

  it('shows a priority as it changes, and nothing that has not changed', () => {
    const task = syncManager().task(() => 1);
    const priorities: number[] = [];
    const subscription = task.state$.subscribe(({ priority }) => priorities.push(priority));
    task.setPriority(2).setPriority(2).setPriority(3);
    subscription.unsubscribe();
    task.setPriority(4);
    expect(priorities).toEqual([0, 2, 3]);
  });

  it('can be watched by several, one of whom leaves', () => {
    const { task, source } = running();
    const [staying, leaving] = [listen(task.state$), listen(task.state$)];
    leaving.subscription.unsubscribe();
    source.complete();
    expect(staying.heard.at(-1)).toMatchObject({ status: 'completed' });
    expect(leaving.heard).toHaveLength(1);
  });

  it('tells those who watch in the order in which they came, and no one who has left, though it be meanwhile', () => {
    const { task, source } = running();
    const log: string[] = [];
    const watch = (name: string, act?: () => void) => task.state$.subscribe(({ status }) => {
      log.push(`${name} ${status}`);
      if (status === 'completed') act?.();
    });
    const [first] = [watch('first', () => { first.unsubscribe(); third.unsubscribe(); watch('late'); }), watch('second')];
    const third = watch('third');
    watch('fourth');
    log.length = 0;
    source.complete();
    expect(log).toEqual(['first completed', 'late completed', 'second completed', 'fourth completed']);
    task.invalidate();
    expect(log.slice(4)).toEqual(['second idle', 'fourth idle', 'late idle']);
  });

  it('misses nothing that its first picture leads to', () => {
    const task = syncManager().task(() => NEVER);
    const seen: string[] = [];
    task.state$.subscribe(({ status }) => {
      seen.push(status);
      if (status === 'idle') task.start();
    });
    expect(seen.at(-1)).toBe('running');
  });

  it('is frozen, and says nothing of a run that is over', () => {
    const { task, context, source } = running();
    context.progress(0.5);
    expect(Object.isFrozen(task.state)).toBe(true);
    source.complete();
    expect(task.state).toMatchObject({ progress: undefined, error: undefined });
  });
});
