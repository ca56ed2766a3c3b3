import type { TaskGroupName } from './task-groups.ts';

/** Options of `withHttpQueue`. */
export interface HttpQueueOptions {
  /** `'explicit'` (default): requests wait that have a `withTask` context. `'implicit'`: all of them do. */
  readonly strategy?: 'explicit' | 'implicit' | undefined;
  /** The group of requests whose context names none. Default: no group. */
  readonly group?: TaskGroupName | undefined;
  /** The priority of requests whose context has none. Default 0. */
  readonly priority?: number | undefined;
}
