import { Component, inject, Injector, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, Observable, of, Subject } from 'rxjs';
import { type AngularTaskOptions, injectTaskManager, injectTaskRunner, type InjectTaskRunnerOptions, provideTasks, type TaskRunner } from 'sluice/angular';
import { describe, expect, it } from 'vitest';

import { turns } from './support/turns.ts';

function setUp(options: AngularTaskOptions = {}): void {
  TestBed.configureTestingModule({ providers: [provideTasks({ timeSlice: Infinity, ...options })] });
}

function make<T>(factory: () => T): T {
  return TestBed.runInInjectionContext(factory);
}

describe('a task runner', () => {
  it('queues a task for each call, and shows each of them', async () => {
    setUp({ groups: { uploads: { concurrency: 1 } } });
    const answers: Subject<string>[] = [];
    const uploads = make(() => injectTaskRunner({
      group: 'uploads',
      run: (_: string, { progress }) => {
        progress(0.5);
        answers.push(new Subject());
        return answers.at(-1)!;
      },
    }));
    expect([uploads.handles(), uploads.isRunning()]).toEqual([[], false]);
    const first = uploads.run('a.png');
    const second = uploads.run('b.png');
    expect([first.input, first.phase(), second.position()]).toEqual(['a.png', 'queued', 2]);
    await turns();
    expect([first.phase(), first.progress()?.fraction, first.value(), first.error()]).toEqual(['running', 0.5, undefined, undefined]);
    expect([second.phase(), uploads.isRunning(), uploads.handles().map(({ input }) => input)]).toEqual(['queued', true, ['a.png', 'b.png']]);
    answers[0]!.next('stored');
    answers[0]!.complete();
    await turns();
    expect([first.phase(), first.value(), second.phase()]).toEqual(['completed', 'stored', 'running']);
    answers[1]!.error(new Error('full'));
    await turns();
    expect([second.phase(), second.error(), uploads.isRunning()]).toEqual(['failed', new Error('full'), false]);
  });

  it('retries what has failed or was cancelled, and nothing else', async () => {
    setUp();
    const attempts: number[] = [];
    const runner = make(() => injectTaskRunner({
      run: (input: number, { attempt }) => {
        attempts.push(attempt);
        return attempt === 1 ? NEVER : attempt === 2 ? new Observable<never>((subscriber) => { subscriber.error(new Error('no')); }) : of(input);
      },
    }));
    const handle = runner.run(5);
    await turns();
    expect(handle.retry()).toBe(false);
    handle.cancel();
    expect([handle.phase(), handle.error()]).toEqual(['cancelled', undefined]);
    expect(handle.retry()).toBe(true);
    await turns();
    expect(handle.phase()).toBe('failed');
    expect(handle.retry()).toBe(true);
    expect([handle.phase(), handle.error()]).toEqual(['queued', undefined]);
    await turns();
    expect([handle.phase(), handle.value(), attempts, handle.retry()]).toEqual(['completed', 5, [1, 2, 3], false]);
  });

  it('cancels all that are under way, and removes what has settled, or one', async () => {
    setUp({ concurrency: 2 });
    const torn: string[] = [];
    const runner = make(() => injectTaskRunner({ run: (input: string) => (input === 'done' ? of(1) : new Observable<never>(() => () => { torn.push(input); })) }));
    const [done, b, c] = ['done', 'b', 'c', 'd'].map((input) => runner.run(input));
    await turns();
    expect([done!.phase(), b!.phase(), c!.phase()]).toEqual(['completed', 'running', 'running']);
    runner.remove(b);
    expect([torn, runner.handles().map(({ input }) => input)]).toEqual([['b'], ['done', 'c', 'd']]);
    await turns();
    runner.cancel();
    expect([torn, runner.handles().map(({ phase }) => phase())]).toEqual([['b', 'c', 'd'], ['completed', 'cancelled', 'cancelled']]);
    runner.remove();
    expect(runner.handles()).toEqual([]);
  });

  it('lets a generator clean up when it is cancelled', async () => {
    setUp();
    const log: string[] = [];
    const runner = make(() => injectTaskRunner({
      run: async function* () {
        try {
          yield 1;
          await new Promise(() => {});
          yield 2;
        } finally {
          log.push('cleaned up');
        }
      },
    }));
    const ends = make(() => injectTaskRunner({ run: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) }) }));
    const handle = runner.run(undefined);
    const other = ends.run(undefined);
    await turns();
    other.cancel();
    handle.cancel();
    await turns();
    // A generator that waits ends when it goes on: that is up to it.
    expect([handle.phase(), handle.value(), other.phase(), log]).toEqual(['cancelled', 1, 'cancelled', []]);
  });

  it('goes by priority, which may be a function, or be set by hand', async () => {
    setUp({ concurrency: 1 });
    const order: number[] = [];
    const urgent = signal(0);
    const gate = new Subject<void>();
    make(() => injectTaskRunner({ priority: 100, run: () => gate })).run(undefined);
    const runners = [1, 2, 3].map((id) => make(() => injectTaskRunner({ priority: () => (urgent() === id ? 10 : 0), run: (n: number) => { order.push(n); } })));
    const handles = runners.map((runner, i) => runner.run(i + 1));
    await turns();
    urgent.set(3);
    handles[1]!.setPriority(20);
    gate.complete();
    await turns();
    expect(order).toEqual([2, 3, 1]);
  });

  describe.each(['cancel', 'detach'] as const)('of a component that is destroyed, with %s', (onDestroy) => {
    it(`lets its tasks ${onDestroy === 'cancel' ? 'end' : 'go on'}, and starts nothing more`, async () => {
      const ended: number[] = [];
      const started: number[] = [];
      @Component({ selector: 'app-form', template: '' })
      class Form {
        readonly injector = inject(Injector);
        readonly options: InjectTaskRunnerOptions<number, Observable<never>> = {
          onDestroy,
          run: (input) => {
            started.push(input);
            return new Observable<never>(() => () => { ended.push(input); });
          },
        };
        readonly runner: TaskRunner<number, never> = injectTaskRunner(this.options);
      }
      setUp({ concurrency: 1 });
      const fixture = TestBed.createComponent(Form);
      const { runner, injector, options } = fixture.componentInstance;
      runner.run(1);
      runner.run(2);
      await turns();
      fixture.destroy();
      await turns();
      const { running, queued } = make(injectTaskManager).state.counts;
      expect([started, ended, running, queued]).toEqual(onDestroy === 'cancel' ? [[1], [1], 0, 0] : [[1], [], 1, 1]);
      expect(() => runner.run(3)).toThrow(/run\(\) must be called before its component or service is destroyed/);
      expect(() => injectTaskRunner({ ...options, injector }).run(4)).toThrow(/destroyed/);
      await turns();
      expect(started).toEqual([1]);
    });
  });

  it('refuses bad input at the call', () => {
    expect(() => injectTaskRunner({ run: () => 1 })).toThrow(/NG0203.*injectTaskRunner/);
    expect(() => make(() => injectTaskRunner({ run: () => 1 }))).toThrow(/injectTaskRunner\(\) finds no task manager/);
    TestBed.resetTestingModule();
    setUp();
    expect(() => make(() => injectTaskRunner({ run: () => 1, grup: 'a' } as never))).toThrow(/injectTaskRunner\(\): the option "grup" must be one of/);
  });
});
