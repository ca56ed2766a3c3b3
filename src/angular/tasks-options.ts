import type { TaskGroupOptions, TaskManagerOptions } from '../index.ts';

/** What a group of an Angular application decides for its tasks. */
export interface AngularGroupOptions extends TaskGroupOptions {
  /**
   * Whether its tasks run on the server. `'run'` (default): they do. `'skip'`: they stay queued there,
   * so that the page is rendered without them and the browser runs them.
   */
  readonly server?: 'run' | 'skip' | undefined;
  /**
   * Whether the application counts as stable while the group has work. `'block'` (default): it does not,
   * so the server waits for its results before it renders. `'background'`: it does.
   */
  readonly stability?: 'block' | 'background' | undefined;
}

/** Options of {@link provideTasks}: those of a `TaskManager`, and what only an Angular application has. */
export interface AngularTaskOptions extends Omit<TaskManagerOptions, 'groups' | 'host'> {
  /** Options by group name. Any other group name may be used as well, and has no limit; in development it is warned of. */
  readonly groups?: Readonly<Record<string, AngularGroupOptions>> | undefined;
  /**
   * For how many milliseconds tasks may keep the server from rendering; those that have not settled by
   * then are cancelled, and the page shows them loading. Default 10,000; `Infinity` waits for all.
   */
  readonly serverMaxWait?: number | undefined;
}
