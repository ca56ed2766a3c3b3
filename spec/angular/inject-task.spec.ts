import { ApplicationRef, ChangeDetectionStrategy, Component, createEnvironmentInjector, DestroyRef, EnvironmentInjector, inject, Injector, input, type Resource, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, Observable, of, Subject } from 'rxjs';
import { InvalidInputError, TaskCancelledError, TaskManagerClosedError, UpstreamFailedError } from 'sluice';
import { injectTask, injectTaskManager, provideTaskScope, type TaskResource } from 'sluice/angular';
import { describe, expect, it } from 'vitest';

import { frame } from './support/frame.ts';
import { make, setUp, start } from './support/set-up.ts';
import { signalInput } from './support/signal-input.ts';
import { turns } from './support/turns.ts';

async function stable(): Promise<void> {
  await TestBed.inject(ApplicationRef).whenStable();
}

describe('the resource of a task', () => {
  it('is loading while it waits and runs, and resolved when it has completed', async () => {
    setUp({ concurrency: 1 });
    const blocker = new Subject<void>();
    const answer = new Subject<number>();
    const first = make(() => injectTask({ run: () => blocker }));
    const task = make(() => injectTask({ run: () => answer }));
    const seen = (): unknown[] => [task.status(), task.phase(), task.isLoading(), task.hasValue(), task.value()];
    expect(seen()).toEqual(['loading', 'waiting', true, false, undefined]);
    await start();
    expect(first.phase()).toBe('running');
    expect(seen()).toEqual(['loading', 'queued', true, false, undefined]);
    blocker.complete();
    await turns();
    expect(seen()).toEqual(['loading', 'running', true, false, undefined]);
    answer.next(7);
    await frame();
    expect(seen()).toEqual(['loading', 'running', true, true, 7]);
    answer.complete();
    await turns();
    expect(seen()).toEqual(['resolved', 'completed', false, true, 7]);
    expect(task.snapshot()).toEqual({ status: 'resolved', value: 7 });
  });

  it('is error when it has failed: its value throws, and it has none', async () => {
    setUp();
    const task = make(() => injectTask({ run: () => { throw new RangeError('out of range'); } }));
    await start();
    expect([task.status(), task.phase(), task.hasValue(), task.isLoading()]).toEqual(['error', 'failed', false, false]);
    expect(task.error()).toEqual(new RangeError('out of range'));
    expect(() => task.value()).toThrow('out of range');
    expect(task.snapshot()).toEqual({ status: 'error', error: task.error() });
  });

  it('has an Error, whatever its function throws', async () => {
    setUp();
    const task = make(() => injectTask({ run: () => { throw 'just text'; } }));
    const like = make(() => injectTask({ run: () => { throw { name: 'HttpErrorResponse', message: '404' }; } }));
    await start();
    expect(task.error()).toEqual(new Error('just text', { cause: 'just text' }));
    expect(like.error()).toEqual({ name: 'HttpErrorResponse', message: '404' });
  });

  it('is idle when it was cancelled, and runs again when it is reloaded', async () => {
    setUp();
    const task = make(() => injectTask({ run: () => NEVER }));
    await start();
    task.cancel();
    expect([task.status(), task.phase(), task.error(), task.hasValue()]).toEqual(['idle', 'cancelled', undefined, false]);
    expect(task.reload()).toBe(true);
    await start();
    expect([task.status(), task.phase()]).toEqual(['reloading', 'running']);
  });

  it('keeps its value while it is reloaded, and starts anew with other params', async () => {
    setUp();
    const id = signal(1);
    let answer = new Subject<string>();
    const task = make(() => injectTask({ params: id, run: () => answer }));
    const answered = async (value: string): Promise<void> => {
      await start();
      answer.next(value);
      answer.complete();
      await turns();
      answer = new Subject();
    };
    await answered('a');
    expect([task.status(), task.value()]).toEqual(['resolved', 'a']);
    expect(task.reload()).toBe(true);
    expect(task.reload()).toBe(false); // it is loading already
    expect([task.status(), task.value()]).toEqual(['reloading', 'a']);
    await start();
    expect([task.status(), task.value()]).toEqual(['reloading', 'a']);
    await answered('b');
    expect([task.status(), task.value()]).toEqual(['resolved', 'b']);
    id.set(2);
    expect([task.status(), task.value()]).toEqual(['loading', undefined]);
    await answered('c');
    expect([task.status(), task.value()]).toEqual(['resolved', 'c']);
  });

  it('is idle while params are undefined, and cancelled when they become so', async () => {
    setUp();
    const id = signal<number | undefined>(undefined);
    const torn: number[] = [];
    const task = make(() => injectTask({
      params: () => id(),
      run: ({ params }) => new Observable<never>(() => () => { torn.push(params); }),
    }));
    await start();
    expect([task.status(), task.phase(), task.params(), task.reload()]).toEqual(['idle', 'idle', undefined, false]);
    id.set(3);
    await start();
    expect([task.status(), task.phase(), task.params()]).toEqual(['loading', 'running', 3]);
    id.set(undefined);
    await start();
    expect([task.status(), torn]).toEqual(['idle', [3]]);
  });

  it('is error when params throw, until they do not', async () => {
    setUp();
    const bad = signal(true);
    const task = make(() => injectTask({ params: () => { if (bad()) throw new Error('no id'); return 1; }, run: ({ params }) => params }));
    await start();
    expect([task.status(), task.error()?.message, task.reload()]).toEqual(['error', 'no id', false]);
    bad.set(false);
    await start();
    expect([task.status(), task.value()]).toEqual(['resolved', 1]);
  });

  it('has its default value in place of undefined, and tells values apart by `equal`', async () => {
    setUp();
    const task = make(() => injectTask({ defaultValue: { n: 0 }, equal: (a, b) => a.n === b.n, run: () => of({ n: 1 }, { n: 1 }) }));
    expect(task.value()).toEqual({ n: 0 });
    await start();
    const value = task.value();
    expect(value).toEqual({ n: 1 });
    task.reload();
    await start();
    expect(task.value()).toBe(value);
  });

  it('has null as a value like any other', async () => {
    setUp();
    const task = make(() => injectTask({ defaultValue: null, run: (): string | null => null }));
    const other = make(() => injectTask({ defaultValue: 'none', run: (): string | null => null }));
    await start();
    expect([task.hasValue(), other.value()]).toEqual([true, null]);
  });

  it('is a Resource, wherever one is wanted', async () => {
    setUp();
    const task = make(() => injectTask({ run: () => 1 }));
    const resource: Resource<number | undefined> = task;
    await start();
    expect(resource.hasValue() && resource.value()).toBe(1);
  });

  it('shows progress, and none when the run is over', async () => {
    setUp();
    const done = new Subject<void>();
    const task = make(() => injectTask({
      run: ({ progress }) => {
        progress({ done: 1, total: 4, message: 'parts' });
        return done;
      },
    }));
    await start();
    expect(task.progress()).toEqual({ fraction: 0.25, done: 1, total: 4, message: 'parts' });
    done.complete();
    await turns();
    expect([task.progress(), task.phase()]).toEqual([undefined, 'completed']);
  });

  it('shows its place in the queue of its group, which moves', async () => {
    setUp({ groups: { api: { concurrency: 1 }, other: { concurrency: 1 } } });
    const ends = Array.from({ length: 4 }, () => new Subject<void>());
    const tasks = ends.map((end) => make(() => injectTask({ group: 'api', run: () => end })));
    make(() => injectTask({ group: 'other', run: () => NEVER }));
    const other = make(() => injectTask({ group: 'other', run: () => NEVER }));
    const places = (): unknown[] => tasks.map(({ position }) => position());
    await start();
    expect(places()).toEqual([undefined, 1, 2, 3]);
    expect(other.position()).toBe(1);
    tasks[3]!.setPriority(5);
    await frame();
    expect(places()).toEqual([undefined, 2, 3, 1]);
    ends[0]!.complete();
    await frame();
    expect(places()).toEqual([undefined, 1, 2, undefined]);
  });
});

