import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { TaskManager, type TaskManagerOptions } from 'sluice';
import { expect } from 'vitest';

export interface Marbles extends RunHelpers {
  /** A manager whose time is the marbles' time: a frame is a millisecond. */
  manager(options?: Omit<TaskManagerOptions, 'host'>): TaskManager;
  /** Does something at each marble that is a letter. */
  when(marbles: string, action: () => void): void;
}

/** Runs a marble test with a manager in virtual time. */
export function marbles(test: (helpers: Marbles) => void): void {
  const host = new TestScheduler((actual, expected) => { expect(actual).toEqual(expected); });
  host.run((helpers) => {
    test({
      ...helpers,
      manager: (options) => new TaskManager({ ...options, host }),
      when: (times, action) => { helpers.hot(times).subscribe(action); },
    });
  });
}
