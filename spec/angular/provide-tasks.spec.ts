import { createEnvironmentInjector, DOCUMENT, EnvironmentInjector, PLATFORM_ID, TransferState, makeStateKey } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, of } from 'rxjs';
import { InvalidInputError, type TaskManager } from 'sluice';
import { type AngularTaskOptions, injectTask, injectTaskGroup, injectTaskManager, provideTasks, provideTaskScope, TASK_BACKEND, type TaskBackendRun, type TasksFeature, withNetworkPause } from 'sluice/angular';
import { describe, expect, it } from 'vitest';

import { turns } from './support/turns.ts';

function setUp(options: AngularTaskOptions = {}, ...features: TasksFeature[]): TaskManager {
  TestBed.configureTestingModule({ providers: [provideTasks({ timeSlice: Infinity, ...options }, ...features)] });
  return TestBed.runInInjectionContext(() => injectTaskManager());
}

describe('provideTasks', () => {
  it('gives a manager with the options, made once, closed with the application', () => {
    const tasks = setUp({ concurrency: 3, groups: { api: { concurrency: 2, stability: 'background' } } });
    expect(TestBed.runInInjectionContext(() => injectTaskManager())).toBe(tasks);
    expect([tasks.concurrency, tasks.group('api').concurrency]).toEqual([3, 2]);
    TestBed.resetTestingModule();
    expect(tasks.state.status).toBe('closed');
  });

  it('shares nothing between applications that are provided with the same', async () => {
    const shared = provideTasks({ concurrency: 1 });
    const parent = TestBed.inject(EnvironmentInjector);
    const [one, two] = [createEnvironmentInjector([shared], parent), createEnvironmentInjector([shared], parent)];
    const tasks = [one, two].map((injector) => injectTaskManager({ injector }));
    expect(tasks[0]).not.toBe(tasks[1]);
    tasks[0]!.add(() => NEVER);
    tasks[1]!.add(() => NEVER);
    await turns();
    expect(tasks.map(({ state }) => state.counts.running)).toEqual([1, 1]);
    one.destroy();
    await turns();
    expect(tasks.map(({ state }) => state.counts.running)).toEqual([0, 1]);
    two.destroy();
  });

  it.each<[string, () => unknown, RegExp]>([
    ['concurrency', () => provideTasks({ concurrency: 0 }), /concurrency must be a positive integer/],
    ['an unknown option', () => provideTasks({ concurency: 1 } as never), /the option "concurency" must be one of/],
    ['an unknown option of a group', () => provideTasks({ groups: { a: { limit: 1 } as never } }), /groups.a: the option "limit"/],
    ['server', () => provideTasks({ groups: { a: { server: 'no' as never } } }), /provideTasks\(\): groups.a.server must be 'run' or 'skip', but is "no"/],
    ['stability', () => provideTaskScope({ groups: { a: { stability: 'no' as never } } }), /provideTaskScope\(\): groups.a.stability must be 'block' or 'background'/],
    ['serverMaxWait', () => provideTasks({ serverMaxWait: 0 }), /provideTasks\(\): serverMaxWait must be a positive number of milliseconds/],
    ['host', () => provideTasks({ host: 1 } as never), /provideTasks\(\): host must be left out/],
    ['a feature', () => provideTasks({}, {}), /provideTasks\(\): a feature must be what a function such as withHttpQueue\(\) returns/],
    ['no options', () => withNetworkPause(null as never), /withNetworkPause\(\): options must be an object/],
    ['an unknown option of a feature', () => withNetworkPause({ group: 'a' } as never), /withNetworkPause\(\): the option "group" must be one of groups/],
    ['groups of a feature', () => withNetworkPause({ groups: 'a' as never }), /withNetworkPause\(\): groups must be an array of group names/],
  ])('refuses at the call: %s', (_, call, message) => {
    expect(call).toThrow(InvalidInputError);
    expect(call).toThrow(message);
  });
});