describe('a task of a component', () => {
  it('reads required inputs, which are not set yet when it is made', async () => {
    @Component({ selector: 'app-row', template: '{{ task.value() }}', changeDetection: ChangeDetectionStrategy.OnPush })
    class Row {
      @signalInput('id') readonly id = input.required<number>();
      readonly task = injectTask({ params: () => this.id() * 2, priority: () => this.id(), run: ({ params }) => `row ${params}` });
    }
    setUp();
    const fixture = TestBed.createComponent(Row);
    fixture.componentRef.setInput('id', 21);
    fixture.autoDetectChanges();
    await fixture.whenStable();
    expect((fixture.nativeElement as HTMLElement).textContent).toBe('row 42');
    fixture.componentRef.setInput('id', 4);
    await fixture.whenStable();
    expect((fixture.nativeElement as HTMLElement).textContent).toBe('row 8');
  });

  it.each(['queued', 'running'] as const)('is cancelled when the component is destroyed while it is %s', async (phase) => {
    const log: string[] = [];
    @Component({ selector: 'app-page', template: '' })
    class Page {
      readonly first = injectTask({ run: () => { log.push('start'); return new Observable<never>(() => () => { log.push('end'); }); } });
      readonly task = phase === 'running' ? this.first : injectTask({ run: () => { log.push('never'); } });
    }
    setUp({ concurrency: 1 });
    const fixture = TestBed.createComponent(Page);
    fixture.detectChanges();
    await turns();
    const { task } = fixture.componentInstance;
    expect(task.phase()).toBe(phase);
    fixture.destroy();
    await turns();
    expect(log).toEqual(['start', 'end']);
    expect([task.status(), task.phase(), task.reload()]).toEqual(['idle', 'idle', false]);
    expect(make(injectTaskManager).state.counts).toMatchObject({ waiting: 0, queued: 0, running: 0 });
  });

  it('is gone on with when the component is destroyed, if it is to be detached, until the manager is closed', async () => {
    const log: string[] = [];
    @Component({ selector: 'app-page', template: '' })
    class Page {
      readonly task = injectTask({ onDestroy: 'detach', run: () => new Observable<never>(() => () => { log.push('end'); }) });
      readonly queued = injectTask({ onDestroy: 'detach', name: 'queued', run: () => NEVER });
    }
    setUp({ concurrency: 1 });
    const fixture = TestBed.createComponent(Page);
    fixture.detectChanges();
    await turns();
    const manager = make(injectTaskManager);
    fixture.destroy();
    await turns();
    expect([log, manager.state.counts.running, manager.state.counts.queued]).toEqual([[], 1, 1]);
    TestBed.resetTestingModule();
    expect(log).toEqual(['end']);
    expect(manager.state.status).toBe('closed');
  });

  it('is withdrawn when other params replace it, though it is to be detached from its component', async () => {
    setUp();
    const log: string[] = [];
    const id = signal(1);
    make(() => injectTask({
      onDestroy: 'detach',
      params: id,
      run: ({ params }) => new Observable<never>(() => () => { log.push(`end of ${params}`); }),
    }));
    await start();
    id.set(2);
    await start();
    expect(log).toEqual(['end of 1']);
  });

  it('does not start when its injector is destroyed before it is first checked', async () => {
    setUp();
    const runs: string[] = [];
    const injector = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const before = injectTask({ injector, run: () => { runs.push('made before'); } });
    injector.destroy();
    await start();
    expect([runs, before.status(), before.reload()]).toEqual([[], 'idle', false]);
  });

  it('does not start when it is made after its component has been destroyed', async () => {
    @Component({ selector: 'app-page', template: '' })
    class Page {
      readonly injector = inject(Injector);
      readonly destroyRef = inject(DestroyRef);
    }
    setUp();
    const fixture = TestBed.createComponent(Page);
    const { injector } = fixture.componentInstance;
    fixture.destroy();
    const runs: string[] = [];
    const task = injectTask({ injector, run: () => { runs.push('made after'); } });
    await start();
    expect([runs, task.status(), task.reload()]).toEqual([[], 'idle', false]);
  });

  it('is destroyed by hand', async () => {
    setUp();
    const task = make(() => injectTask({ run: () => NEVER }));
    await start();
    task.destroy();
    task.destroy();
    expect([task.status(), make(injectTaskManager).state.counts.running]).toEqual(['idle', 0]);
  });

  it('calls its functions in no injection context and no reactive one', async () => {
    setUp();
    const errors: string[] = [];
    const tried = signal(0);
    let runs = 0;
    const task = make(() => injectTask({
      run: () => {
        runs++;
        tried();
        try { inject(Injector); } catch (error) { errors.push((error as Error).message.slice(0, 6)); }
      },
    }));
    await start();
    expect([task.status(), errors]).toEqual(['resolved', ['NG0203']]);
    tried.set(1);
    await start();
    expect(runs).toBe(1);
  });
});

