import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { createEnvironmentInjector, EnvironmentInjector, Injector, PLATFORM_ID } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { of } from 'rxjs';
import { injectTask, injectTaskGroup, injectTaskManager, injectTaskRunner, provideTasks, provideTaskScope, taskInterceptor, withHttpQueue, withNetworkPause, withTask } from 'sluice/angular';
import { afterEach, describe, expect, it } from 'vitest';

import { turns } from './support/turns.ts';

const global = globalThis as { ngDevMode?: unknown };
const { ngDevMode } = global;
afterEach(() => { global.ngDevMode = ngDevMode; });

describe('a production build', () => {
  it('does not check options at the call: what is wrong shows when it is used', () => {
    TestBed.configureTestingModule({ providers: [provideTasks()] });
    const tasks = TestBed.runInInjectionContext(() => injectTaskManager());
    const build = (): unknown => TestBed.runInInjectionContext(() => injectTask({ run: () => 1, prioritty: 1 } as never));
    global.ngDevMode = false;
    let task: ReturnType<typeof injectTask> | undefined;
    expect(() => {
      withHttpQueue({ strategi: 1 } as never);
      withNetworkPause({ groups: 1 as never });
      withTask({ prio: 1 } as never);
      provideTasks({ concurency: 1 } as never, {});
      provideTaskScope({ concurency: 1 } as never);
      task = build() as typeof task;
    }).not.toThrow();
    global.ngDevMode = ngDevMode;
    expect(tasks.state.status).toBe('idle');
    TestBed.tick();
    expect(task!.error()?.message).toMatch(/the option "prioritty"/);
  });

  it('runs tasks, and starts none that come too late or have no manager', async () => {
    TestBed.configureTestingModule({ providers: [provideTasks({ timeSlice: Infinity, groups: { pictures: { server: 'skip' } } }), provideHttpClient(withInterceptors([taskInterceptor])), { provide: PLATFORM_ID, useValue: 'server' }] });
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const http = TestBed.inject(HttpClient);
    global.ngDevMode = false;
    const task = injectTask({ injector, upstream: { signal: of('hidden') }, run: ({ signal }) => signal.aborted });
    const runner = injectTaskRunner({ injector, run: () => 1 });
    expect([injectTaskManager({ injector }).group('pictures').paused, injectTaskGroup('pictures', { injector }).isPaused()]).toEqual([true, true]);
    TestBed.tick();
    await turns();
    expect(task.value()).toBe(false);
    injector.destroy();
    expect(() => runner.run(undefined)).toThrow(/NG0205/);
    expect(runner.handles()).toEqual([]);
    expect(() => injectTask({ injector: Injector.NULL, run: () => 1 })).toThrow(/NG0201/);
    const errors: unknown[] = [];
    http.get('/a', { context: withTask({ group: 'pictures' }) }).subscribe({ error: (error: unknown) => { errors.push(error); } });
    expect(errors).toMatchObject([{ code: 'TASK_CANCELLED' }]);
  });
});
