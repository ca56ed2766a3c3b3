import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ApplicationRef, Component, input, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, Observable, of, Subject, TimeoutError } from 'rxjs';
import { withRetry, withTimeout } from 'sluice';
import { injectTask, injectTaskManager, injectTaskRunner, provideTasks, taskInterceptor, withTask } from 'sluice/angular';
import { provideTasksTesting, TaskTestingController } from 'sluice/angular/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { frame } from './support/frame.ts';
import { make, setUp, start } from './support/set-up.ts';
import { signalInput } from './support/signal-input.ts';
import { turns } from './support/turns.ts';

const refuse = (): never => { throw new Error('no'); };

afterEach(() => { vi.useRealTimers(); });

describe('a task that is skipped', () => {
  it('is idle without a value, says so by its phase, and keeps nothing waiting', async () => {
    setUp();
    const user = make(() => injectTask({ run: refuse }));
    const team = make(() => injectTask({ upstream: { user }, onUpstreamError: 'skip', defaultValue: 'none', run: () => 'team' }));
    const logo = make(() => injectTask({ upstream: { team }, run: () => 'logo' }));
    await start();
    expect(user.status()).toBe('error');
    for (const task of [team, logo]) expect([task.phase(), task.status(), task.isLoading(), task.error(), task.position()]).toEqual(['skipped', 'idle', false, undefined, undefined]);
    expect([team.value(), logo.hasValue(), logo.snapshot()]).toEqual(['none', false, { status: 'idle', value: undefined }]);
    await TestBed.inject(ApplicationRef).whenStable();
  });

  it('runs when it is reloaded, or what it needs is', async () => {
    setUp();
    let bad = true;
    const user = make(() => injectTask({ run: () => (bad ? refuse() : 'Ada') }));
    const team = make(() => injectTask({ upstream: { user }, onUpstreamError: 'skip', run: ({ user }) => `team of ${user}` }));
    await start();
    expect(team.reload()).toBe(true);
    await start();
    expect(team.phase()).toBe('skipped');
    bad = false;
    user.reload();
    await start();
    expect(team.value()).toBe('team of Ada');
  });

  it('may go on instead, without what has failed or with something else, told for each upstream', async () => {
    setUp();
    const user = make(() => injectTask({ run: (): string => refuse() }));
    const theme = make(injectTaskManager).task((): string => refuse());
    const page = make(() => injectTask({
      upstream: { user: { from: user, onError: { fallback: 'nobody' } }, theme: { from: theme, onError: 'continue' } },
      run: ({ user, theme }) => `${user}, ${theme ?? 'plain'}`,
    }));
    const all = make(() => injectTask({ upstream: { user, theme }, onUpstreamError: 'continue', run: (results) => [results.user, 'theme' in results] }));
    await start();
    expect([page.value(), all.value()]).toEqual(['nobody, plain', [undefined, false]]);
  });
});

describe('a task that fails before it has one', () => {
  it('fails what is downstream: there is nothing to wait for', async () => {
    setUp();
    const bad = signal(true);
    const user = make(() => injectTask({ params: () => { if (bad()) throw new Error('no id'); return 'Ada'; }, run: ({ params }) => params }));
    const team = make(() => injectTask({ upstream: { user }, run: ({ user }) => `team of ${user}` }));
    await start();
    expect([team.status(), team.error()?.message, team.reload()]).toEqual(['error', 'no id', false]);
    bad.set(false);
    await start();
    expect(team.value()).toBe('team of Ada');
  });

  it('is error also where nothing was thrown', async () => {
    setUp();
    const undefinedThrown = make(() => injectTask({ run: () => { throw undefined; } }));
    const paramsThrown = make(() => injectTask({ params: () => { throw undefined; }, run: () => 1 }));
    await start();
    expect([undefinedThrown.status(), undefinedThrown.error()?.message, paramsThrown.status()]).toEqual(['error', 'undefined', 'error']);
  });

  it('is error where upstream is nothing of the kind', async () => {
    setUp();
    const task = make(() => injectTask({ upstream: [null as never], run: () => 1 }));
    await start();
    expect(task.error()?.message).toMatch(/upstream\.0 must be a task or another ObservableInput/);
  });

  it('can be reloaded when what was wrong is right', async () => {
    setUp();
    const priority = signal(NaN);
    const task = make(() => injectTask({ priority: () => priority(), run: () => 1 }));
    await start();
    expect(task.status()).toBe('error');
    priority.set(1);
    expect(task.reload()).toBe(true);
    await start();
    expect(task.value()).toBe(1);
  });
});

