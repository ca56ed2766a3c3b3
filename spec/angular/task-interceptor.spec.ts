import { HttpClient, HttpContext, HttpEventType, HttpContextToken, httpResource, type HttpInterceptorFn, provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { ApplicationRef, effect, inject, Injector, NgZone, PLATFORM_ID, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { catchError, EMPTY, firstValueFrom, Subject, switchMap } from 'rxjs';
import type { TaskCancelledError, TaskManager } from 'sluice';
import { type AngularTaskOptions, injectTask, injectTaskManager, injectTaskRunner, provideTasks, taskInterceptor, type TasksFeature, withHttpQueue, withTask } from 'sluice/angular';
import { describe, expect, it, vi } from 'vitest';

import { turns } from './support/turns.ts';

interface World {
  readonly http: HttpClient;
  readonly server: HttpTestingController;
  readonly tasks: TaskManager;
  /** The URLs of the requests that have been sent and not answered. */
  readonly sent: () => string[];
  readonly answer: (url: string, body?: string) => void;
}

function setUp(options: AngularTaskOptions, { interceptors = [taskInterceptor], features = [withHttpQueue({ strategy: 'implicit' })], server = false }: {
  interceptors?: HttpInterceptorFn[];
  features?: TasksFeature[];
  server?: boolean;
} = {}): World {
  TestBed.configureTestingModule({
    providers: [
      provideTasks({ timeSlice: Infinity, ...options }, ...features),
      provideHttpClient(withInterceptors(interceptors)),
      provideHttpClientTesting(),
      server ? [{ provide: PLATFORM_ID, useValue: 'server' }] : [],
    ],
  });
  const controller = TestBed.inject(HttpTestingController);
  const requests = (): ReturnType<HttpTestingController['match']> => {
    for (const request of controller.match(() => true)) open.push(request);
    return open.filter(({ cancelled }) => !cancelled);
  };
  const open: ReturnType<HttpTestingController['match']> = [];
  return {
    http: TestBed.inject(HttpClient),
    server: controller,
    tasks: TestBed.runInInjectionContext(() => injectTaskManager()),
    sent: () => requests().map(({ request }) => request.url),
    answer: (url, body = `answer of ${url}`) => {
      const request = requests().find((each) => each.request.url === url);
      if (!request) throw new Error(`${url} was not sent`);
      open.splice(open.indexOf(request), 1);
      request.flush(body);
    },
  };
}

const text = { responseType: 'text' } as const;

describe('a request', () => {
  it('is sent inside the call that subscribes when a slot is free, and waits for one otherwise', async () => {
    const { http, sent, answer } = setUp({ concurrency: 2 });
    const got: string[] = [];
    for (const url of ['/a', '/b', '/c']) http.get(url, text).subscribe((body) => { got.push(body); });
    expect(sent()).toEqual(['/a', '/b']);
    answer('/b');
    expect(got).toEqual(['answer of /b']);
    await turns();
    expect(sent()).toEqual(['/a', '/c']);
  });

  it('goes by its priority, which may be a function', async () => {
    const { http, sent, answer } = setUp({ concurrency: 1 });
    const visible = signal(false);
    http.get('/first', text).subscribe();
    http.get('/low', { ...text, context: withTask({ priority: -1 }) }).subscribe();
    http.get('/scrolled', { ...text, context: withTask({ priority: () => (visible() ? 10 : -2) }) }).subscribe();
    http.get('/high', { ...text, context: withTask({ priority: 5 }) }).subscribe();
    visible.set(true);
    const order: string[] = [];
    for (let i = 0; i < 4; i++) {
      const [url] = sent();
      order.push(url!);
      answer(url!);
      await turns();
    }
    expect(order).toEqual(['/first', '/scrolled', '/high', '/low']);
  });

  it('waits only if it asks for it, where that is so, and for the limit of its group', () => {
    const { http, sent } = setUp({ groups: { api: { concurrency: 1 } } }, { features: [] });
    const context = (): HttpContext => withTask({ group: 'api' });
    for (const url of ['/a', '/b']) http.get(url, { ...text, context: context() }).subscribe();
    for (const url of ['/c', '/d']) http.get(url, text).subscribe();
    expect(sent()).toEqual(['/a', '/c', '/d']);
  });

  it('has the group and the priority of the queue, where its context has none', async () => {
    const { http, tasks, sent } = setUp({ groups: { api: { concurrency: 1 } } }, { features: [withHttpQueue({ strategy: 'implicit', group: 'api', priority: 3 })] });
    const queued: unknown[] = [];
    tasks.events$.subscribe(({ type, ...event }) => { if (type === 'queued') queued.push((event as { task: { name: string; group: string; priority: number } }).task); });
    http.post('/a', 1).subscribe();
    http.get('/b', { context: withTask({ group: 'other', priority: 1, name: 'mine' }) }).subscribe();
    http.get('/c').subscribe();
    await turns();
    expect(sent()).toEqual(['/a', '/b']);
    expect(queued).toMatchObject([
      { name: 'POST /a', group: 'api', priority: 3 },
      { name: 'mine', group: 'other', priority: 1 },
      { name: 'GET /c', group: 'api', priority: 3 },
    ]);
  });

  it.each(['queued', 'sent'] as const)('gives its slot back when it is unsubscribed from while it is %s', async (when) => {
    const { http, sent, answer, tasks } = setUp({ concurrency: 1 });
    const first = http.get('/a', text).subscribe();
    const second = http.get('/b', text).subscribe();
    http.get('/c', text).subscribe();
    if (when === 'queued') {
      second.unsubscribe();
      answer('/a');
    } else {
      first.unsubscribe();
    }
    await turns();
    expect(sent()).toEqual([when === 'queued' ? '/c' : '/b']);
    if (when === 'sent') second.unsubscribe();
    await turns();
    answer('/c');
    expect(tasks.state.counts).toMatchObject({ queued: 0, running: 0, cancelled: when === 'queued' ? 1 : 2 });
  });

  it('brings its events, and its errors as they are', () => {
    const { http, server } = setUp({ concurrency: 1 });
    const events: unknown[] = [];
    http.post('/up', 'body', { observe: 'events' }).subscribe({ next: ({ type }) => { events.push(type); }, error: (error: unknown) => { events.push(error); } });
    const request = server.expectOne('/up');
    request.event({ type: HttpEventType.UploadProgress, loaded: 1, total: 2 });
    request.flush('no', { status: 500, statusText: 'broken' });
    expect(events).toEqual([0, 1, expect.objectContaining({ name: 'HttpErrorResponse', status: 500 })]);
  });

  it('fails with a TaskCancelledError when its group is cancelled', () => {
    const { http, tasks, sent } = setUp({ groups: { api: { concurrency: 1 } } });
    const errors: unknown[] = [];
    for (const url of ['/a', '/b']) http.get(url, { context: withTask({ group: 'api' }) }).subscribe({ error: (error: TaskCancelledError) => { errors.push(error.code); } });
    tasks.group('api').cancel();
    expect([errors, sent()]).toEqual([['TASK_CANCELLED', 'TASK_CANCELLED'], []]);
  });

  it('is one of httpResource as well', async () => {
    const { sent, answer } = setUp({ groups: { meta: { concurrency: 1 } } }, { features: [] });
    const make = (url: string): { value: () => string | undefined; status: () => string } =>
      TestBed.runInInjectionContext(() => httpResource.text(() => ({ url, context: withTask({ group: 'meta' }) })));
    const resources = ['/a', '/b'].map(make);
    TestBed.tick();
    await turns();
    expect(sent()).toEqual(['/a']);
    answer('/a');
    await turns();
    expect(sent()).toEqual(['/b']);
    answer('/b');
    await TestBed.inject(ApplicationRef).whenStable();
    expect(resources.map(({ value }) => value())).toEqual(['answer of /a', 'answer of /b']);
  });

  it('keeps what is in a context already', () => {
    const token = new HttpContextToken(() => 'default');
    const { http, server } = setUp({});
    http.get('/a', { context: withTask({ priority: 1 }, new HttpContext().set(token, 'kept')) }).subscribe();
    expect(server.expectOne('/a').request.context.get(token)).toBe('kept');
  });

  it('fails with what is wrong when the manager is closed', async () => {
    const { http, tasks } = setUp({});
    await tasks.close();
    const errors: unknown[] = [];
    http.get('/a').subscribe({ error: (error: unknown) => { errors.push(error); } });
    expect(errors).toMatchObject([{ code: 'TASK_MANAGER_CLOSED' }]);
  });

  it('whose group is skipped on the server fails there, as the page would wait for it', () => {
    const { http, sent } = setUp({ groups: { pictures: { server: 'skip' } } }, { server: true });
    const errors: unknown[] = [];
    http.get('/a', { context: withTask({ group: 'pictures' }) }).subscribe({ error: (error: unknown) => { errors.push(error); } });
    expect(errors).toMatchObject([{ code: 'TASK_CANCELLED' }]);
    expect(String(errors[0])).toContain('GET /a, skipped on the server,');
    expect(sent()).toEqual([]);
    http.get('/b').subscribe();
    expect(sent()).toEqual(['/b']);
  });

  // With zone.js it is proved by what is there.
  if (!('Zone' in globalThis)) it('enters the zone where it was asked for', () => {
    const { http, server } = setUp({});
    const inAngular = vi.spyOn(NgZone, 'isInAngularZone').mockReturnValue(true);
    const enter = vi.spyOn(TestBed.inject(NgZone), 'run');
    http.get('/a').subscribe();
    server.expectOne('/a');
    expect(enter).toHaveBeenCalledTimes(1);
    inAngular.mockRestore();
  });
});

it('a task that starts within the call of an effect leaves the effect without its signals', async () => {
  const { http, sent } = setUp({ concurrency: 2 });
  const read = signal(0);
  let effects = 0;
  let runs = 0;
  TestBed.runInInjectionContext(() => injectTask({
    run: () => {
      runs++;
      return read();
    },
  }));
  TestBed.runInInjectionContext(() => effect(() => {
    effects++;
    http.get('/a', text).subscribe();
  }));
  TestBed.tick(); // the request lets the task start as well, which was queued before
  expect([runs, sent()]).toEqual([1, ['/a']]);
  read.set(1);
  TestBed.tick();
  await turns();
  expect([effects, runs]).toEqual([1, 1]);
});

describe('a request that a task makes', () => {
  it('is part of the task and takes no slot of its own: %s', async () => {
    const { http, sent, answer, tasks } = setUp({ concurrency: 1 });
    const task = TestBed.runInInjectionContext(() => injectTask({ run: () => http.get('/a', text) }));
    TestBed.tick();
    await turns();
    expect([sent(), tasks.state.counts.running, tasks.state.counts.queued]).toEqual([['/a'], 1, 0]);
    answer('/a');
    await turns();
    expect(task.value()).toBe('answer of /a');
  });

  it('is so for one that comes of an answer', async () => {
    const { http, sent, answer } = setUp({ concurrency: 1 });
    const task = TestBed.runInInjectionContext(() => injectTask({ run: () => http.get('/a', text).pipe(switchMap((body) => http.get(`/b of ${body}`, text))) }));
    TestBed.tick();
    await turns();
    answer('/a');
    expect(sent()).toEqual(['/b of answer of /a']);
    answer('/b of answer of /a', 'end');
    await turns();
    expect(task.value()).toBe('end');
  });

  it('is so for one of an async function, after an await of another, and of several', async () => {
    const { http, sent, answer } = setUp({ concurrency: 1 });
    const load = async (url: string): Promise<string> => firstValueFrom(http.get(url, text));
    const task = TestBed.runInInjectionContext(() => injectTask({
      run: async () => {
        await Promise.resolve();
        const first = await load('/a');
        const [second, third] = await Promise.all([load('/b'), load('/c')]);
        try {
          await load('/d');
        } catch {
          return `${first} ${second} ${third} ${await load('/e')}`;
        }
        return '';
      },
    }));
    TestBed.tick();
    await turns();
    for (const url of ['/a', '/b', '/c']) {
      answer(url, url);
      await turns();
    }
    expect(sent()).toEqual(['/d']);
    answer('/d');
    await turns();
    expect(task.value()).toBe('');
  });

  it('is so for one of a generator, between its values, and not once it has ended', async () => {
    const { http, sent, answer } = setUp({ concurrency: 1 });
    const runner = TestBed.runInInjectionContext(() => injectTaskRunner({
      run: async function* () {
        yield await firstValueFrom(http.get('/a', text));
        yield await firstValueFrom(http.get('/b', text));
      },
    }));
    const handle = runner.run(undefined);
    await turns();
    answer('/a');
    await turns();
    answer('/b');
    await turns();
    expect([handle.value(), sent()]).toEqual(['answer of /b', []]);
    http.get('/c', text).subscribe();
    http.get('/d', text).subscribe();
    expect(sent()).toEqual(['/c']);
  });

  it('may name a group, and still does not wait: the task would wait for itself', async () => {
    const { http, sent } = setUp({ groups: { api: { concurrency: 1 } } });
    const runner = TestBed.runInInjectionContext(() => injectTaskRunner({ group: 'api', run: () => http.get('/a', { context: withTask({ group: 'api' }) }) }));
    runner.run(undefined);
    await turns();
    expect(sent()).toEqual(['/a']);
  });

  it('is none of what is asked for elsewhere meanwhile', async () => {
    const { http, sent, answer } = setUp({ concurrency: 1 });
    TestBed.runInInjectionContext(() => injectTask({ run: () => http.get('/a', text) }));
    TestBed.tick();
    await turns();
    http.get('/b', text).subscribe();
    expect(sent()).toEqual(['/a']);
    answer('/a');
    await turns();
    expect(sent()).toEqual(['/b']);
  });

  it('is none of what comes of the answer to a request that waited for itself', async () => {
    const { http, sent, answer } = setUp({ concurrency: 1 });
    http.get('/a', text).pipe(switchMap(() => http.get('/c', text))).subscribe();
    http.get('/b', text).subscribe();
    answer('/a');
    await turns();
    expect(sent()).toEqual(['/b']);
  });

  it('waits when it is made after something else, unless it is told to bypass the queue', async () => {
    const { http, sent } = setUp({ concurrency: 1 });
    const later = new Subject<void>();
    const runner = TestBed.runInInjectionContext(() => injectTaskRunner({
      run: (context: HttpContext) => later.pipe(switchMap(() => http.get('/a', { ...text, context }))),
    }));
    const first = runner.run(new HttpContext());
    await turns();
    later.next();
    await turns();
    expect(sent()).toEqual([]);
    first.cancel();
    runner.run(withTask('bypass'));
    await turns();
    later.next();
    expect(sent()).toEqual(['/a']);
  });
});

describe('an interceptor that makes a request itself', () => {
  let tokens = 0;
  const auth: HttpInterceptorFn = (request, next) => {
    if (request.url === '/token') return next(request);
    return inject(HttpClient).post('/token', null, { responseType: 'text' }).pipe(
      switchMap((token) => next(request.clone({ setHeaders: { Authorization: token } }))),
    );
  };
  const stored = new Subject<void>();
  const late: HttpInterceptorFn = (request, next) => {
    const http = inject(HttpClient);
    return request.url === '/token' ? next(request) : stored.pipe(switchMap(() => http.post('/token', null)), switchMap(() => next(request)));
  };

  it.each([
    ['before', [auth, taskInterceptor]],
    ['after', [taskInterceptor, auth]],
  ])('works %s the taskInterceptor with one slot, and each request has a token of its own', async (_, interceptors) => {
    const { http, server, sent, answer } = setUp({ concurrency: 1 }, { interceptors });
    const got: string[] = [];
    http.get('/a', text).subscribe((body) => { got.push(body); });
    http.get('/b', text).subscribe((body) => { got.push(body); });
    for (let i = 0; i < 4; i++) {
      await turns();
      const [url] = sent();
      answer(url!, url === '/token' ? `token ${++tokens}` : undefined);
    }
    await turns();
    expect([...got].sort()).toEqual(['answer of /a', 'answer of /b']);
    server.verify();
  });

  it('after the taskInterceptor waits for itself when it makes it later: that is why that one goes last', async () => {
    const { http, sent, tasks } = setUp({ concurrency: 1 }, { interceptors: [taskInterceptor, late] });
    http.get('/a', text).pipe(catchError(() => EMPTY)).subscribe();
    await turns();
    stored.next();
    await turns();
    expect([sent(), tasks.state.counts.queued]).toEqual([[], 1]);
  });
});

describe('bad input', () => {
  it('is a taskInterceptor without a manager', () => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(withInterceptors([taskInterceptor])), provideHttpClientTesting()] });
    const errors: string[] = [];
    TestBed.inject(HttpClient).get('/a').subscribe({ error: ({ message }: Error) => { errors.push(message); } });
    expect(errors).toEqual([expect.stringMatching(/taskInterceptor\(\) finds no task manager/)]);
  });

  it.each([
    [() => withHttpQueue({ strategi: 'explicit' } as never), /withHttpQueue\(\): the option "strategi" must be one of strategy, group, priority/],
    [() => withHttpQueue({ strategy: 'all' as never }), /withHttpQueue\(\): strategy must be 'explicit' or 'implicit', but is "all"/],
    [() => withHttpQueue(1 as never), /withHttpQueue\(\): options must be an object, but is 1/],
    [() => withTask({ prio: 1 } as never), /withTask\(\): the option "prio" must be one of/],
    [() => withTask({ priority: Infinity }), /withTask\(\): priority must be a finite number/],
  ])('is refused at the call: %s', (call, message) => {
    expect(call).toThrow(message);
  });
});

it('is found by its injector', () => {
  setUp({});
  expect(injectTaskManager({ injector: TestBed.inject(Injector) })).toBe(TestBed.runInInjectionContext(() => injectTaskManager()));
});
