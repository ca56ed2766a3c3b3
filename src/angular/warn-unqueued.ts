import { HttpBackend, type HttpContext } from '@angular/common/http';
import { type EnvironmentProviders, inject, provideEnvironmentInitializer } from '@angular/core';

import type { HttpQueueOptions } from './http-queue-options.ts';
import { HTTP_TASK } from './with-task.ts';

/** Contexts of requests that `taskInterceptor` has seen, for as long as they are. */
const SEEN: unique symbol = Symbol('taskInterceptor');

/** For development: `taskInterceptor` has seen a request. Clones of it have the same context. */
export function markSeen(context: HttpContext): void {
  (context as { [SEEN]?: true })[SEEN] = true;
}

/**
 * For development: without the interceptor all requests are sent at once, which nobody would notice. The first
 * that should have waited says so.
 */
export function warnUnqueued({ strategy }: HttpQueueOptions): EnvironmentProviders {
  return provideEnvironmentInitializer(() => {
    const backend = inject(HttpBackend, { optional: true });
    if (!backend) return;
    const handle = backend.handle.bind(backend);
    backend.handle = (request) => {
      const own = request.context.get(HTTP_TASK);
      const asked = own ? own !== 'bypass' : strategy === 'implicit';
      if (asked && !(SEEN in request.context)) {
        // eslint-disable-next-line no-console -- for who develops the application
        console.warn(`withHttpQueue(): ${request.method} ${request.url} was sent without waiting, as taskInterceptor is not among the interceptors. Put it last: provideHttpClient(withInterceptors([taskInterceptor])).`);
        backend.handle = handle; // once
      }
      return handle(request);
    };
  });
}