describe('a task that is tried again', () => {
  it('is loading meanwhile, without a slot, and counts its attempts', async () => {
    setUp({ concurrency: 1 });
    const again = new Subject<void>();
    const task = make(() => injectTask({
      policies: [withRetry({ count: 2, delay: () => again })],
      run: ({ progress }, { attempt }) => {
        progress(0.5);
        return attempt < 3 ? new Observable<string>((subscriber) => { subscriber.error(new Error('not yet')); }) : of('there');
      },
    }));
    const other = make(() => injectTask({ run: () => 'had the slot' }));
    expect(task.attempt()).toBe(0);
    await start();
    const seen = (): unknown[] => [task.status(), task.phase(), task.attempt(), task.progress(), task.error()];
    expect([seen(), other.value()]).toEqual([['loading', 'waiting', 1, undefined, undefined], 'had the slot']);
    again.next();
    await turns();
    expect(seen()).toEqual(['loading', 'waiting', 2, undefined, undefined]);
    again.next();
    await turns();
    expect([task.value(), ...seen()]).toEqual(['there', 'resolved', 'completed', 0, undefined, undefined]);
  });

  it('fails with the last error when the attempts are used up, and has them anew when it is run again', async () => {
    setUp();
    const runner = make(() => injectTaskRunner({ policies: [withRetry(1)], run: (input: string, { attempt }): string => { throw new Error(`${input} ${attempt}`); } }));
    const handle = runner.run('try');
    await turns();
    expect([handle.phase(), handle.attempt(), handle.error()]).toEqual(['failed', 2, new Error('try 2')]);
    handle.retry();
    await turns();
    expect(handle.error()).toEqual(new Error('try 4'));
  });

  it('is cancelled with its component while it waits for the next attempt', async () => {
    setUp();
    const again = new Subject<void>();
    let attempts = 0;
    @Component({ selector: 'app-page', template: '' })
    class Page {
      readonly task = injectTask({ policies: [withRetry({ delay: () => again })], run: () => { attempts++; refuse(); } });
    }
    const fixture = TestBed.createComponent(Page);
    fixture.detectChanges();
    await turns();
    expect(fixture.componentInstance.task.phase()).toBe('waiting');
    fixture.destroy();
    expect([again.observed, attempts, make(injectTaskManager).state.counts.waiting]).toEqual([false, 1, 0]);
    await TestBed.inject(ApplicationRef).whenStable();
  });

  it('starts anew in a test: each attempt is a task to end', () => {
    TestBed.configureTestingModule({ providers: [provideTasksTesting()] });
    const tasks = TestBed.inject(TaskTestingController);
    const task = make(() => injectTask({ name: 'user', policies: [withRetry(1)], run: () => 'never called' }));
    TestBed.tick();
    tasks.expectOne('user').error(new Error('no'));
    expect([tasks.expectOne('user').attempt, task.status()]).toEqual([2, 'loading']);
    tasks.expectOne('user').flush('Ada');
    expect(task.value()).toBe('Ada');
  });

  it('may be a request', async () => {
    TestBed.configureTestingModule({ providers: [provideTasks(), provideHttpClient(withInterceptors([taskInterceptor])), provideHttpClientTesting()] });
    const server = TestBed.inject(HttpTestingController);
    const got: unknown[] = [];
    TestBed.inject(HttpClient).get('/a', { context: withTask({ policies: [withRetry(1)] }) }).subscribe((body) => { got.push(body); });
    server.expectOne('/a').flush('', { status: 503, statusText: 'busy' });
    await turns();
    server.expectOne('/a').flush({ n: 1 });
    expect(got).toEqual([{ n: 1 }]);
  });
});

