/**
 * The groups of an application, for the compiler: empty, and to be merged with. Where it has names, `group` and the
 * like take these alone, so that a misspelled one does not compile.
 *
 * @example
 * ```ts
 * import type { AngularGroupOptions } from 'sluice/angular';
 *
 * export const groups = {
 *   thumbnails: { concurrency: 4 },
 *   uploads: { concurrency: 2 },
 * } satisfies Record<string, AngularGroupOptions>; // for provideTasks({ groups })
 *
 * declare module 'sluice/angular' {
 *   interface TaskGroups extends Record<keyof typeof groups, unknown> {}
 * }
 * ```
 */
export interface TaskGroups {}

/** The name of a group: any string, or one of {@link TaskGroups} where these are declared. */
export type TaskGroupName = [keyof TaskGroups] extends [never] ? string : Extract<keyof TaskGroups, string>;
