import { suggest } from './refuse-unknown.ts';
import type { TaskRuntime } from './task-runtime.ts';

/** For development: a group that is used and was not listed, where others are, may be a slip of the pen. Says so once. */
export function warnUnlisted({ groups, unlisted }: Pick<TaskRuntime, 'groups' | 'unlisted'>, group: string | undefined): void {
  const listed = Object.keys(groups);
  if (group === undefined || listed.length === 0 || group in groups || unlisted.has(group)) return;
  unlisted.add(group);
  // eslint-disable-next-line no-console -- for who develops the application
  console.warn([
    `sluice/angular: the group "${group}" has no options, as it is none of those given to provideTasks() or provideTaskScope(): ${listed.join(', ')}.`,
    suggest(group, listed),
    `If it is meant, list it as well: groups: { ${JSON.stringify(group)}: {} }.`,
  ].filter(Boolean).join(' '));
}
