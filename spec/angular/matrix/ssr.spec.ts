import { HttpBackend, HttpClient, httpResource, HttpResponse, provideHttpClient, withInterceptors } from '@angular/common/http';
import { ApplicationRef, Component, inject, provideZonelessChangeDetection, type Type } from '@angular/core';
import { bootstrapApplication, type BootstrapContext, provideClientHydration } from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';
import { NEVER, type Observable, Subject } from 'rxjs';
import type { TaskManager } from 'sluice';
import { type AngularTaskOptions, injectTask, injectTaskManager, injectTaskRunner, provideTasks, taskInterceptor, withHttpQueue, withTask } from 'sluice/angular';
import { describe, expect, it } from 'vitest';

/** Answers every request with its URL, some turns later, and counts those under way. */
class SlowBackend implements HttpBackend {
  running = 0;
  most = 0;
  readonly seen: string[] = [];

  handle(request: { url: string }): Observable<HttpResponse<string>> {
    const url = request.url.replace('http://localhost', ''); // on a server, URLs are absolute
    this.running++;
    this.most = Math.max(this.most, this.running);
    this.seen.push(url);
    const answer = new Subject<HttpResponse<string>>();
    setTimeout(() => {
      this.running--;
      answer.next(new HttpResponse({ url, status: 200, body: `answer of ${url}` }));
      answer.complete();
    }, 1);
    return answer;
  }
}

async function render(component: Type<unknown>, options: AngularTaskOptions = {}): Promise<{ html: string; backend: SlowBackend }> {
  const backend = new SlowBackend();
  const html = await renderApplication((context: BootstrapContext) => bootstrapApplication(component, {
    providers: [
      'Zone' in globalThis ? [] : provideZonelessChangeDetection(),
      provideServerRendering(),
      provideClientHydration(),
      provideTasks(options, withHttpQueue()),
      provideHttpClient(withInterceptors([taskInterceptor])),
      { provide: HttpBackend, useValue: backend },
    ],
  }, context), { document: '<app-root></app-root>', url: '/' });
  return { html: /<app-root[^>]*>(.*?)<\/app-root>/s.exec(html)![1]!.replaceAll(/<!--.*?-->/g, ''), backend };
}

const get = (url: string): (() => Observable<string>) => {
  const http = inject(HttpClient);
  return () => http.get(url, { responseType: 'text' });
};

describe('on a server, the page is rendered', () => {
  it('with the results of its tasks, one after the other and of each other', async () => {
    @Component({ selector: 'app-root', template: '{{ first.value() }}, {{ second.value() }}, {{ both.value() }}' })
    class Root {
      readonly first = injectTask({ run: get('/a') });
      readonly second = injectTask({ run: get('/b') });
      readonly both = injectTask({ upstream: { first: this.first, second: this.second }, run: async ({ first, second }) => `${first} and ${second}`.length });
    }
    const { html, backend } = await render(Root, { concurrency: 1 });
    expect(html).toBe('answer of /a, answer of /b, 29');
    expect([backend.seen, backend.most]).toEqual([['/a', '/b'], 1]);
  });

  it('with those of requests that waited', async () => {
    @Component({ selector: 'app-root', template: '@for (r of all; track $index) {{{ r.value() }};}' })
    class Root {
      readonly all = ['/a', '/b', '/c'].map((url) => httpResource.text(() => ({ url, context: withTask({ group: 'api' }) })));
    }
    const { html, backend } = await render(Root, { groups: { api: { concurrency: 1 } } });
    expect(html).toBe('answer of /a;answer of /b;answer of /c;');
    expect(backend.most).toBe(1);
  });

  it('without those that are paused, in the background or skipped', async () => {
    @Component({ selector: 'app-root', template: '{{ paused.phase() }} {{ skipped.phase() }} {{ background.phase() }} {{ done.value() }}' })
    class Root {
      readonly tasks = injectTaskManager();
      readonly paused = injectTask({ group: 'paused', run: () => 1 });
      readonly skipped = injectTask({ group: 'skipped', run: () => 1 });
      readonly background = injectTask({ group: 'background', run: () => NEVER });
      readonly done = injectTask({ run: async () => 'done' });
      constructor() {
        this.tasks.group('paused').pause();
      }
    }
    const { html } = await render(Root, { groups: { skipped: { server: 'skip' }, background: { stability: 'background' } } });
    expect(html).toMatch(/^queued queued (queued|running) done$/);
  });

  it('when all of it is paused', async () => {
    @Component({ selector: 'app-root', template: '{{ task.status() }}' })
    class Root {
      readonly task = injectTask({ run: () => 1 });
      constructor() {
        injectTaskManager().pause();
      }
    }
    expect((await render(Root)).html).toBe('loading');
  });

  it('without those that take too long: they are cancelled, and so are requests', async () => {
    const ends: string[] = [];
    @Component({ selector: 'app-root', template: '{{ task.status() }} {{ meta.status() }}' })
    class Root {
      readonly task = injectTask({
        run: (_, { signal }) => {
          signal.addEventListener('abort', () => { ends.push('aborted'); });
          return NEVER;
        },
      });
      readonly meta = httpResource.text(() => ({ url: '/a', context: withTask({ group: 'api' }) }));
      constructor() {
        injectTaskManager().group('api').pause();
      }
    }
    expect((await render(Root, { serverMaxWait: 5 })).html).toBe('loading error');
    expect(ends).toEqual(['aborted']);
  });

  it('without anything of another that is rendered at the same time', async () => {
    const managers: TaskManager[] = [];
    @Component({ selector: 'app-root', template: '{{ task.value() }}' })
    class Root {
      readonly task = injectTask({ run: get('/a') });
      readonly upload = injectTaskRunner({ run: get('/b') });
      constructor() {
        managers.push(injectTaskManager());
        inject(ApplicationRef).onDestroy(() => { managers.push(managers[0]!); });
        this.upload.run(undefined);
      }
    }
    const pages = await Promise.all([render(Root, { concurrency: 1 }), render(Root, { concurrency: 1 })]);
    expect(pages.map(({ html, backend }) => [html, backend.most])).toEqual([['answer of /a', 1], ['answer of /a', 1]]);
    expect(managers[0]).not.toBe(managers[1]);
    expect(managers.map(({ state }) => state.status)).toEqual(['closed', 'closed', 'closed', 'closed']);
  });
});