it('a task that takes too long is error, and its function is told', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  setUp();
  const torn: string[] = [];
  const task = make(() => injectTask({ policies: [withTimeout(1000)], run: () => new Observable<never>(() => () => { torn.push('ended'); }) }));
  await start();
  vi.advanceTimersByTime(999);
  await turns();
  expect([task.status(), torn]).toEqual(['loading', []]);
  vi.advanceTimersByTime(1);
  await turns();
  expect([task.status(), torn]).toEqual(['error', ['ended']]);
  expect(task.error()).toBeInstanceOf(TimeoutError);
});

describe('a task with a key', () => {
  const runs: unknown[] = [];
  let answer = new Subject<string>();
  afterEach(() => {
    runs.length = 0;
    answer = new Subject();
  });
  const load = (params: unknown): Observable<string> => {
    runs.push(params);
    return answer;
  };

  @Component({ selector: 'app-user', template: '{{ user.value() }}' })
  class User {
    @signalInput('id') readonly id = input.required<number>();
    readonly user = injectTask({ key: (id) => `user/${id}`, keepFor: 60_000, params: () => this.id(), run: ({ params, progress }) => { progress(0.5); return load(params); } });
  }
  function open(id: number): { user: User['user']; close: () => void; turnTo: (id: number) => void } {
    const fixture = TestBed.createComponent(User);
    fixture.componentRef.setInput('id', id);
    fixture.detectChanges();
    return {
      user: fixture.componentInstance.user,
      close: () => { fixture.destroy(); },
      turnTo: (other) => {
        fixture.componentRef.setInput('id', other);
        fixture.detectChanges();
      },
    };
  }

  it('is shared by the components that ask for it: one that is destroyed leaves it to the others', async () => {
    setUp();
    const [one, two] = [open(1), open(1)];
    await turns();
    expect(one.user.task()).toBe(two.user.task());
    expect([runs, two.user.phase(), two.user.progress()?.fraction]).toEqual([[1], 'running', 0.5]);
    one.close();
    await turns();
    expect([one.user.status(), two.user.phase(), answer.observed]).toEqual(['idle', 'running', true]);
    answer.next('Ada');
    answer.complete();
    await turns();
    expect([two.user.value(), runs]).toEqual(['Ada', [1]]);
  });

  it('ends with the last of them', async () => {
    setUp();
    const [one, two] = [open(1), open(1)];
    await turns();
    one.close();
    two.close();
    expect([answer.observed, make(injectTaskManager).state.counts.running]).toEqual([false, 0]);
  });

  it('is another one for other params, and its result is there for who comes later', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    setUp();
    const one = open(1);
    await turns();
    answer.next('Ada');
    answer.complete();
    await turns();
    one.turnTo(2);
    await turns();
    expect(runs).toEqual([1, 2]);
    const late = open(1);
    expect([late.user.status(), late.user.value(), runs]).toEqual(['resolved', 'Ada', [1, 2]]);
    vi.setSystemTime(Date.now() + 60_001);
    expect([open(1).user.status(), one.user.params()]).toEqual(['loading', 2]);
  });

  it('runs again when it is reloaded, though its result is kept', async () => {
    setUp();
    const { user } = open(1);
    await turns();
    answer.next('Ada');
    answer.complete();
    await turns();
    answer = new Subject();
    user.reload();
    await start();
    expect([user.status(), user.value(), runs]).toEqual(['reloading', 'Ada', [1, 1]]);
    answer.next('Grace');
    answer.complete();
    await turns();
    expect([user.value(), open(1).user.value()]).toEqual(['Grace', 'Grace']);
  });

  it('goes at the highest priority that one of them says, as long as that one is there', async () => {
    setUp({ concurrency: 1 });
    const order: string[] = [];
    const gate = new Subject<void>();
    make(() => injectTask({ priority: 100, run: () => gate }));
    const visible = signal(false);
    const key = 'shared';
    const run = (): void => { order.push('shared'); };
    make(() => injectTask({ key, priority: () => 0, run }));
    const urgent = make(() => injectTask({ key, priority: () => (visible() ? 10 : -1), run }));
    make(() => injectTask({ priority: 5, run: () => { order.push('five'); } }));
    await start();
    visible.set(true);
    make(injectTaskManager).add(() => 'a look at the queue');
    await turns();
    expect(urgent.task()!.priority).toBe(10);
    urgent.destroy();
    make(injectTaskManager).add(() => 'another');
    await turns();
    gate.complete();
    await turns();
    expect(order).toEqual(['five', 'shared']);
  });

  it('may be one of a runner, told by what it is called with', async () => {
    setUp();
    const priority = (): number => 1;
    const runner = make(() => injectTaskRunner({ key: (name: string) => name, priority, run: (name: string) => load(name) }));
    const [a, same, b] = ['a', 'a', 'b'].map((name) => runner.run(name));
    await turns();
    expect([a!.task === same!.task, a!.task === b!.task, runs]).toEqual([true, false, ['a', 'b']]);
    runner.remove(a);
    expect([same!.phase(), runs]).toEqual(['running', ['a', 'b']]);
  });

  it('may be a request: those for the same are one', async () => {
    TestBed.configureTestingModule({ providers: [provideTasks(), provideHttpClient(withInterceptors([taskInterceptor])), provideHttpClientTesting()] });
    const [http, got] = [TestBed.inject(HttpClient), [] as unknown[]];
    const get = (): void => { http.get('/a', { context: withTask({ key: '/a', keepFor: 60_000 }) }).subscribe((body) => { got.push(body); }); };
    get();
    get();
    TestBed.inject(HttpTestingController).expectOne('/a').flush({ n: 1 });
    get();
    expect(got).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    TestBed.inject(HttpTestingController).verify();
  });

  it.each<[object, RegExp]>([
    [{ run: load, key: '' }, /injectTask\(\): key must be a string that is not empty/],
    [{ run: load, key: 7 }, /injectTask\(\): key must be a string/],
    [{ run: load, keepFor: 10 }, /injectTask\(\): key must be given where keepFor is/],
    [{ run: load, policies: withRetry(1) }, /injectTask\(\): policies must be an array of policies/],
    [{ run: load, policies: [3] }, /injectTask\(\): policies\[0\] must be a TaskPolicy/],
  ])('is refused at the call: %o', (options, message) => {
    setUp();
    expect(() => make(() => injectTask(options as never))).toThrow(message);
  });

  it('is an error where its function is wrong', async () => {
    setUp();
    const task = make(() => injectTask({ key: () => 7 as never, run: load }));
    await start();
    expect(task.error()?.message).toMatch(/key must be a string/);
  });
});

