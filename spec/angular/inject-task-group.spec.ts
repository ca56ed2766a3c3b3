import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, Subject } from 'rxjs';
import { groupState } from 'sluice';
import { injectTaskGroup, injectTaskManager, provideTasks, type TaskGroupSignals } from 'sluice/angular';
import { describe, expect, it } from 'vitest';

import { frame } from './support/frame.ts';
import { turns } from './support/turns.ts';

function setUp(): TaskGroupSignals {
  TestBed.configureTestingModule({ providers: [provideTasks({ timeSlice: Infinity, groups: { uploads: { concurrency: 1 } } })] });
  return TestBed.runInInjectionContext(() => injectTaskGroup('uploads'));
}

describe('the signals of a group', () => {
  it('follow its tasks, whoever made them', async () => {
    const uploads = setUp();
    const tasks = TestBed.runInInjectionContext(() => injectTaskManager());
    const seen = (): unknown[] => [uploads.name, uploads.queued(), uploads.running(), uploads.progress().fraction, uploads.counts().completed, uploads.concurrency()];
    expect(seen()).toEqual(['uploads', 0, 0, 0, 0, 1]);
    const first = new Subject<number>();
    tasks.add(() => first, { group: 'uploads' });
    tasks.add(() => NEVER, { group: 'uploads' });
    await frame();
    expect(seen()).toEqual(['uploads', 1, 1, 0, 0, 1]);
    first.complete();
    await frame();
    expect(seen()).toEqual(['uploads', 0, 1, 0.5, 1, 1]);
  });

  it('pause, resume, resize and cancel it, and show that at once', async () => {
    const uploads = setUp();
    const tasks = TestBed.runInInjectionContext(() => injectTaskManager());
    uploads.pause();
    expect(uploads.isPaused()).toBe(true);
    for (let i = 0; i < 3; i++) tasks.add(() => NEVER, { group: 'uploads' });
    await frame();
    expect([uploads.queued(), uploads.running()]).toEqual([3, 0]);
    uploads.setConcurrency(2);
    expect(uploads.concurrency()).toBe(2);
    uploads.resume();
    expect(uploads.isPaused()).toBe(false);
    await frame();
    expect([uploads.queued(), uploads.running()]).toEqual([1, 2]);
    uploads.cancel({ downstream: true });
    expect([uploads.queued(), uploads.running()]).toEqual([0, 0]);
    tasks.group('uploads').pause();
    await frame();
    expect(uploads.isPaused()).toBe(true);
  });

  it('end with their component', async () => {
    @Component({ selector: 'app-panel', template: '' })
    class Panel {
      readonly group = injectTaskGroup('panel');
    }
    setUp();
    const tasks = TestBed.runInInjectionContext(() => injectTaskManager());
    const fixture = TestBed.createComponent(Panel);
    tasks.add(() => NEVER, { group: 'panel' });
    fixture.destroy();
    await frame();
    expect(fixture.componentInstance.group.running()).toBe(0);
    tasks.cancelAll();
    await turns();
    expect(groupState(tasks.state, 'panel')).toBeUndefined();
  });

  it('refuse bad input at the call', () => {
    setUp();
    const make = (name: never): TaskGroupSignals => TestBed.runInInjectionContext(() => injectTaskGroup(name));
    expect(() => make('' as never)).toThrow(/group must be a string that is not empty/);
    expect(() => injectTaskGroup('uploads')).toThrow(/NG0203.*injectTaskGroup/);
    expect(() => { make('a' as never).setConcurrency(0); }).toThrow(/concurrency must be a positive integer or Infinity/);
    expect(() => { make('a' as never).cancel({ down: 1 } as never); }).toThrow(/the option "down"/);
    TestBed.resetTestingModule();
    expect(() => make('a' as never)).toThrow(/injectTaskGroup\(\) finds no task manager/);
    expect(() => TestBed.runInInjectionContext(() => injectTaskManager())).toThrow(/injectTaskManager\(\) finds no task manager/);
    expect(() => injectTaskManager()).toThrow(/NG0203.*injectTaskManager/);
  });
});
