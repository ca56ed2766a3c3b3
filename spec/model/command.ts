import fc, { type Arbitrary } from 'fast-check';
import type { CancelOptions, TaskEvent } from 'sluice';

import { KEYS, type Policies, policies } from './policies.ts';

/** What a task's function does when it is called. `promise`, `iterable` and `stream` are ended by hand. `nest` runs other tasks. */
export type Work = 'plain' | 'nothing' | 'throw' | 'several' | 'empty' | 'error' | 'stream' | 'promise' | 'iterable' | 'nest';

/** One thing that is done to a manager. Tasks, runs and so on are meant modulo how many there are. */
export type Command =
  | AddCommand
  | { readonly do: 'subscribe'; readonly task: number; readonly first: boolean; readonly then: Reaction | undefined }
  | { readonly do: 'unsubscribe'; readonly subscription: number }
  | { readonly do: 'start'; readonly task: number }
  | { readonly do: 'cancel'; readonly task: number; readonly options: CancelOptions }
  | { readonly do: 'cancelGroup'; readonly group: string; readonly options: CancelOptions }
  | { readonly do: 'cancelAll'; readonly options: CancelOptions }
  | { readonly do: 'pause' | 'resume'; readonly group: string | undefined }
  | { readonly do: 'resize'; readonly group: string | undefined; readonly concurrency: number }
  | { readonly do: 'prioritise'; readonly task: number; readonly priority: number }
  | { readonly do: 'emit' | 'complete' | 'fail'; readonly run: number }
  | { readonly do: 'progress'; readonly run: number; readonly fraction: number }
  | { readonly do: 'outside'; readonly as: 'next' | 'error' | 'complete' }
  | { readonly do: 'invalidate'; readonly task: number }
  /** It is invalidated, and subscribed to at once. */
  | { readonly do: 'renew'; readonly task: number }
  | { readonly do: 'invalidateKeys'; readonly key: string; readonly prefix: boolean; readonly keepFor: number | undefined }
  /** Several are queued at once that hold their slots. */
  | { readonly do: 'addMany'; readonly groups: readonly string[]; readonly rounds: number; readonly slots: number }
  /** Time goes on by so many milliseconds. `late`: timers fire in a later turn, after the queue has been looked at. */
  | { readonly do: 'pass'; readonly time: number; readonly late: boolean }
  | { readonly do: 'onIdle' }
  | { readonly do: 'onEvent'; readonly event: TaskEvent['type']; readonly command: Command }
  | { readonly do: 'onState'; readonly command: Command }
  | { readonly do: 'onTaskState'; readonly task: number; readonly command: Command }
  | { readonly do: 'onAbort'; readonly run: number; readonly command: Command }
  | { readonly do: 'throw' }
  | { readonly do: 'turn' };

export interface AddCommand {
  readonly do: 'add';
  /** Whether it is only made, or started as well. */
  readonly cold: boolean;
  readonly work: Work;
  readonly priority: number;
  readonly group: string | undefined;
  readonly upstream: readonly number[];
  readonly dictionary: boolean;
  readonly live: boolean;
  readonly releaseSlot: 'on-cancel' | 'on-settle' | undefined;
  /** What the function does within its own call. */
  readonly acts: readonly Command[];
  readonly policies: Policies;
}

/** What a subscriber does, once, at a notification. */
export interface Reaction {
  readonly at: 'next' | 'error' | 'complete';
  readonly command: Command;
}

export const GROUPS = ['limited', 'free', 'other'] as const;

const nat = fc.nat(60);
const priority = fc.constantFrom(0, 0, 1, -1, 2, 0.5);
const concurrency = fc.constantFrom(1, 1, 2, 3, Infinity);
const options: Arbitrary<CancelOptions> = fc.record(
  { downstream: fc.boolean(), upstream: fc.constantFrom('all', 'unneeded', 'none') },
  { requiredKeys: [] },
);

function one<Rest extends object>(name: Command['do'], rest: { [Key in keyof Rest]: Arbitrary<Rest[Key]> }): Arbitrary<Command> {
  return fc.record({ do: fc.constant(name), ...rest }) as unknown as Arbitrary<Command>;
}

/**
 * Commands for tasks that do these kinds of work, in these groups.
 *
 * @param withPolicies - whether there are tasks with policies, and time passes
 */
