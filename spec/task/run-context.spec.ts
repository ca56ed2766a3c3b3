import { AsyncLocalStorage } from 'node:async_hooks';

import { Observable, of, Subject } from 'rxjs';
import { InvalidInputError, type Task, type TaskEvent, taskFacts, TaskManager, withRetry } from 'sluice';
import { describe, expect, it } from 'vitest';

import { collectUnhandledErrors, reported } from '../support/collect-unhandled.ts';
import { synchronous } from '../support/synchronous.ts';

const unhandled = collectUnhandledErrors();

describe('what use() captures', () => {
  it('is captured in the call that asks for a task, and for its upstream, once each', () => {
    const tasks = new TaskManager(synchronous);
    const captured: string[] = [];
    tasks.use((task) => { captured.push(task.name); return undefined; });
    const first = tasks.task(() => ({ a: 1 }), { name: 'first' });
    const second = tasks.task(() => 2, { name: 'second', upstream: [first] });
    expect(captured).toEqual([]);
    second.subscribe();
    second.subscribe();
    expect(captured).toEqual(['first', 'second']);
  });

  it('is around each attempt until the task settles, the first capture outermost', () => {
    const tasks = new TaskManager(synchronous);
    const log: string[] = [];
    for (const name of ['outer', 'inner']) {
      tasks.use(() => ({
        run: (call, { attempt }) => {
          log.push(`${name} ${attempt}`);
          call();
          log.push(`end ${name}`);
        },
      }));
    }
    const task = tasks.add((_: object, { attempt }) => {
      log.push('call');
      if (attempt === 1) throw new Error('again');
    }, { policies: [withRetry({ count: 1, delay: () => of(0) })] });
    expect(task.status).toBe('completed');
    const once = (attempt: number) => [`outer ${attempt}`, `inner ${attempt}`, 'call', 'end inner', 'end outer'];
    expect(log.filter((entry) => entry === 'call')).toHaveLength(2);
    expect(log.slice(0, 3)).toEqual(once(1).slice(0, 3));
    expect(log.filter((entry) => entry.startsWith('outer') || entry.startsWith('inner'))).toEqual(['outer 1', 'inner 1', 'outer 2', 'inner 2']);
  });

  it('is around the subscription to an Observable that the function returns', () => {
    const tasks = new TaskManager(synchronous);
    let within = false;
    tasks.use(() => ({
      run: (call) => {
        within = true;
        call();
        within = false;
      },
    }));
    const seen: boolean[] = [];
    tasks.add(() => new Observable<number>(() => { seen.push(within); }));
    expect(seen).toEqual([true]);
  });

  it('is handed the task whose function asks for one', () => {
    const tasks = new TaskManager(synchronous);
    const by: unknown[] = [];
    tasks.use((task, parent) => { by.push([task.name, parent?.name]); return undefined; });
    const heard: unknown[] = [];
    tasks.events$.subscribe((event) => { if (event.type === 'queued') heard.push([event.task.name, event.by?.name]); });
    tasks.add((_: object, { run }) => run(() => 1, { name: 'child' }), { name: 'parent' });
    expect(by).toEqual([['parent', undefined], ['child', 'parent']]);
    expect(heard).toEqual(by);
  });

  it.each<[string, () => { run(call: () => void): void }]>([
    ['a capture that throws', () => { throw new Error('capture'); }],
    ['a context that throws before it calls', () => ({ run: () => { throw new Error('context'); } })],
    ['a context that throws after it has called', () => ({ run: (call) => { call(); throw new Error('after'); } })],
  ])('is reported, and the function called once all the same: %s', async (_, capture) => {
    const tasks = new TaskManager(synchronous);
    tasks.use(capture);
    let calls = 0;
    expect(tasks.add(() => ++calls).status).toBe('completed');
    expect(calls).toBe(1);
    await reported();
    expect(unhandled).toHaveLength(1);
  });

  it('calls the function once, though a context never calls or calls twice, and fails as it does', () => {
    const tasks = new TaskManager(synchronous);
    for (const run of [() => undefined, (call: () => void) => { call(); call(); }]) {
      const stop = tasks.use(() => ({ run }));
      let calls = 0;
      const task = tasks.add(() => { calls++; throw new Error('own'); });
      expect([calls, task.status, (task.state.error as Error).message]).toEqual([1, 'failed', 'own']);
      stop();
    }
  });

  it('is nothing more once it has been stopped', () => {
    const tasks = new TaskManager(synchronous);
    let count = 0;
    const stop = tasks.use(() => { count++; return undefined; });
    tasks.add(() => 1);
    stop();
    stop();
    tasks.add(() => 2);
    expect(count).toBe(1);
  });

  it('may end the very task, of which listeners hear in order', () => {
    const tasks = new TaskManager(synchronous);
    tasks.use((task) => { task.cancel(); return undefined; });
    const heard: string[] = [];
    tasks.events$.subscribe(({ type }) => { heard.push(type); });
    tasks.add(() => 1);
    expect(heard).toEqual(['queued', 'cancelled']);
    const upstream = tasks.task(() => 1);
    const task = tasks.add(() => 2, { upstream: [upstream] });
    expect(heard.slice(2)).toEqual(['queued', 'cancelled', 'queued', 'cancelled']);
    expect([upstream.status, task.status]).toEqual(['cancelled', 'cancelled']);
  });

  it('has to be a function', () => {
    expect(() => new TaskManager().use(7 as never)).toThrow(InvalidInputError);
  });
});