describe('places in the queue', () => {
  it('are kept of a task that is asked for again as it completes', async () => {
    setUp({ concurrency: 1 });
    const tasks = make(injectTaskManager);
    const last = make(() => injectTask({ run: () => NEVER }));
    let n = 0;
    const again = tasks.task(() => { n++; }, { priority: 1 });
    again.subscribe({ complete: () => { if (n === 1) { again.invalidate(); again.subscribe(); } } });
    await start();
    const blocked = make(() => injectTask({ priority: -1, run: () => 1 }));
    await start();
    await frame();
    expect([n, last.phase(), blocked.position()]).toEqual([2, 'running', 1]);
  });

  it('and priorities that are functions do not go round in circles with those of tasks that wait', async () => {
    setUp({ concurrency: 1 });
    const gate = new Subject<void>();
    make(() => injectTask({ priority: 100, run: () => gate }));
    await start();
    let reads = 0;
    const user = make(() => injectTask({ priority: () => { reads++; return 0; }, run: () => 'Ada' }));
    const team = make(() => injectTask({ priority: 10, upstream: { user }, run: ({ user }) => `team of ${user}` }));
    await start();
    await frame();
    expect([user.phase(), user.task()!.priority]).toEqual(['queued', 10]);
    expect(reads).toBeLessThan(20);
    gate.complete();
    await turns();
    expect(team.value()).toBe('team of Ada');
  });
});
