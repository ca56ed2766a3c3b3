import type { Injector } from '@angular/core';
import { Observable } from 'rxjs';

import { injectTaskManager, type TaskBackend, type TaskBackendRun } from '../index.ts';
import { TestTask } from './test-task.ts';

/** Which tasks are meant: those of a name, or those that a function picks. */
export type TaskMatch = string | ((task: TestTask) => boolean);

/**
 * Ends the tasks of a test, as `HttpTestingController` answers its requests. A task can be found once
 * it has started: while it is queued, or waits for upstream, it cannot.
 *
 * @example
 * ```ts
 * import { TestBed } from '@angular/core/testing';
 * import { injectTaskRunner } from 'sluice/angular';
 * import { provideTasksTesting, TaskTestingController } from 'sluice/angular/testing';
 *
 * TestBed.configureTestingModule({ providers: [provideTasksTesting()] });
 * const tasks = TestBed.inject(TaskTestingController);
 * const upload = TestBed.runInInjectionContext(() => injectTaskRunner({ name: 'upload', run: (file: string) => file.length }));
 * const handle = upload.run('picture.png');
 * const task = tasks.expectOne('upload');
 * task.progress(0.5);
 * task.flush(11);
 * console.log(handle.phase(), handle.value()); // completed 11
 * tasks.verify();
 * ```
 */
export class TaskTestingController implements TaskBackend {
  /** @internal */
  readonly immediate: boolean = true;
  readonly #started: Set<TestTask> = new Set();
  readonly #injector: Injector;

  /** @internal */
  constructor(injector: Injector) {
    this.#injector = injector;
  }

  /** @internal */
  handle(run: TaskBackendRun): unknown {
    return new Observable((subscriber) => {
      const task = new TestTask(run, subscriber);
      this.#started.add(task);
      return () => {
        this.#started.delete(task);
      };
    });
  }

  /** The tasks that have started and not ended, and are meant. */
  match(match: TaskMatch): TestTask[] {
    return [...this.#started].filter((task) => (typeof match === 'string' ? task.name === match : match(task)));
  }

  /**
   * The one task that is meant.
   *
   * @throws Error when there is none, or more than one
   */
  expectOne(match: TaskMatch): TestTask {
    const [task, ...others] = this.match(match);
    if (task && others.length === 0) return task;
    throw new Error(`Expected one started task ${describe(match)}, found ${task ? 1 + others.length : 'none'}. ${this.#list()}`);
  }

  /**
   * Sees to it that no started task is meant.
   *
   * @throws Error when there is one
   */
  expectNone(match: TaskMatch): void {
    const { length } = this.match(match);
    if (length > 0) throw new Error(`Expected no started task ${describe(match)}, found ${length}.`);
  }

  /** Resolves when no task of the application's manager waits, is queued or runs, and signals are written. */
  async whenIdle(): Promise<void> {
    await injectTaskManager({ injector: this.#injector }).onIdle();
  }

  /**
   * Sees to it that every task has ended: those that have started, in whatever manager, and those that
   * wait or are queued in the application's.
   *
   * @throws Error when one has not
   */
  verify(): void {
    const { waiting, queued } = injectTaskManager({ injector: this.#injector }).state.counts;
    if (this.#started.size + waiting + queued === 0) return;
    throw new Error(`Expected no open tasks. ${this.#list()} ${waiting} waiting, ${queued} queued.`);
  }

  #list(): string {
    const names = [...this.#started].map(({ name }) => name);
    return names.length > 0 ? `Started: ${names.join(', ')}.` : 'No task has started.';
  }
}

function describe(match: TaskMatch): string {
  return typeof match === 'string' ? `"${match}"` : 'that matches';
}