describe('a priority that is a function', () => {
  it('is read when the queue is looked at, without an effect', async () => {
    setUp({ concurrency: 1 });
    const order: string[] = [];
    const visible = signal('a');
    const gate = new Subject<void>();
    make(() => injectTask({ priority: 100, run: () => gate }));
    for (const name of ['a', 'b', 'c']) {
      make(() => injectTask({ name, priority: () => (visible() === name ? 10 : 0), run: () => { order.push(name); } }));
    }
    await start();
    visible.set('c');
    gate.complete();
    await turns();
    expect(order).toEqual(['c', 'a', 'b']);
  });

  it('moves the places that are shown', async () => {
    setUp({ concurrency: 1 });
    const visible = signal('a');
    make(() => injectTask({ priority: 100, run: () => NEVER }));
    const [a, b] = ['a', 'b'].map((name) => make(() => injectTask({ priority: () => (visible() === name ? 1 : 0), run: () => NEVER })));
    await start();
    expect([a!.position(), b!.position()]).toEqual([1, 2]);
    visible.set('b');
    // The queue is looked at when something may start, as in a group that has a slot.
    make(injectTaskManager).concurrency = 2;
    await frame();
    expect([a!.position(), b!.phase()]).toEqual([1, 'running']);
    visible.set('a');
    make(injectTaskManager).concurrency = 1;
  });

  it('leaves the task where it is when it throws or says nothing of use', async () => {
    setUp({ concurrency: 1 });
    const order: string[] = [];
    const gate = new Subject<void>();
    const broken = signal<'no' | 'throws' | 'NaN'>('no');
    make(() => injectTask({ priority: 100, run: () => gate }));
    make(() => injectTask({ priority: () => 1, run: () => { order.push('second'); } }));
    make(() => injectTask({
      priority: () => {
        if (broken() === 'throws') throw new Error('gone');
        return broken() === 'NaN' ? NaN : 2;
      },
      run: () => { order.push('first'); },
    }));
    await start();
    broken.set('throws');
    make(injectTaskManager).add(() => 'a look at the queue');
    await turns();
    broken.set('NaN');
    gate.complete();
    await turns();
    expect(order).toEqual(['first', 'second']);
  });

  it('is read no more once a priority is set by hand', async () => {
    setUp({ concurrency: 1 });
    const order: string[] = [];
    const gate = new Subject<void>();
    make(() => injectTask({ priority: 100, run: () => gate }));
    make(() => injectTask({ priority: () => 5, run: () => { order.push('five'); } }));
    const moved = make(() => injectTask({ priority: () => 0, run: () => { order.push('moved'); } }));
    await start();
    moved.setPriority(9);
    gate.complete();
    await turns();
    expect(order).toEqual(['moved', 'five']);
  });

  it('orders what is queued in one turn, before any of it starts', async () => {
    setUp({ concurrency: 1 });
    const order: number[] = [];
    for (const priority of [1, 3, 2]) make(() => injectTask({ priority, run: () => { order.push(priority); } }));
    await start();
    expect(order).toEqual([3, 2, 1]);
  });
});

