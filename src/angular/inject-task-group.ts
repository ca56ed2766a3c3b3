import { computed, type Injector, signal, type Signal } from '@angular/core';

import type { CancelOptions, GroupProgress, GroupState, TaskCounts } from '../index.ts';
import { checkProvided } from './check-provided.ts';
import type { TaskGroupName } from './task-groups.ts';
import { findRuntime } from './task-runtime.ts';
import { warnUnlisted } from './warn-unlisted.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** A group of tasks, as signals: see {@link injectTaskGroup}. They are written once a frame at most. */
export interface TaskGroupSignals {
  readonly name: string;
  /** How many wait for a slot. */
  readonly queued: Signal<number>;
  readonly running: Signal<number>;
  /** How many are and have been in each status. */
  readonly counts: Signal<TaskCounts>;
  /** How far its tasks are, counted since it was last empty. */
  readonly progress: Signal<GroupProgress>;
  readonly isPaused: Signal<boolean>;
  readonly concurrency: Signal<number>;
  /** Starts nothing more until {@link resume}. What runs goes on. */
  pause(): void;
  resume(): void;
  /**
   * Changes how many run at once.
   *
   * @throws InvalidInputError for what is neither a positive integer nor `Infinity`
   */
  setConcurrency(concurrency: number): void;
  /**
   * Cancels what is waiting, queued or running.
   *
   * @throws InvalidInputError for an option that does not exist or has a wrong value
   */
  cancel(options?: CancelOptions): void;
}

/**
 * The tasks that share a group name, as signals, until the component or service is destroyed.
 *
 * @throws InvalidInputError when there is no manager, and for a name that is no string, or empty
 *
 * @example
 * ```ts
 * import { Component } from '@angular/core';
 * import { injectTaskGroup } from 'sluice/angular';
 *
 * @Component({
 *   selector: 'app-uploads',
 *   template: `
 *     {{ uploads.running() }} running, {{ uploads.queued() }} to go
 *     <progress [value]="uploads.progress().fraction"></progress>
 *     <button (click)="uploads.isPaused() ? uploads.resume() : uploads.pause()">
 *       {{ uploads.isPaused() ? 'Resume' : 'Pause' }}
 *     </button>`,
 * })
 * export class UploadsPanel {
 *   readonly uploads = injectTaskGroup('uploads');
 * }
 * ```
 */
export function injectTaskGroup(name: TaskGroupName, options: { readonly injector?: Injector | undefined } = {}): TaskGroupSignals {
  if (ngDevMode) checkProvided(injectTaskGroup as () => unknown, options.injector);
  const { runtime, destroyRef } = findRuntime(options.injector);
  const { manager, publisher, zone } = runtime;
  const group = manager.group(name);
  if (ngDevMode) warnUnlisted(runtime, name);
  const state = signal(group.state);
  const publish = (): void => { state.set(group.state); };
  if (!destroyRef.destroyed) {
    const subscription = zone.runOutsideAngular(() => group.state$.subscribe(() => { publisher.inFrame(publish); }));
    destroyRef.onDestroy(() => {
      subscription.unsubscribe();
      publisher.behind.delete(publish);
    });
  }
  const pick = <Key extends keyof GroupState>(key: Key): Signal<GroupState[Key]> => computed(() => state()[key]);
  const counts = pick('counts');
  return {
    name, counts,
    queued: computed(() => counts().queued),
    running: computed(() => counts().running),
    progress: pick('progress'),
    isPaused: pick('paused'),
    concurrency: pick('concurrency'),
    pause(): void {
      group.pause();
      publish();
    },
    resume(): void {
      group.resume();
      publish();
    },
    cancel(cancelOptions): void {
      group.cancel(cancelOptions);
      publish();
    },
    setConcurrency(concurrency): void {
      group.concurrency = concurrency;
      publish();
    },
  };
}
