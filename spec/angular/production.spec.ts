import { TestBed } from '@angular/core/testing';
import { injectTask, injectTaskManager, provideTasks, withHttpQueue, withNetworkPause, withTask } from 'sluice/angular';
import { afterEach, describe, expect, it } from 'vitest';

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
      provideTasks({ concurency: 1 } as never, {} as never);
      task = build() as typeof task;
    }).not.toThrow();
    global.ngDevMode = ngDevMode;
    expect(tasks.state.status).toBe('idle');
    TestBed.tick();
    expect(task!.error()?.message).toMatch(/the option "prioritty"/);
  });
});
