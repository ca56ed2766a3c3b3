import { compare } from './compare.ts';
import { predict } from './model.ts';
import { allOperations, type Observation, type Scenario, type Script, type TraceEvent } from './scenario.ts';
import { timeline } from './timeline.ts';

/**
 * What is expected of Sluice where it deliberately differs from the reference, found from what a
 * scenario does. README.md has these rules in words.
 */

/**
 * Whether something waits for the end of the tasks without a group. These are no group in Sluice, and
 * their end is no event; here they are made one.
 */
export function watchesUngrouped({ script }: Script): boolean {
  return [...allOperations(script)].some((operation) => operation.op === 'hook' && operation.on === 'group_finished' && (operation.group ?? null) === null);
}

/** What was observed of the reference, as it is to be observed of Sluice. */
export function translate(scenario: Scenario): Observation {
  const { trace, final, script } = scenario;
  const watched = watchesUngrouped(scenario);
  const ignored = ([kind, group]: TraceEvent): boolean => kind === 'group_finished' && group === null && !watched;

  // A closed manager refuses what the reference queues and never starts.
  const shutDown = script.findIndex(({ op }) => op === 'shutdown');
  const refused = shutDown < 0 ? [] : script.slice(shutDown).flatMap((operation) => (operation.op === 'add' || operation.op === 'pass' ? operation.uid : []));

  return {
    trace: trace.map((events) => events.filter((event) => !ignored(event))),
    final: { ...final, pending: final.pending.filter((uid) => !refused.includes(uid)) },
  };
}

export interface SkipRule {
  readonly name: string;
  readonly applies: (scenario: Scenario) => boolean;
}

/** Scenarios of which Sluice cannot or will not do what they say. */
export const skipRules: readonly SkipRule[] = [
  {
    name: 'no slots: Sluice refuses a concurrency that is no positive integer',
    applies: ({ max_threads }) => !(Number.isSafeInteger(max_threads) && max_threads > 0),
  },
  {
    name: 'a task waits for one that is added later: upstream is fixed when a task is made',
    applies: waitsForLater,
  },
  {
    name: 'a listener to a failure starts something before the failure is through: here that starts after it',
    applies: startsInFailure,
  },
];

/** Whether a task names an upstream id that is given away later, while that task has not started. */
function waitsForLater(scenario: Scenario): boolean {
  const tasks = timeline(scenario);
  return [...tasks].some(([uid, { task, started }]) => task.upstream?.some((later) => {
    const other = tasks.get(later);
    return other !== undefined && later >= uid && (started === undefined || started >= other.added);
  }));
}

/**
 * Whether it shows in the trace that a listener let something start while a failure was going down. It
 * mostly does not: it starts a little later, within the same operation.
 */
function startsInFailure(scenario: Scenario): boolean {
  return compare(scenario, predict(scenario)).length === 0 && compare(scenario, predict(scenario, { failsBeforeStarting: true })).length > 0;
}
