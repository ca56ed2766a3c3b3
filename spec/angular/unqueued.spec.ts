import { HttpClient, HttpContext, provideHttpClient, withInterceptors } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { type HttpQueueOptions, provideTasks, taskInterceptor, withHttpQueue, withTask } from 'sluice/angular';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((text: string) => { warnings.push(text); });
});
afterEach(() => { vi.restoreAllMocks(); });

function setUp(intercepted: boolean, queue?: HttpQueueOptions): (url: string, context?: HttpContext) => void {
  TestBed.configureTestingModule({
    providers: [
      provideTasks({ timeSlice: Infinity }, ...(queue ? [withHttpQueue(queue)] : [])),
      provideHttpClient(withInterceptors(intercepted ? [taskInterceptor, (request, next) => next(request.clone({ url: `${request.url}?` }))] : [])),
      provideHttpClientTesting(),
    ],
  });
  const http = TestBed.inject(HttpClient);
  return (url, context = new HttpContext()) => {
    http.get(url, { context }).subscribe();
    TestBed.inject(HttpTestingController).expectOne((request) => request.url.startsWith(url)).flush('');
  };
}

describe('withHttpQueue without its interceptor', () => {
  it('warns of the first request that should have waited, once', () => {
    const get = setUp(false, {});
    get('/plain');
    get('/bypass', withTask('bypass'));
    expect(warnings).toEqual([]);
    get('/a', withTask({ group: 'api' }));
    get('/b', withTask({ group: 'api' }));
    expect(warnings).toEqual(['withHttpQueue(): GET /a was sent without waiting, as taskInterceptor is not among the interceptors. Put it last: provideHttpClient(withInterceptors([taskInterceptor])).']);
  });

  it('warns of any where all are to wait', () => {
    const get = setUp(false, { strategy: 'implicit' });
    get('/bypass', withTask('bypass'));
    expect(warnings).toEqual([]);
    get('/plain');
    expect(warnings).toEqual([expect.stringContaining('GET /plain was sent')]);
  });

  it('is silent with the interceptor, also where others change the request after it, and without withHttpQueue', () => {
    let get = setUp(true, { strategy: 'implicit' });
    get('/a');
    get('/b', withTask({ group: 'api' }));
    TestBed.resetTestingModule();
    get = setUp(false);
    get('/c');
    expect(warnings).toEqual([]);
  });
});