describe('a task with upstream', () => {
  it('waits for its results, which come under their keys', async () => {
    setUp();
    const id = signal(1);
    let answer = new Subject<{ team: string }>();
    const user = make(() => injectTask({ params: id, run: () => answer }));
    const team = make(() => injectTask({ upstream: { user, theme: of('dark') }, run: ({ user, theme }) => `${user.team} ${theme}` }));
    expect([team.status(), team.phase()]).toEqual(['loading', 'waiting']);
    await start();
    expect([team.status(), team.phase()]).toEqual(['loading', 'waiting']);
    answer.next({ team: 'red' });
    answer.complete();
    await turns();
    expect([team.status(), team.value()]).toEqual(['resolved', 'red dark']);

    // Another user, another team; meanwhile there is none.
    answer = new Subject();
    id.set(2);
    TestBed.tick();
    expect([team.status(), team.hasValue()]).toEqual(['loading', false]);
    await turns();
    answer.next({ team: 'blue' });
    answer.complete();
    await turns();
    expect(team.value()).toBe('blue dark');
  });

  it('merges the results of a list', async () => {
    setUp();
    const user = make(() => injectTask({ run: () => ({ name: 'Ada', id: 7 }) }));
    const theme = make(injectTaskManager).task(() => ({ dark: true }));
    const page = make(() => injectTask({ params: () => 'p', upstream: [user, theme], run: ({ params, name, id, dark }) => [params, name, id, dark] }));
    await start();
    expect(page.value()).toEqual(['p', 'Ada', 7, true]);
  });

  it('runs again when its upstream is reloaded', async () => {
    setUp();
    let n = 0;
    const user = make(() => injectTask({ run: () => ++n }));
    const team = make(() => injectTask({ upstream: { user }, run: ({ user }) => `of ${user}` }));
    await start();
    expect(team.value()).toBe('of 1');
    user.reload();
    await start();
    expect(team.value()).toBe('of 2');
  });

  it('fails with an upstream that has failed without a task, until that has one', async () => {
    setUp();
    const bad = signal(true);
    const user = make(() => injectTask({ params: () => { if (bad()) throw new Error('no id'); return 1; }, run: ({ params }) => params }));
    const team = make(() => injectTask({ upstream: { user }, run: ({ user }) => `team of ${user}` }));
    await start();
    expect([team.phase(), team.error()?.message, team.reload()]).toEqual(['failed', 'no id', false]);
    bad.set(false);
    await start();
    await turns();
    expect(team.value()).toBe('team of 1');
  });

  it('is idle while its upstream is, and cancelled with it', async () => {
    setUp();
    const id = signal<number | undefined>(undefined);
    const user = make(() => injectTask({ params: id, run: () => NEVER }));
    const team = make(() => injectTask({ upstream: { user }, run: () => 1 }));
    await start();
    expect(team.status()).toBe('idle');
    id.set(1);
    await start();
    expect([team.status(), team.phase()]).toEqual(['loading', 'waiting']);
    user.cancel();
    await turns();
    expect([team.status(), team.phase(), team.error()]).toEqual(['idle', 'cancelled', undefined]);
  });

  it('fails with it', async () => {
    setUp();
    const user = make(() => injectTask({ name: 'user', run: () => { throw new Error('404'); } }));
    const team = make(() => injectTask({ name: 'team', upstream: { user }, run: () => 1 }));
    await start();
    expect(team.error()).toBeInstanceOf(UpstreamFailedError);
    expect((team.error() as UpstreamFailedError).path).toEqual(['user', 'team']);
  });

  it('of a scoped manager may be one of the root', async () => {
    const answer = new Subject<string>();
    @Component({ selector: 'app-scope', template: '', providers: [provideTaskScope({ concurrency: 1 })] })
    class Scope {
      readonly manager = injectTaskManager();
      user!: TaskResource<string | undefined>;
      readonly injector = inject(Injector);
      depend(user: TaskResource<string | undefined>): TaskResource<string | undefined> {
        return injectTask({ injector: this.injector, upstream: { user }, run: ({ user }) => `team of ${user}` });
      }
    }
    setUp();
    const user = make(() => injectTask({ run: () => answer }));
    const fixture = TestBed.createComponent(Scope);
    const team = fixture.componentInstance.depend(user);
    const lost = fixture.componentInstance.depend(make(() => {
      const cancelled = injectTask({ run: () => NEVER });
      TestBed.tick();
      queueMicrotask(() => { cancelled.cancel(); });
      return cancelled;
    }));
    fixture.detectChanges();
    await start();
    expect(fixture.componentInstance.manager).not.toBe(make(injectTaskManager));
    expect([team.phase(), lost.status(), lost.phase()]).toEqual(['waiting', 'idle', 'cancelled']);
    answer.next('Ada');
    answer.complete();
    await turns();
    expect(team.value()).toBe('team of Ada');
  });

  it('may not supply what `run` is given in any case', async () => {
    setUp();
    const task = make(() => injectTask({ upstream: { signal: of(1) }, run: () => 1 }));
    const params = make(() => injectTask({ upstream: { params: of(1) }, run: () => 1 }));
    await start();
    expect(task.error()).toMatchObject({ code: 'KWARGS_CONFLICT', key: 'signal' });
    expect(params.error()).toMatchObject({ code: 'KWARGS_CONFLICT', key: 'params' });
  });
});

