import { TestBed } from '@angular/core/testing';
import { injectTask, injectTaskGroup, injectTaskManager, injectTaskRunner } from 'sluice/angular';
import { provideTasksTesting, TaskTestingController } from 'sluice/angular/testing';
import { describe, expect, it } from 'vitest';

import { make } from './support/set-up.ts';

function setUp(concurrency: number): TaskTestingController {
  TestBed.configureTestingModule({ providers: [provideTasksTesting({ groups: { uploads: { concurrency } } })] });
  return TestBed.inject(TaskTestingController);
}

function uploads() {
  const group = make(() => injectTaskGroup('uploads'));
  const runner = make(() => injectTaskRunner({ group: 'uploads', name: 'upload', run: (file: string) => file.length }));
  /** What a panel would show. */
  const shown = (): unknown => ({
    phases: runner.handles().map(({ phase }) => phase()),
    places: runner.handles().map(({ position }) => position()),
    group: [group.queued(), group.running(), group.counts().completed, group.progress().done],
  });
  return { group, runner, shown };
}

// Nothing in this file is awaited.
describe('in a test all is true in the turn', () => {
  it('in which something is run, ended, failed, cancelled and run again', () => {
    const tasks = setUp(1);
    const { runner, shown } = uploads();
    for (const file of ['a', 'b', 'c']) runner.run(file);
    expect(shown()).toEqual({ phases: ['running', 'queued', 'queued'], places: [undefined, 1, 2], group: [2, 1, 0, 0] });
    tasks.expectOne('upload').flush(1);
    expect(shown()).toEqual({ phases: ['completed', 'running', 'queued'], places: [undefined, undefined, 1], group: [1, 1, 1, 1] });
    tasks.expectOne('upload').error(new Error('full'));
    expect(shown()).toEqual({ phases: ['completed', 'failed', 'running'], places: [undefined, undefined, undefined], group: [0, 1, 1, 2] });
    runner.handles()[1]!.retry();
    expect(shown()).toMatchObject({ phases: ['completed', 'queued', 'running'], places: [undefined, 1, undefined] });
    runner.handles()[2]!.cancel();
    expect(shown()).toMatchObject({ phases: ['completed', 'running', 'cancelled'], places: [undefined, undefined, undefined] });
    runner.cancel();
    runner.remove();
    expect(shown()).toMatchObject({ phases: [], group: [0, 0, 1, 2] });
  });

  it('in which a group is paused and resumed, by its signals or by the manager', () => {
    const tasks = setUp(2);
    const { group, runner, shown } = uploads();
    const manager = make(injectTaskManager);
    for (const side of [group, manager.group('uploads'), manager]) {
      side.pause();
      runner.run('a');
      expect(shown()).toMatchObject({ phases: ['queued'], places: [1], group: [1, 0, 0, 0] });
      expect(group.isPaused()).toBe(side !== manager);
      tasks.expectNone('upload');
      side.resume();
      expect(shown()).toMatchObject({ phases: ['running'], places: [undefined], group: [0, 1, 0, 0] });
      expect(group.isPaused()).toBe(false);
      tasks.expectOne('upload');
      group.cancel();
      runner.remove();
    }
  });

  it('in which a limit is changed', () => {
    const tasks = setUp(1);
    const { group, runner, shown } = uploads();
    for (const file of ['a', 'b', 'c']) runner.run(file);
    group.setConcurrency(2);
    expect(shown()).toEqual({ phases: ['running', 'running', 'queued'], places: [undefined, undefined, 1], group: [1, 2, 0, 0] });
    expect([group.concurrency(), tasks.match('upload').length]).toEqual([2, 2]);
    make(injectTaskManager).group('uploads').concurrency = 3;
    expect(shown()).toMatchObject({ phases: ['running', 'running', 'running'], group: [0, 3, 0, 0] });
    expect(group.concurrency()).toBe(3);
  });

  it('in which a task is moved', () => {
    const tasks = setUp(1);
    const { runner, shown } = uploads();
    for (const file of ['a', 'b', 'c']) runner.run(file);
    runner.handles()[2]!.setPriority(1);
    expect(shown()).toMatchObject({ places: [undefined, 2, 1] });
    tasks.expectOne('upload').flush(1);
    expect(shown()).toMatchObject({ phases: ['completed', 'queued', 'running'], places: [undefined, 1, undefined] });
  });

  it('in which a resource is made, given its result, reloaded and cancelled', () => {
    const tasks = setUp(1);
    const group = make(() => injectTaskGroup('uploads'));
    const [first, second] = ['first', 'second'].map((name) => make(() => injectTask({ name, group: 'uploads', run: () => 1 })));
    TestBed.tick();
    expect([first!.phase(), second!.phase(), second!.position(), group.queued(), group.running()]).toEqual(['running', 'queued', 1, 1, 1]);
    tasks.expectOne('first').flush(7);
    expect([first!.status(), first!.value(), second!.phase(), group.queued(), group.running()]).toEqual(['resolved', 7, 'running', 0, 1]);
    second!.cancel();
    expect([second!.status(), group.running(), group.counts().cancelled]).toEqual(['idle', 0, 1]);
    first!.reload();
    TestBed.tick();
    expect([first!.status(), first!.phase(), group.running()]).toEqual(['reloading', 'running', 1]);
  });

  it('in which a task of the manager itself is added and ends', () => {
    setUp(1);
    const group = make(() => injectTaskGroup('uploads'));
    const task = make(injectTaskManager).add(() => 1, { group: 'uploads' });
    expect([task.status, group.counts().completed]).toEqual(['completed', 1]);
  });
});
