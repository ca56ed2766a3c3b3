import type { HttpEvent, HttpHandlerFn, HttpInterceptorFn, HttpRequest } from '@angular/common/http';
import { NgZone } from '@angular/core';
import { catchError, EMPTY, Observable } from 'rxjs';

import { type Task, TaskCancelledError } from '../index.ts';
import { checkProvided } from './check-provided.ts';
import { follow, read } from './priority-functions.ts';
import { findRuntime } from './task-runtime.ts';
import { markSeen } from './warn-unqueued.ts';
import { warnUnlisted } from './warn-unlisted.ts';
import { HTTP_TASK } from './with-task.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/**
 * Lets requests of `HttpClient` and `httpResource` wait for their turn, as tasks of the manager: those
 * with a `withTask` context, or all of them where `withHttpQueue({ strategy: 'implicit' })` says so.
 *
 * A request is queued when it is subscribed to, and starts at once if a slot is free. Unsubscribing
 * takes it from the queue, or aborts it. A cancelled one fails with a `TaskCancelledError`. Requests
 * that a task makes are part of that task and wait for nothing.
 *
 * It goes last among the interceptors: a request that an interceptor after it makes, later than in the
 * same call, would wait for the slot of the very request that waits for it.
 *
 * @throws InvalidInputError when there is no manager
 *
 * @example
 * ```ts
 * import { provideHttpClient, withInterceptors } from '@angular/common/http';
 * import { provideTasks, taskInterceptor } from 'sluice/angular';
 *
 * export const providers = [provideTasks(), provideHttpClient(withInterceptors([taskInterceptor]))];
 * ```
 */
export const taskInterceptor: HttpInterceptorFn = (request: HttpRequest<unknown>, next: HttpHandlerFn): Observable<HttpEvent<unknown>> => {
  if (ngDevMode) {
    checkProvided(taskInterceptor as () => unknown);
    markSeen(request.context);
  }
  const { runtime, destroyRef } = findRuntime();
  const { manager, scope, shared, zone, host, server, groups, httpQueue, priorities } = runtime;
  const own = request.context.get(HTTP_TASK);
  if (own === 'bypass' || (!own && httpQueue.strategy !== 'implicit')) return next(request);
  const { priority = httpQueue.priority, group = httpQueue.group, key, keepFor, ...core } = own ?? {};
  if (ngDevMode) warnUnlisted(runtime, group);
  return new Observable((subscriber) => {
    if (scope.inside) return scope.nested(next(request)).subscribe(subscriber);
    const name = `${request.method} ${request.url}`;
    // The application would wait for it, and the page for the application.
    if (server && groups[group ?? '']?.server === 'skip') throw new TaskCancelledError(ngDevMode ? `${name}, skipped on the server,` : name);
    // What comes of a request comes in the zone where it was asked for, as without a queue.
    const enter = NgZone.isInAngularZone() ? 'run' : 'runOutsideAngular';
    const send = (): Observable<HttpEvent<unknown>> => new Observable((inner) => zone[enter](() => next(request).subscribe(inner)));
    const make = (): Task<unknown> => manager.task(() => scope.run(send), { name, ...core, group, priority: read(priority, undefined) });
    const task = (key === undefined ? make() : shared.get(key, keepFor, make)) as Task<HttpEvent<unknown>>;
    subscriber.add(follow(priorities, task, priority));
    task.pipe(catchError((error: unknown) => {
      if (destroyRef.destroyed) return EMPTY; // when the application ends, so do its requests, without anyone to tell
      throw error;
    })).subscribe(subscriber);
    host.flush();
    return undefined;
  });
};