describe('bad input', () => {
  it('is refused without a manager, saying which function to call', () => {
    expect(() => make(() => injectTask({ run: () => 1 }))).toThrow(InvalidInputError);
    expect(() => make(() => injectTask({ run: () => 1 }))).toThrow('injectTask() finds no task manager: add provideTasks() to the providers of the application, as in app.config.ts, or provideTaskScope() to those of this route or component.');
  });

  it('is refused outside an injection context', () => {
    expect(() => injectTask({ run: () => 1 })).toThrow(/NG0203.*injectTask/);
  });

  it.each<[object, RegExp]>([
    [{ run: () => 1, prority: 1 }, /^injectTask\(\): the option "prority" must be one of params, run, defaultValue, .*, priority, .*, but is "prority". Did you mean "priority"\?$/],
    [{ run: () => 1, parmas: () => 1 }, /Did you mean "params"\?$/],
    [{ run: () => 1, onFailure: 1 }, /^(?!.*Did you mean)/],
    [{ run: () => 1, kwargs: {} }, /the option "kwargs" must be one of (?!.*kwargs,)/],
    [{ run: () => 1, params: 5 }, /^injectTask\(\): params must be a function, but is 5. A value that does not change is given as params: \(\) => value.$/],
    [{ run: () => 1, equal: 5 }, /injectTask\(\): equal must be a function, but is 5/],
    [{ run: () => 1, onUpstreamError: 'go on' }, /injectTask\(\): onUpstreamError must be/],
    [{ run: 1 }, /injectTask\(\): run must be a function/],
    [{ run: () => 1, priority: NaN }, /injectTask\(\): priority must be a finite number/],
    [{ run: () => 1, onDestroy: 'keep' }, /injectTask\(\): onDestroy must be 'cancel' or 'detach', but is "keep"/],
    [{ run: () => 1, group: '' }, /injectTask\(\): group must be a string that is not empty/],
  ])('is refused at the call: %o', (options, message) => {
    setUp();
    expect(() => make(() => injectTask(options as never))).toThrow(message);
  });

  it('is shown as an error where it comes of a signal', async () => {
    setUp();
    const task = make(() => injectTask({ priority: () => NaN, run: () => 1 }));
    await start();
    expect(task.error()).toBeInstanceOf(InvalidInputError);
    expect(task.phase()).toBe('failed');
  });

  it('is refused when the manager is closed', async () => {
    setUp();
    await make(injectTaskManager).close();
    expect(() => make(() => injectTask({ run: () => 1 }))).toThrow(TaskManagerClosedError);
  });

  it('after the manager is closed is an error that says so', async () => {
    setUp();
    const manager = make(injectTaskManager);
    const task = make(() => injectTask({ run: () => 1 }));
    await manager.close();
    await start();
    expect(task.error()).toMatchObject({ code: 'TASK_MANAGER_CLOSED' });
  });
});

describe('a cancelled task', () => {
  it('aborts the signal that its function has', async () => {
    setUp();
    const signals: AbortSignal[] = [];
    const task = make(() => injectTask({ run: ({ signal }) => { signals.push(signal); return NEVER; } }));
    await start();
    expect(signals[0]!.aborted).toBe(false);
    task.cancel();
    expect(signals[0]!.reason).toBeInstanceOf(TaskCancelledError);
  });

  it('gives its error to who waits for the task itself', async () => {
    setUp();
    const task = make(() => injectTask({ run: () => NEVER }));
    await start();
    const errors: unknown[] = [];
    task.task()!.subscribe({ error: (error: unknown) => { errors.push(error); } });
    task.cancel({ downstream: true });
    expect(errors).toEqual([expect.any(TaskCancelledError)]);
    await stable();
  });
});
