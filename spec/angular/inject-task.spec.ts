import { ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Subject } from 'rxjs';
import { injectTask, provideTasks } from 'sluice/angular';
import { describe, expect, it } from 'vitest';

describe('a resource of injectTask', () => {
  it('is loading while its task waits and runs, and resolved when it has completed', async () => {
    TestBed.configureTestingModule({ providers: [provideTasks()] });
    const answer = new Subject<number>();
    const task = TestBed.runInInjectionContext(() => injectTask({ run: () => answer }));
    expect([task.status(), task.phase(), task.hasValue()]).toEqual(['loading', 'waiting', false]);
    TestBed.tick();
    expect([task.status(), task.phase()]).toEqual(['loading', 'queued']);
    await Promise.resolve();
    await Promise.resolve();
    expect([task.status(), task.phase()]).toEqual(['loading', 'running']);
    answer.next(7);
    answer.complete();
    await TestBed.inject(ApplicationRef).whenStable();
    expect([task.status(), task.phase(), task.value(), task.hasValue()]).toEqual(['resolved', 'completed', 7, true]);
  });
});