describe('the events of a run', () => {
  const types = (tasks: TaskManager, task: () => Task<unknown>): string[] => {
    const heard: string[] = [];
    tasks.events$.subscribe((event: TaskEvent) => {
      if ('task' in event && event.task === task()) heard.push(event.type === 'yielded' ? `yielded ${event.cause}` : event.type);
    });
    return heard;
  };

  it('are ready once upstream is done', () => {
    const tasks = new TaskManager(synchronous);
    const upstream = new Subject<number>();
    const task: Task<unknown> = tasks.task(() => 1, { upstream: { upstream } });
    const heard = types(tasks, () => task);
    task.start();
    expect(heard).toEqual(['queued']);
    upstream.complete();
    expect(heard).toEqual(['queued', 'ready', 'started', 'completed']);
  });

  it('are yielded and resumed around tasks that its function waits for', async () => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 1 });
    let parent: Task<unknown> | undefined = undefined;
    const children: unknown[] = [];
    tasks.events$.subscribe((event) => { if (event.type === 'yielded') children.push(event.children.map(({ name }) => name)); });
    parent = tasks.task(async (_: object, { run }) => run(() => 1, { name: 'child' }));
    const heard = types(tasks, () => parent);
    parent.start();
    await tasks.onIdle();
    expect(heard).toEqual(['queued', 'started', 'yielded children', 'resumed', 'completed']);
    expect(children).toEqual([['child']]);
  });

  it('are yielded when a combination replaces the run of a live task, and when its run is over', () => {
    const tasks = new TaskManager(synchronous);
    const source = new Subject<number>();
    const answer = new Subject<number>();
    const task: Task<unknown> = tasks.task(() => answer, { upstream: { source }, join: 'combineLatest' });
    const heard = types(tasks, () => task);
    task.start();
    source.next(1);
    source.next(2);
    answer.complete();
    expect(heard).toEqual(['queued', 'ready', 'started', 'yielded replaced', 'ready', 'started', 'yielded next']);
  });

  it('carry what its function annotates, while it runs', () => {
    const tasks = new TaskManager(synchronous);
    const heard: unknown[] = [];
    tasks.events$.subscribe((event) => { if (event.type === 'annotated') heard.push(event.attributes); });
    let late: (() => void) | undefined;
    tasks.add((_: object, { annotate }) => {
      annotate({ url: '/a', bytes: 7, cached: false });
      late = () => { annotate({ late: true }); };
    });
    late?.();
    expect(heard).toEqual([{ url: '/a', bytes: 7, cached: false }]);
  });

  it.each([undefined, 7, { a: {} }, { a: undefined }])('refuse to annotate %j', (attributes) => {
    const tasks = new TaskManager(synchronous);
    const task = tasks.add((_: object, { annotate }) => { annotate(attributes as never); });
    expect(task.state.error).toBeInstanceOf(InvalidInputError);
  });
});

describe('what is known of tasks', () => {
  it('is their upstream and slots', () => {
    const tasks = new TaskManager({ concurrency: 4 });
    const user = tasks.task(() => 1, { name: 'user' });
    const { upstream, slots } = taskFacts(tasks.task(() => 2, { upstream: { user, other: of(1) }, slots: 2 }));
    expect(upstream).toEqual([{ key: 'user', name: 'user', task: user }, { key: 'other', name: 'other', task: undefined }]);
    expect(upstream[0]?.task).toBe(user);
    expect(slots).toBe(2);
    expect(taskFacts(user)).toEqual({ upstream: [], slots: 1 });
    expect(() => taskFacts(of(1) as never)).toThrow(InvalidInputError);
  });

  it('is which have not settled, in the order in which they were made', () => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 1 });
    const [a, b, c] = ['a', 'b', undefined].map((group) => tasks.task(() => new Subject(), { group }));
    c!.start();
    b!.start();
    expect(tasks.unsettled()).toEqual([b, c]);
    a!.start();
    expect(tasks.unsettled()).toEqual([a, b, c]);
    expect(tasks.unsettled('b')).toEqual([b]);
    c!.cancel();
    expect(tasks.unsettled()).toEqual([a, b]);
    expect(() => tasks.unsettled('')).toThrow(InvalidInputError);
  });
});

describe('AsyncLocalStorage', () => {
  it('is that of whoever woke the queue, where nothing is captured', async () => {
    // What sluice/node mends; if this fails the core has learned it by itself.
    const tasks = new TaskManager({ concurrency: 1 });
    const storage = new AsyncLocalStorage<number>();
    const seen: (number | undefined)[] = [];
    for (const n of [0, 1]) storage.run(n, () => { tasks.add(async () => { seen.push(storage.getStore()); }); });
    await tasks.onIdle();
    expect(seen).toEqual([0, 0]);
  });
});
