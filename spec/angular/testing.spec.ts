import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { injectTask, injectTaskManager, injectTaskRunner, provideTaskScope } from 'sluice/angular';
import { provideTasksTesting, TaskTestingController } from 'sluice/angular/testing';
import { describe, expect, it } from 'vitest';

function setUp(options = {}): TaskTestingController {
  TestBed.configureTestingModule({ providers: [provideTasksTesting(options)] });
  return TestBed.inject(TaskTestingController);
}

describe('the TaskTestingController', () => {
  it('ends a task with a value: signals are written, and what waited has started, when it returns', () => {
    const tasks = setUp();
    const id = signal(7);
    const user = TestBed.runInInjectionContext(() => injectTask({ name: 'user', group: 'api', params: id, run: (): { name: string } => { throw new Error('not called'); } }));
    const page = TestBed.runInInjectionContext(() => injectTask({ name: 'page', upstream: { user }, run: () => 'x' }));
    TestBed.tick();
    tasks.expectNone('page');
    const task = tasks.expectOne('user');
    expect(task).toMatchObject({ name: 'user', group: 'api', input: 7, attempt: 1, cancelled: false });
    task.progress(0.5);
    expect(user.progress()?.fraction).toBe(0.5);
    task.next({ name: 'Ada' });
    expect([user.status(), user.value()]).toEqual(['loading', { name: 'Ada' }]);
    task.flush({ name: 'Grace' });
    expect([user.status(), user.value()]).toEqual(['resolved', { name: 'Grace' }]);
    tasks.expectOne(({ name }) => name === 'page').flush('done');
    expect(page.value()).toBe('done');
    tasks.verify();
  });

  it('lets a task fail, and says when one has ended', () => {
    const tasks = setUp();
    const user = TestBed.runInInjectionContext(() => injectTask({ name: 'user', run: () => 1 }));
    TestBed.tick();
    const task = tasks.expectOne('user');
    task.error(new Error('404'));
    expect(user.error()?.message).toBe('404');
    expect(() => { task.flush(1); }).toThrow('Cannot flush user: it has ended.');
    user.reload();
    TestBed.tick();
    const again = tasks.expectOne('user');
    user.cancel();
    expect(again.cancelled).toBe(true);
    expect(() => { again.progress(1); }).toThrow('Cannot progress user: it has been cancelled.');
    tasks.verify();
  });

  it('says what is there when something else was expected', () => {
    const tasks = setUp({ concurrency: 2 });
    expect(() => tasks.expectOne('a')).toThrow('Expected one started task "a", found none. No task has started.');
    const runner = TestBed.runInInjectionContext(() => injectTaskRunner({ name: 'a', run: (n: number) => n }));
    for (const n of [1, 2, 3]) runner.run(n);
    expect(tasks.match('a').map(({ input }) => input)).toEqual([1, 2]);
    expect(() => tasks.expectOne('a')).toThrow('Expected one started task "a", found 2. Started: a, a.');
    expect(() => tasks.expectOne(() => false)).toThrow('Expected one started task that matches, found none.');
    expect(() => { tasks.expectNone('a'); }).toThrow('Expected no started task "a", found 2.');
    tasks.expectNone('b');
    expect(() => { tasks.verify(); }).toThrow('Expected no open tasks. Started: a, a. 0 waiting, 1 queued.');
    tasks.match('a')[0]!.flush(1);
    expect(tasks.match('a').map(({ input }) => input)).toEqual([2, 3]);
  });

  it('waits until all is idle', async () => {
    const tasks = setUp();
    const manager = TestBed.runInInjectionContext(() => injectTaskManager());
    const job = manager.add(async () => 'not through the controller');
    await tasks.whenIdle();
    expect(job.status).toBe('completed');
  });

  it('has the tasks of scopes as well', () => {
    @Component({ selector: 'app-scope', template: '{{ task.value() }}', providers: [provideTaskScope()] })
    class Scope {
      readonly task = injectTask({ name: 'scoped', run: () => 'real' });
    }
    const tasks = setUp();
    const fixture = TestBed.createComponent(Scope);
    fixture.detectChanges();
    tasks.expectOne('scoped').flush('by hand');
    fixture.detectChanges();
    expect((fixture.nativeElement as HTMLElement).textContent).toBe('by hand');
  });
});