describe('withNetworkPause', () => {
  function network(): { set: (online: boolean) => void; window: Window } {
    const window = TestBed.inject(DOCUMENT).defaultView!;
    return {
      window,
      set: (online) => {
        Object.defineProperty(window.navigator, 'onLine', { value: online, configurable: true });
        window.dispatchEvent(new Event(online ? 'online' : 'offline'));
      },
    };
  }

  it('pauses groups while the browser is offline, and leaves alone what someone else has paused', () => {
    const tasks = setUp({}, withNetworkPause({ groups: ['uploads', 'sync'] }));
    const { set } = network();
    const paused = (): boolean[] => [tasks.paused, ...['uploads', 'sync', 'other'].map((name) => tasks.group(name).paused)];
    tasks.group('sync').pause();
    set(false);
    set(false);
    expect(paused()).toEqual([false, true, true, false]);
    set(true);
    expect(paused()).toEqual([false, false, true, false]);
  });

  it('pauses the whole manager where no groups are named, from the beginning, until the application ends', () => {
    const { set } = network();
    set(false);
    TestBed.resetTestingModule();
    const tasks = setUp({}, withNetworkPause());
    expect(tasks.paused).toBe(true);
    set(true);
    expect(tasks.paused).toBe(false);
    TestBed.resetTestingModule();
    set(false);
    expect([tasks.group('a').paused, tasks.state.status]).toEqual([false, 'closed']);
    set(true);
  });

  it('does nothing on a server, and in a scope without it', () => {
    TestBed.configureTestingModule({ providers: [provideTasks({}, withNetworkPause()), { provide: PLATFORM_ID, useValue: 'server' }] });
    const { set } = network();
    const tasks = TestBed.runInInjectionContext(() => injectTaskManager());
    set(false);
    expect(tasks.paused).toBe(false);
    TestBed.resetTestingModule();

    const root = setUp({}, withNetworkPause());
    const scope = injectTaskManager({ injector: createEnvironmentInjector([provideTaskScope()], TestBed.inject(EnvironmentInjector)) });
    expect([root.paused, scope.paused]).toEqual([true, false]);
    set(true);
  });
});

describe('while a page is being hydrated', () => {
  it('a task whose result is there already is shown with it in the first check, and later ones take their turn', async () => {
    TestBed.configureTestingModule({ providers: [provideTasks({ timeSlice: Infinity })] });
    TestBed.inject(TransferState).set(makeStateKey<number>('what the server has sent'), 1);
    const make = (): string => {
      const task = TestBed.runInInjectionContext(() => injectTask({ run: () => of('cached') }));
      TestBed.tick();
      return task.status();
    };
    expect(make()).toBe('resolved');
    await turns();
    expect(make()).toBe('loading');
  });
});

describe('a backend', () => {
  it('stands between tasks and their functions', async () => {
    const runs: TaskBackendRun[] = [];
    TestBed.configureTestingModule({
      providers: [provideTasks({ timeSlice: Infinity }), { provide: TASK_BACKEND, useValue: { handle: (run: TaskBackendRun) => { runs.push(run); return run.run(); } } }],
    });
    const task = TestBed.runInInjectionContext(() => injectTask({ name: 'mine', group: 'g', params: () => 7, run: ({ params }) => params * 2 }));
    TestBed.tick();
    await turns();
    expect(task.value()).toBe(14);
    expect(runs).toMatchObject([{ context: { name: 'mine' }, group: 'g', input: 7 }]);
  });
});

it('a group is that of the nearest manager', () => {
  const root = setUp();
  const injector = createEnvironmentInjector([provideTaskScope({ groups: { a: { concurrency: 7 } } })], TestBed.inject(EnvironmentInjector));
  expect(injectTaskGroup('a', { injector }).concurrency()).toBe(7);
  expect(root.group('a').concurrency).toBe(Infinity);
});
