import { fromEvent, merge } from 'rxjs';

import { InvalidInputError, type TaskManager } from '../index.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import type { TaskGroupName } from './task-groups.ts';
import type { TaskRuntime } from './task-runtime.ts';
import type { TasksFeature } from './tasks-feature.ts';

declare const ngDevMode: unknown; // Angular's: false in a production build

/** Options of {@link withNetworkPause}. */
export interface NetworkPauseOptions {
  /** The groups that are paused. Default: the whole manager. */
  readonly groups?: readonly TaskGroupName[] | undefined;
}

/**
 * Pauses groups, or the whole manager, while the browser says that it is offline. What runs goes on.
 * What was paused by someone else before stays paused. On a server it does nothing.
 *
 * @throws InvalidInputError for an option that does not exist or has a wrong value
 *
 * @example
 * ```ts
 * import { provideTasks, withNetworkPause } from 'sluice/angular';
 *
 * export const providers = [provideTasks({ groups: { uploads: { concurrency: 2 } } }, withNetworkPause({ groups: ['uploads'] }))];
 * ```
 */
export function withNetworkPause(options: NetworkPauseOptions = {}): TasksFeature {
  if (ngDevMode) refuseWrong(options);
  return { ɵstart: (runtime) => { follow(runtime, options.groups); } };
}

function refuseWrong(options: NetworkPauseOptions): void {
  refuseUnknown('withNetworkPause()', options, ['groups']);
  const { groups } = options as { groups?: unknown };
  if (groups === undefined || (Array.isArray(groups) && groups.every((name) => typeof name === 'string' && name !== ''))) return;
  throw new InvalidInputError('withNetworkPause(): groups', 'an array of group names', groups);
}

type Scope = Pick<TaskManager, 'paused' | 'pause' | 'resume'>;

function follow({ server, zone, manager, destroyRef }: TaskRuntime, groups: readonly string[] | undefined): void {
  if (server) return;
  const scopes: Scope[] = groups ? groups.map((name) => manager.group(name)) : [manager];
  const paused: Scope[] = [];
  const look = (): void => {
    if (navigator.onLine) for (const scope of paused.splice(0)) scope.resume();
    else for (const scope of scopes) {
      if (scope.paused) continue;
      scope.pause();
      paused.push(scope);
    }
  };
  look();
  const subscription = zone.runOutsideAngular(() => merge(fromEvent(window, 'offline'), fromEvent(window, 'online')).subscribe(look));
  destroyRef.onDestroy(() => { subscription.unsubscribe(); });
}
