import { ApplicationRef, PendingTasks, PLATFORM_ID } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, of, Subject } from 'rxjs';
import { type TaskManager, withRetry } from 'sluice';
import { type AngularTaskOptions, injectTask, injectTaskManager, provideTasks } from 'sluice/angular';
import { describe, expect, it } from 'vitest';

import { frame } from './support/frame.ts';
import { turns } from './support/turns.ts';

interface World {
  readonly tasks: TaskManager;
  /** How many entries keep the application from being stable now, and how many have ever. */
  readonly entries: { now: number; ever: number };
  /** Called when one is released. */
  readonly released: { call: () => void };
}

function setUp(options: AngularTaskOptions = {}, platform: 'browser' | 'server' = 'browser'): World {
  const entries = { now: 0, ever: 0 };
  const released = { call: (): void => {} };
  TestBed.configureTestingModule({
    providers: [provideTasks({ timeSlice: Infinity, ...options }), { provide: PLATFORM_ID, useValue: platform }],
  });
  const pending = TestBed.inject(PendingTasks);
  const add = pending.add.bind(pending);
  pending.add = (): (() => void) => {
    const remove = add();
    entries.now++;
    entries.ever++;
    return () => {
      entries.now--;
      released.call();
      remove();
    };
  };
  return { tasks: TestBed.runInInjectionContext(() => injectTaskManager()), entries, released };
}

describe.each(['browser', 'server'] as const)('the application, in the %s,', (platform) => {
  it('is not stable from the call that queues work until its signals are written, by one entry', async () => {
    const { tasks, entries, released } = setUp({ concurrency: 1 }, platform);
    const answer = new Subject<number>();
    const task = TestBed.runInInjectionContext(() => injectTask({ run: () => answer }));
    TestBed.tick();
    expect(entries).toEqual({ now: 1, ever: 1 });
    tasks.add(() => 1);
    tasks.add(() => 2);
    await turns();
    const seen: unknown[] = [];
    released.call = (): void => { seen.push(task.status()); };
    answer.next(5);
    answer.complete();
    await TestBed.inject(ApplicationRef).whenStable().then(() => { seen.push(task.value(), entries.now); });
    expect(seen).toEqual(['resolved', 5, 0]);
    expect(entries.ever).toBe(1);
    tasks.add(() => 3);
    expect(entries).toEqual({ now: 1, ever: 2 });
    await turns();
    expect(entries.now).toBe(0);
  });

  it('is stable while only background groups have work', async () => {
    const { tasks, entries } = setUp({ groups: { uploads: { stability: 'background' } } }, platform);
    tasks.add(() => NEVER, { group: 'uploads' });
    tasks.task(() => 1, { upstream: [tasks.task(() => NEVER, { group: 'uploads' })] }).start();
    await turns();
    expect(entries.now).toBe(0);
    tasks.add(() => 1, { group: 'other' });
    expect(entries.now).toBe(1);
    await frame();
    expect(entries.now).toBe(0);
  });

  it('is stable while what has work is paused, and not when it goes on', async () => {
    const { tasks, entries } = setUp({}, platform);
    tasks.group('api').pause();
    const answer = new Subject<number>();
    tasks.add(() => answer, { group: 'api' });
    tasks.task(() => 1, { upstream: [tasks.add(() => 1, { group: 'api' })] }).start();
    await turns();
    expect(entries.now).toBe(0);
    tasks.group('api').resume();
    await turns();
    expect(entries.now).toBe(1);
    tasks.pause(); // what runs goes on
    await turns();
    expect(entries.now).toBe(1);
    answer.complete();
    await turns();
    tasks.add(() => 2);
    await turns();
    expect(entries.now).toBe(0);
    tasks.resume();
    await turns();
    expect([entries.now, tasks.state.status]).toEqual([0, 'idle']);
  });

  it('is not stable while a task waits for its next attempt, whatever is paused or in the background', async () => {
    const { tasks, entries } = setUp({ groups: { uploads: { stability: 'background' } } }, platform);
    tasks.group('api').pause();
    tasks.add(() => 1, { group: 'api' });
    tasks.add(() => NEVER, { group: 'uploads' });
    const attempt = new Subject<void>();
    const failing = (group: string): void => {
      tasks.add((_, context) => { if (context.attempt === 1) throw new Error('503'); }, { group, policies: [withRetry({ count: 1, delay: () => attempt })] });
    };
    failing('uploads');
    await turns();
    expect(entries.now).toBe(0);
    failing('page');
    await turns();
    expect(entries.now).toBe(1);
    tasks.group('page').pause(); // so that it will not go on by itself
    await turns();
    expect(entries.now).toBe(0);
    tasks.group('page').resume();
    attempt.next();
    await turns();
    expect([tasks.state.counts, entries.now]).toMatchObject([{ completed: 2, waiting: 0 }, 0]);
  });

  it('is not stable while a task waits for something that no manager knows', async () => {
    const { tasks, entries } = setUp({}, platform);
    const source = new Subject<number>();
    tasks.task(() => 1, { upstream: { source } }).start();
    await turns();
    expect(entries.now).toBe(1);
    source.next(1);
    source.complete();
    await turns();
    expect(entries.now).toBe(0);
  });
});

describe('on the server', () => {
  it('groups that are skipped stay queued, and hold nothing up', async () => {
    const { tasks, entries } = setUp({ groups: { pictures: { server: 'skip' } } }, 'server');
    const picture = TestBed.runInInjectionContext(() => injectTask({ group: 'pictures', run: () => 1 }));
    TestBed.tick();
    await turns();
    expect([picture.status(), picture.phase(), entries.now, tasks.group('pictures').paused]).toEqual(['loading', 'queued', 0, true]);
  });

  it('tasks are cancelled when they have kept it for too long, and shown loading', async () => {
    const { tasks, entries } = setUp({ serverMaxWait: 1 }, 'server');
    const task = TestBed.runInInjectionContext(() => injectTask({ run: () => NEVER }));
    TestBed.tick();
    await turns();
    expect(entries.now).toBe(1);
    await TestBed.inject(ApplicationRef).whenStable();
    expect([task.status(), entries.now, tasks.state.counts.running]).toEqual(['loading', 0, 0]);
    tasks.add(() => of(1)); // too late to be waited for
    expect(entries.now).toBe(0);
    await turns();
  });

  it('tasks are waited for without an end, if it is so', async () => {
    const { tasks, entries } = setUp({ serverMaxWait: Infinity }, 'server');
    tasks.add(() => NEVER);
    await turns();
    expect(entries.now).toBe(1);
  });
});

describe('in the browser', () => {
  it('groups that are skipped on the server run', async () => {
    setUp({ groups: { pictures: { server: 'skip' } } });
    const picture = TestBed.runInInjectionContext(() => injectTask({ group: 'pictures', run: () => 1 }));
    TestBed.tick();
    await turns();
    expect(picture.value()).toBe(1);
  });
});
