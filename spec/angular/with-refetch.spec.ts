import { httpResource, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { Component, createEnvironmentInjector, DOCUMENT, EnvironmentInjector, inject, Injector, PLATFORM_ID, runInInjectionContext } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { InvalidInputError } from 'sluice';
import { injectInvalidate, injectTask, type RefetchOptions, type TaskResource, withRefetch } from 'sluice/angular';
import { provideTasksTesting, TaskTestingController } from 'sluice/angular/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { make } from './support/set-up.ts';
import { turns } from './support/turns.ts';

beforeEach(() => { vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }); });
afterEach(() => { vi.useRealTimers(); });

let runs = 0;

/** A resource that was loaded once. */
function load(options: RefetchOptions): TaskResource<number | undefined> {
  runs = 0;
  TestBed.configureTestingModule({ providers: [provideTasksTesting()] });
  const task = make(() => withRefetch(injectTask({ name: 'inbox', key: 'mail/inbox', run: () => 0 }), options));
  answer();
  return task;
}

/** Answers what is loading, and returns how often anything was. */
function answer(): number {
  TestBed.tick();
  for (const task of TestBed.inject(TaskTestingController).match('inbox')) task.flush(++runs);
  TestBed.tick();
  return runs;
}

function show(visibility: 'visible' | 'hidden'): void {
  const document = TestBed.inject(DOCUMENT);
  Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}

function reconnect(): void {
  TestBed.inject(DOCUMENT).defaultView!.dispatchEvent(new Event('online'));
}

afterEach(() => { Reflect.deleteProperty(document, 'visibilityState'); });

describe('withRefetch', () => {
  it('does nothing that it was not asked for', () => {
    load({});
    show('hidden');
    show('visible');
    reconnect();
    vi.advanceTimersByTime(1e6);
    make(() => injectInvalidate())({ prefix: '' });
    expect(answer()).toBe(1);
  });

  it('loads again when the page is visible again, not when it is hidden', () => {
    const inbox = load({ onFocus: true });
    show('hidden');
    expect(answer()).toBe(1);
    show('visible');
    expect([inbox.status(), inbox.value()]).toEqual(['reloading', 1]);
    expect(answer()).toBe(2);
    expect([inbox.status(), inbox.value()]).toEqual(['resolved', 2]);
  });

  it('loads again when the browser is online again', () => {
    load({ onReconnect: true });
    reconnect();
    expect(answer()).toBe(2);
  });

  it('loads again every so often, while the page is visible', () => {
    load({ every: 1_000 });
    vi.advanceTimersByTime(999);
    expect(answer()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(answer()).toBe(2);
    show('hidden');
    vi.advanceTimersByTime(5_000);
    expect(answer()).toBe(2);
    show('visible');
    vi.advanceTimersByTime(1_000);
    expect(answer()).toBe(3);
  });

  it('loads again when its result is forgotten, however often', () => {
    const inbox = load({ onInvalidate: true });
    const invalidate = make(() => injectInvalidate());
    invalidate('mail/outbox');
    expect(answer()).toBe(1);
    invalidate({ prefix: 'mail/' });
    expect([inbox.status(), inbox.value()]).toEqual(['reloading', 1]);
    expect(answer()).toBe(2);
    inbox.task()!.invalidate();
    expect(answer()).toBe(3);
    inbox.reload();
    expect(answer()).toBe(4);
    invalidate('mail/inbox');
    expect(answer()).toBe(5);
  });

  it('leaves one alone that is loading', () => {
    const inbox = load({ onReconnect: true, onInvalidate: true });
    inbox.reload();
    TestBed.tick();
    reconnect();
    expect(answer()).toBe(2);
    expect(answer()).toBe(2);
  });

  it('takes resources of Angular as well', async () => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
    const http = TestBed.inject(HttpTestingController);
    const meta = make(() => withRefetch(httpResource.text(() => '/meta'), { onReconnect: true }));
    TestBed.tick();
    http.expectOne('/meta').flush('a');
    await turns();
    expect(meta.value()).toBe('a');
    reconnect();
    TestBed.tick();
    http.expectOne('/meta').flush('b');
    await turns();
    expect(meta.value()).toBe('b');
  });

  it.each([['browser', 12], ['server', 0]] as const)('ends with its component, and does nothing on a server: %s', (platform, times) => {
    TestBed.configureTestingModule({ providers: [{ provide: PLATFORM_ID, useValue: platform }] });
    const component = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    let reloads = 0;
    runInInjectionContext(component, () => withRefetch({ reload: () => { reloads++; } }, { onFocus: true, onReconnect: true, every: 10 }));
    const everything = (): number => {
      show('visible');
      reconnect();
      vi.advanceTimersByTime(100);
      return reloads;
    };
    expect(everything()).toBe(times);
    component.destroy();
    expect(everything()).toBe(times);
  });

  it('does nothing where its component is gone already', () => {
    @Component({ selector: 'app-gone', template: '' })
    class Gone {
      readonly injector = inject(Injector);
    }
    const fixture = TestBed.createComponent(Gone);
    const { injector } = fixture.componentInstance;
    fixture.destroy();
    let reloads = 0;
    const resource = { reload: () => { reloads++; } };
    expect(withRefetch(resource, { every: 10, injector })).toBe(resource);
    vi.advanceTimersByTime(100);
    expect(reloads).toBe(0);
  });

  it.each<[unknown, object, RegExp]>([
    [{}, {}, /withRefetch\(\): resource must be one that has a reload\(\)/],
    [{ reload: () => true }, { onfocus: true }, /the option "onfocus" must be one of .*Did you mean "onFocus"/],
    [{ reload: () => true }, { every: 0 }, /withRefetch\(\): every must be a positive number of milliseconds, but is 0/],
    [{ reload: () => true }, { onInvalidate: true }, /withRefetch\(\): onInvalidate must be left out, .* injectTask\(\)/],
  ])('refuses bad input at the call: %o, %o', (resource, options, message) => {
    expect(() => make(() => withRefetch(resource as never, options))).toThrow(InvalidInputError);
    expect(() => make(() => withRefetch(resource as never, options))).toThrow(message);
    expect(() => withRefetch({ reload: () => true }, {})).toThrow(/NG0203/);
  });
});

describe('injectInvalidate', () => {
  it.each([[''], [7], [undefined], [null], [{}], [{ prefix: 7 }]])('refuses %o', (which) => {
    load({});
    expect(() => { make(() => injectInvalidate())(which as string); }).toThrow(/^invalidate\(\): key must be a string that is not empty, or \{ prefix: string \}/);
  });
});
