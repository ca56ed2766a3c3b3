import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import * as http from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { lastValueFrom, map } from 'rxjs';
import { injectTask, injectTaskManager, injectTaskRunner, provideTasks, taskInterceptor, withHttpQueue } from 'sluice/angular';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What a version of Angular has; without a feature it takes its default.
const { withFetch, withXhr } = http as Partial<Pick<typeof http, 'withFetch' | 'withXhr'>>;

describe.each([
  ['XMLHttpRequest', () => (withXhr ? [withXhr()] : [])],
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Angular 20 and 21 need it
  ['fetch', () => (withFetch ? [withFetch()] : [])],
])('requests by %s', (_, features) => {
  const log: string[] = [];
  let running = 0;
  let most = 0;
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
      if (request.method === 'OPTIONS') {
        response.writeHead(204, headers).end();
        return;
      }
      log.push(request.url!);
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        response.writeHead(request.url === '/fails' ? 500 : 200, headers).end(`answer of ${request.url!}`);
      }, 1);
    });
    await new Promise<void>((resolve) => { server.listen(0, resolve); });
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('wait for their turn, in tasks and by themselves, and bring their answers and errors', async () => {
    TestBed.configureTestingModule({
      providers: [
        provideTasks({ concurrency: 2 }, withHttpQueue({ strategy: 'implicit' })),
        http.provideHttpClient(http.withInterceptors([taskInterceptor]), ...features()),
      ],
    });
    const client = TestBed.inject(http.HttpClient);
    const tasks = TestBed.runInInjectionContext(() => injectTaskManager());
    const text = async (path: string): Promise<unknown> => lastValueFrom(client.get(origin + path, { responseType: 'text' })).catch((error: unknown) => error);
    const task = TestBed.runInInjectionContext(() => injectTask({ run: async () => [await text('/1'), await text('/2')] }));
    const upload = TestBed.runInInjectionContext(() => injectTaskRunner({
      run: (body: string) => client.post(`${origin}/up`, body, { responseType: 'text' }).pipe(map((answer) => answer.length)),
    }));
    TestBed.tick();
    const handle = upload.run('x'.repeat(1000));
    const answers = await Promise.all(['/a', '/b', '/c', '/fails'].map(text));
    await tasks.onIdle();
    await new Promise((resolve) => { setTimeout(resolve); });
    expect(answers).toMatchObject(['answer of /a', 'answer of /b', 'answer of /c', { name: 'HttpErrorResponse', status: 500 }]);
    expect(task.value()).toEqual(['answer of /1', 'answer of /2']);
    expect(handle.value()).toBe('answer of /up'.length);
    expect([...log].sort()).toEqual(['/1', '/2', '/a', '/b', '/c', '/fails', '/up']);
    expect(most).toBeLessThanOrEqual(2);
  });
});