export function commands(works: readonly Work[], groups: readonly string[] = GROUPS, withPolicies = false): Arbitrary<Command[]> {
  const group = fc.option(fc.constantFrom(...groups), { nil: undefined });
  const work = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...works.filter((each) => ['stream', 'promise', 'iterable', 'nest'].includes(each))) },
    { weight: 2, arbitrary: fc.constantFrom(...works) },
  );
  const task = { task: nat };

  /** The shorter the list, the simpler it is: fast-check shrinks towards the front. */
  function list(add: Arbitrary<Command>, then: Arbitrary<Reaction | undefined>): { weight: number; arbitrary: Arbitrary<Command> }[] {
    return [
      { weight: 12, arbitrary: add },
      { weight: 6, arbitrary: one('subscribe', { ...task, first: fc.boolean(), then }) },
      { weight: 4, arbitrary: one('unsubscribe', { subscription: nat }) },
      { weight: 2, arbitrary: one('start', task) },
      { weight: 4, arbitrary: one('cancel', { ...task, options }) },
      { weight: 1, arbitrary: one('cancelGroup', { group: fc.constantFrom(...groups), options }) },
      { weight: 1, arbitrary: one('cancelAll', { options }) },
      { weight: 1, arbitrary: one('pause', { group }) },
      { weight: 2, arbitrary: one('resume', { group }) },
      { weight: 2, arbitrary: one('resize', { group, concurrency }) },
      { weight: 3, arbitrary: one('prioritise', { ...task, priority }) },
      { weight: 4, arbitrary: one('emit', { run: nat }) },
      { weight: 8, arbitrary: one('complete', { run: nat }) },
      { weight: 3, arbitrary: one('fail', { run: nat }) },
      { weight: 2, arbitrary: one('progress', { run: nat, fraction: fc.constantFrom(0, 0.25, 0.5, 1) }) },
      { weight: 2, arbitrary: one('outside', { as: fc.constantFrom('next', 'complete', 'error') }) },
      { weight: 2, arbitrary: one('invalidate', task) },
      { weight: 1, arbitrary: one('renew', task) },
      { weight: 1, arbitrary: one('onIdle', {}) },
      ...(withPolicies ? [{ weight: 2, arbitrary: one('invalidateKeys', { key: fc.constantFrom(...KEYS, 'a/'), prefix: fc.boolean(), keepFor: fc.constantFrom(undefined, 20, 60) }) }] : []),
      { weight: 4, arbitrary: one('turn', {}) },
    ];
  }

  const addition = {
    cold: fc.boolean(), work, priority, group,
    upstream: fc.array(nat, { maxLength: 3 }), dictionary: fc.boolean(),
    live: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    releaseSlot: fc.constantFrom(undefined, undefined, 'on-cancel' as const, 'on-settle' as const),
    policies: withPolicies ? fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: policies }) : fc.constant({}),
  };
  const simple = fc.oneof(...list(one('add', { ...addition, acts: fc.constant([]) }), fc.constant(undefined)));
  const thrown: Arbitrary<Command> = one('throw', {});
  const callback = { command: fc.oneof({ weight: 12, arbitrary: simple }, { weight: 1, arbitrary: thrown }) };
  const reaction = fc.option(fc.record({ at: fc.constantFrom('next' as const, 'error' as const, 'complete' as const), ...callback }), { nil: undefined });
  const acts = fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(callback.command, { maxLength: 2 }) });
  const event = fc.constantFrom<TaskEvent['type'][]>(
    'queued', 'started', 'progress', 'completed', 'failed', 'cancelled', 'groupFinished', 'ready', ...(withPolicies ? ['retrying', 'skipped', 'yielded', 'resumed'] as const : []),
  );
  return fc.array(fc.oneof(
    ...list(one('add', { ...addition, acts }), reaction),
    { weight: 5, arbitrary: one('onEvent', { event, ...callback }) },
    { weight: 2, arbitrary: one('onState', callback) },
    { weight: 2, arbitrary: one('onTaskState', { ...task, ...callback }) },
    { weight: 3, arbitrary: one('onAbort', { run: nat, command: simple }) },
    ...(withPolicies
      ? [
          { weight: 10, arbitrary: one('pass', { time: fc.constantFrom(1, 5, 10, 30), late: fc.boolean() }) },
          { weight: 2, arbitrary: one('addMany', { groups: fc.constantFrom(['shared/a', 'shared/b'], ['shared', 'shared/a'], ['rated'], ['limited', 'limited/in']), rounds: fc.constantFrom(2, 4, 6), slots: fc.constantFrom(1, 1, 2) }) },
        ]
      : []),
  ), { maxLength: 40, size: 'max' });
}
