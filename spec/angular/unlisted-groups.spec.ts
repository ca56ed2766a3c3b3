import { HttpClient, provideHttpClient, withInterceptors } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { type AngularTaskOptions, injectTask, injectTaskGroup, injectTaskRunner, provideTasks, provideTaskScope, taskInterceptor, withHttpQueue, withTask } from 'sluice/angular';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { make } from './support/set-up.ts';

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((text: string) => { warnings.push(text); });
});
afterEach(() => { vi.restoreAllMocks(); });

function setUp(options: AngularTaskOptions = { groups: { uploads: { concurrency: 2 }, thumbnails: {} } }): void {
  TestBed.configureTestingModule({
    providers: [provideTasks({ timeSlice: Infinity, ...options }, withHttpQueue()), provideHttpClient(withInterceptors([taskInterceptor])), provideHttpClientTesting()],
  });
}

const use: Record<string, (group: string) => void> = {
  injectTask: (group) => {
    make(() => injectTask({ group, run: () => 1 }));
    TestBed.tick();
  },
  injectTaskRunner: (group) => { make(() => injectTaskRunner({ group, run: () => 1 })).run(undefined); },
  injectTaskGroup: (group) => { make(() => injectTaskGroup(group)); },
  withTask: (group) => { TestBed.inject(HttpClient).get('/a', { context: withTask({ group }) }).subscribe(); },
};

describe('a group that is used and was not listed, where others are', () => {
  it.each(Object.entries(use))('is warned of once, with what may have been meant: %s', (_, inGroup) => {
    setUp();
    inGroup('uploads');
    expect(warnings).toEqual([]);
    inGroup('uplaods');
    inGroup('uplaods');
    expect(warnings).toEqual(['sluice/angular: the group "uplaods" has no options, as it is none of those given to provideTasks() or provideTaskScope(): uploads, thumbnails. Did you mean "uploads"? If it is meant, list it as well: groups: { "uplaods": {} }.']);
    inGroup('other');
    expect(warnings.length).toBe(2);
    expect(warnings[1]).not.toContain('Did you mean');
  });

  it('is nothing to warn of where none are listed', () => {
    setUp({ groups: {} });
    for (const inGroup of Object.values(use)) inGroup('any');
    expect(warnings).toEqual([]);
  });

  it('is one of the nearest manager', () => {
    setUp();
    const injector = createEnvironmentInjector([provideTaskScope({ groups: { steps: {} } })], TestBed.inject(EnvironmentInjector));
    injectTaskGroup('steps', { injector });
    expect(warnings).toEqual([]);
    injectTaskGroup('uploads', { injector });
    expect(warnings).toEqual([expect.stringContaining('none of those given to provideTasks() or provideTaskScope(): steps.')]);
  });
});
