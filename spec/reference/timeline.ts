import { type Add, hookKey, type Operation, type Pass, type Scenario } from './scenario.ts';

/** When things happened to a task, as numbers to compare; undefined for what never did. */
export interface Life {
  readonly task: Add | Pass;
  readonly added: number;
  readonly started: number | undefined;
  readonly failed: number | undefined;
}

/**
 * The tasks of a scenario by id. An operation comes before the events of its trace, and what a
 * listener did has the time of the signal it listened to.
 */
export function timeline({ script, trace }: Scenario): ReadonlyMap<number, Life> {
  const events = trace.flatMap((events, at) => events.map((event, i) => ({ event, time: at + (i + 1) / (events.length + 2) })));
  const find = (key: string, after: number): number | undefined =>
    events.find(({ event, time }) => time > after && hookKey(event[0] as 'completed', event[1] as number) === key)?.time;

  const tasks = new Map<number, Life>();
  const walk = (operations: readonly Operation[], time: number): void => {
    for (const operation of operations) {
      if (operation.op === 'hook') {
        const signal = find(hookKey(operation.on, operation.on === 'group_finished' ? operation.group : operation.uid), time);
        if (signal !== undefined) walk(operation.do, signal);
      } else if ((operation.op === 'add' || operation.op === 'pass') && operation.uid !== undefined) {
        const { uid } = operation;
        tasks.set(uid, { task: operation, added: time, started: find(`start ${uid}`, -1), failed: find(`failed ${uid}`, -1) });
      }
    }
  };
  script.forEach((operation, at) => { walk([operation], at); });
  return tasks;
}
