import { ApplicationRef, ChangeDetectionStrategy, Component, NgZone } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { HttpClient, type HttpInterceptorFn, HttpResponse, provideHttpClient, withInterceptors } from '@angular/common/http';
import { NEVER, Observable, Subject } from 'rxjs';
import { injectTask, injectTaskManager, injectTaskRunner, provideTasks, taskInterceptor, withTask } from 'sluice/angular';
import { describe, expect, it } from 'vitest';

import { frame } from './support/frame.ts';
import { turns } from './support/turns.ts';

const macrotask = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve); });
const zoned = 'Zone' in globalThis;

function setUp(): void {
  TestBed.configureTestingModule({
    providers: [provideTasks({ timeSlice: Infinity })],
  });
}

/** Calls `work` as an event handler of the application would be called. */
function inAngular<T>(work: () => T): T {
  return TestBed.inject(NgZone).run(work);
}

describe('in the zone of the application', () => {
  it('run neither functions, nor timers, nor the queue', async () => {
    setUp();
    const where: boolean[] = [];
    const note = (): void => { where.push(NgZone.isInAngularZone()); };
    const runner = TestBed.runInInjectionContext(() => injectTaskRunner({
      run: () => new Observable<number>((subscriber) => {
        note();
        setTimeout(() => {
          note();
          subscriber.complete();
        });
      }),
    }));
    inAngular(() => {
      runner.run(undefined);
      TestBed.runInInjectionContext(() => injectTaskManager()).add(note);
      TestBed.runInInjectionContext(() => injectTaskManager()).scheduler.host.schedule(note, 1);
    });
    await TestBed.runInInjectionContext(() => injectTaskManager()).onIdle();
    await macrotask();
    await macrotask();
    expect(where).toEqual([false, false, false, false]);
  });

  it('come the answers of requests that were asked for there, and no others', async () => {
    TestBed.configureTestingModule({
      providers: [provideTasks({ timeSlice: Infinity, groups: { api: { concurrency: 1 } } }), provideHttpClient(withInterceptors([taskInterceptor, answering]))],
    });
    const where: boolean[] = [];
    const get = (): void => {
      TestBed.inject(HttpClient).get('/a', { context: withTask({ group: 'api' }) }).subscribe(() => { where.push(NgZone.isInAngularZone()); });
    };
    inAngular(() => {
      get();
      get(); // which waits, and starts outside
    });
    await TestBed.runInInjectionContext(() => injectTaskManager()).onIdle();
    get();
    await TestBed.runInInjectionContext(() => injectTaskManager()).onIdle();
    expect(where).toEqual([zoned, zoned, false]);
  });
});

/** Answers in the zone where the request is sent, as a backend does. */
const answering: HttpInterceptorFn = () => new Observable((subscriber) => {
  setTimeout(() => {
    subscriber.next(new HttpResponse({ body: 1 }));
    subscriber.complete();
  });
});

describe('checks of the views', () => {
  it('are a handful for 100 steps of progress, and see the last of them', async () => {
    let checks = 0;
    const steps = new Subject<number>();
    @Component({ selector: 'app-bar', template: '{{ count() }}', changeDetection: ChangeDetectionStrategy.OnPush })
    class Bar {
      readonly task = injectTask({
        run: ({ progress }) => {
          steps.subscribe(progress);
          return NEVER;
        },
      });
      count(): number {
        checks++;
        return this.task.progress()?.fraction ?? 0;
      }
    }
    setUp();
    const fixture = TestBed.createComponent(Bar);
    TestBed.inject(ApplicationRef).attachView(fixture.componentRef.hostView);
    await turns();
    TestBed.tick();
    await frame();
    checks = 0;
    const { task } = fixture.componentInstance;
    const seen = new Set<number | undefined>();
    // From outside, as the function of a task reports; and before a frame can come.
    await TestBed.inject(NgZone).runOutsideAngular(async () => {
      for (let step = 1; step <= 100; step++) {
        steps.next(step / 100);
        await Promise.resolve();
        seen.add(task.progress()?.fraction);
      }
    });
    expect([...seen]).toEqual([undefined]);
    await frame();
    await frame();
    expect(task.progress()?.fraction).toBe(1);
    expect(checks).toBeGreaterThan(0);
    expect(checks).toBeLessThanOrEqual(6); // in development each is made twice
    expect((fixture.nativeElement as HTMLElement).textContent).toBe('1');
  });

  if (zoned) it('are one for all the signals that are behind', async () => {
    setUp();
    const ticks = { count: 0 };
    const gate = new Subject<number>();
    const runner = TestBed.runInInjectionContext(() => injectTaskRunner({ run: () => gate }));
    const handles = Array.from({ length: 20 }, () => runner.run(undefined));
    await turns();
    const subscription = TestBed.inject(NgZone).onMicrotaskEmpty.subscribe(() => { ticks.count++; });
    TestBed.inject(NgZone).runOutsideAngular(() => { gate.complete(); });
    await turns();
    subscription.unsubscribe();
    expect(handles.every(({ phase }) => phase() === 'completed')).toBe(true);
    expect(ticks.count).toBe(1);
  });
});
