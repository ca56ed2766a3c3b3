import { TestBed } from '@angular/core/testing';
import { type AngularTaskOptions, provideTasks } from 'sluice/angular';

import { turns } from './turns.ts';

/** Provides a manager. Nothing depends on how fast the machine is. */
export function setUp(options: AngularTaskOptions = {}): void {
  TestBed.configureTestingModule({ providers: [provideTasks({ timeSlice: Infinity, ...options })] });
}

/** Calls one of the `inject…` functions. */
export function make<T>(factory: () => T): T {
  return TestBed.runInInjectionContext(factory);
}

/** Lets effects run, and what they have queued start. */
export async function start(): Promise<void> {
  TestBed.tick();
  await turns();
}
