import { of } from 'rxjs';
import { InvalidInputError, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

/** What a call throws, which must be an InvalidInputError. */
function refusal(call: () => unknown): InvalidInputError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return error as InvalidInputError;
  }
  throw new Error('was accepted');
}

type Loose = (...given: unknown[]) => unknown;
const make = (tasks: TaskManager, how: 'task' | 'add'): Loose => (...given) => (tasks[how] as Loose).apply(tasks, given);
const fn = (): number => 1;

/** What throws, whatever is asked of it. */
function revoked(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

describe('a function that is not callable', () => {
  it.each([[undefined], [null], ['work'], [{}], [Promise.resolve(1)], [of(1)]])('is refused by task and add: %o', (given: unknown) => {
    const tasks = syncManager();
    for (const how of ['task', 'add'] as const) {
      const error = refusal(() => make(tasks, how)(given));
      expect(error).toMatchObject({ name: 'InvalidInputError', code: 'INVALID_INPUT', where: `${how}(): fn`, expected: 'a function', received: given });
      expect(error.message).toMatch(/must be a function, but is .+\. /);
    }
  });
});

describe('a bad option', () => {
  it.each<[string, unknown, string]>([
    ['no object', 3, 'options'], ['null', null, 'options'], ['a list', [], 'options'], ['an unknown name', { prioritty: 1 }, 'prioritty'],
    ['priority NaN', { priority: NaN }, 'priority'], ['priority Infinity', { priority: Infinity }, 'priority'], ['priority as a string', { priority: '1' }, 'priority'],
    ['priority null', { priority: null }, 'priority'], ['an empty group', { group: '' }, 'group'], ['group as a number', { group: 1 }, 'group'], ['group null', { group: null }, 'group'],
    ['name as a number', { name: 1 }, 'name'], ['args that are no list', { args: 'ab' }, 'args'], ['args as an object', { args: {} }, 'args'],
    ['kwargs that are no object', { kwargs: 'x' }, 'kwargs'], ['kwargs null', { kwargs: null }, 'kwargs'], ['kwargs as a list', { kwargs: [] }, 'kwargs'],
    ['an unknown join', { join: 'zip' }, 'join'], ['freeze as a string', { freeze: 'yes' }, 'freeze'], ['an unknown releaseSlot', { releaseSlot: 'never' }, 'releaseSlot'],
    ['an unknown onConflict', { onConflict: 'ignore' }, 'onConflict'],
    ['upstream that is no list', { upstream: 3 }, 'upstream'], ['upstream null', { upstream: null }, 'upstream'], ['upstream as an id', { upstream: 'task 1' }, 'upstream'],
    ['a task not in a list', { upstream: of(1) }, 'upstream'], ['a promise not in a list', { upstream: Promise.resolve(1) }, 'upstream'],
    ['an id in the list', { upstream: [of(1), 7] }, 'upstream.1'], ['a string in the list', { upstream: ['task 1'] }, 'upstream.0'],
    ['a hole in the list', { upstream: [undefined] }, 'upstream.0'], ['null in the list', { upstream: [null] }, 'upstream.0'],
    ['a plain object in the list', { upstream: [{ id: 1 }] }, 'upstream.0'], ['a result in the dictionary', { upstream: { user: { id: 1 } } }, 'upstream.user'],
    ['a function in the dictionary', { upstream: { user: fn } }, 'upstream.user'], ['a policy in the list', { upstream: [{ from: of(1), onError: 'skip' }] }, 'upstream.0'],
    ['a flatten without a live join', { flatten: 'concat' }, 'join'],
    ['a revoked proxy', revoked(), 'options'], ['kwargs that are a revoked proxy', { kwargs: revoked() }, 'kwargs'], ['args that are a revoked proxy', { args: revoked([]) }, 'args'],
    ['upstream that is a revoked proxy', { upstream: revoked() }, 'upstream'], ['a revoked proxy in the list', { upstream: [revoked()] }, 'upstream.0'],
    ['a revoked proxy in the dictionary', { upstream: { user: revoked() } }, 'upstream.user'], ['a revoked proxy of a list in the dictionary', { upstream: { user: revoked([]) } }, 'upstream.user'],
    ['policies that are a revoked proxy', { policies: revoked([]) }, 'policies'],
  ])('is refused at the call, naming it: %s', (_, options, where) => {
    const tasks = syncManager();
    for (const how of ['task', 'add'] as const) {
      const error = refusal(() => make(tasks, how)(fn, options));
      expect(error.where).toContain(`${how}()`);
      expect(error.where).toContain(where);
      expect(error.message).toContain(error.expected);
    }
    expect(refusal(() => (tasks.passThrough as Loose).call(tasks, options)).where).toContain('passThrough()');
  });

  it('says what was given, however odd that is', () => {
    const tasks = syncManager();
    const message = (priority: unknown): string => refusal(() => make(tasks, 'task')(fn, { priority })).message;
    expect(message(NaN)).toContain('NaN');
    expect(message('high')).toContain('"high"');
    expect(message(Object.create(null))).toContain('an object');
    expect(message(Symbol('s'))).toContain('Symbol(s)');
    expect(message(fn)).toContain('a function');
    expect(message([])).toContain('an array');
    expect(message(revoked())).toContain('a revoked proxy');
  });

  it('says how to mend what two options do to each other', () => {
    const message = (options: object): string => refusal(() => make(syncManager(), 'task')(fn, options)).message;
    expect(message({ flatten: 'concat' })).toBe('task(): join must be "combineLatest" where flatten is given, but is "forkJoin".');
    expect(message({ upstream: [{ from: of(1), onError: 'skip' }] })).toBe(
      'task(): upstream.0 must be a task or another ObservableInput, but is an object. ' +
        'In a list say it for all of them, by onUpstreamError; or give a dictionary: { name: { from, onError } }.',
    );
  });

  it('is refused by passThrough: args, which it has no use for', () => {
    const tasks = syncManager();
    refusal(() => (tasks.passThrough as Loose).call(tasks, { args: [1] }));
  });

  it('takes undefined for any option as if it were left out', () => {
    const tasks = syncManager();
    const task = tasks.add(fn, {
      args: undefined, kwargs: undefined, upstream: undefined, name: undefined, group: undefined,
      priority: undefined, join: undefined, freeze: undefined, releaseSlot: undefined, onConflict: undefined,
    });
    expect(task).toMatchObject({ status: 'completed', group: undefined, priority: 0, name: 'fn' });
  });
});

describe('a bad option of a manager', () => {
  it.each<[string, unknown, string]>([
    ['concurrency 0', { concurrency: 0 }, 'concurrency'], ['concurrency 1.5', { concurrency: 1.5 }, 'concurrency'], ['concurrency NaN', { concurrency: NaN }, 'concurrency'],
    ['concurrency -1', { concurrency: -1 }, 'concurrency'], ['an unknown name', { concurency: 1 }, 'concurency'], ['freeze 1', { freeze: 1 }, 'freeze'],
    ['an unknown releaseSlot', { releaseSlot: 'x' }, 'releaseSlot'], ['a host that schedules nothing', { host: {} }, 'host'], ['timeSlice 0', { timeSlice: 0 }, 'timeSlice'],
    ['a group with concurrency 0', { groups: { api: { concurrency: 0 } } }, 'api'], ['a group with an unknown option', { groups: { api: { limit: 1 } } }, 'api'],
    ['a group that is a number', { groups: { api: 2 } }, 'api'], ['a group with an unknown releaseSlot', { groups: { api: { releaseSlot: 'now' } } }, 'api'], ['groups that are no object', { groups: 2 }, 'groups'], ['groups null', { groups: null }, 'groups'],
    ['an empty group name', { groups: { '': { concurrency: 1 } } }, 'group'], ['options that are no object', 4, 'options'], ['options null', null, 'options'],
    ['a revoked proxy', revoked(), 'options'], ['groups that are a revoked proxy', { groups: revoked() }, 'groups'], ['a group that is a revoked proxy', { groups: { api: revoked() } }, 'api'],
    ['policies that are a revoked proxy', { policies: revoked() }, 'policies'], ['a host that is a revoked proxy', { host: revoked() }, 'host'],
  ])('is refused: %s', (_, options, where) => {
    const refused = refusal(() => new TaskManager(options as object));
    expect(refused.message).toContain(where);
    expect(refused.where).toMatch(/^TaskManager: /);
  });

  it('is refused as the manager’s when it is changed later', () => {
    const tasks = syncManager();
    for (const change of [() => { tasks.concurrency = 0; }, () => { tasks.policies = 5 as never; }]) {
      expect(refusal(change).where).toMatch(/^TaskManager: (concurrency|policies)$/);
    }
  });
});

describe('a bad argument of a method', () => {
  it.each<[string, (tasks: TaskManager) => unknown]>([
    ['setPriority(NaN)', (tasks) => tasks.task(fn).setPriority(NaN)],
    ['setPriority()', (tasks) => (tasks.task(fn).setPriority as Loose).call(tasks.task(fn))],
    ['cancel of an unknown option', (tasks) => { tasks.task(fn).cancel({ down: true } as object); }],
    ['cancel of an unknown value', (tasks) => { tasks.task(fn).cancel({ upstream: 'some' } as object); }],
    ['cancel downstream: 1', (tasks) => { tasks.task(fn).cancel({ downstream: 1 } as object); }],
    ['cancel of a value', (tasks) => { tasks.task(fn).cancel('now' as never); }],
    ['cancelAll of an unknown option', (tasks) => { tasks.cancelAll({ group: 'x' } as object); }],
    ['group()', (tasks) => (tasks.group as Loose).call(tasks)],
    ["group('')", (tasks) => tasks.group('')],
    ['cancel of a revoked proxy', (tasks) => { tasks.task(fn).cancel(revoked()); }],
    ['a group\'s cancel of an unknown option', (tasks) => { tasks.group('g').cancel({ x: 1 } as object); }],
    ['concurrency = 0', (tasks) => { tasks.concurrency = 0; }],
    ['a group\'s concurrency = 0', (tasks) => { tasks.group('g').concurrency = 0; }],
  ])('is refused: %s', (_, call) => {
    refusal(() => call(syncManager()));
  });
});

describe('nothing else is disturbed by bad input', () => {
  it('makes no task, takes no id and tells no one', () => {
    const tasks = syncManager();
    const { heard } = listen(tasks.events$);
    const before = tasks.state;
    refusal(() => make(tasks, 'add')(fn, { priority: NaN }));
    refusal(() => { tasks.concurrency = NaN; });
    refusal(() => { tasks.group('g').concurrency = NaN; });
    expect(heard).toEqual([]);
    expect(tasks.state).toEqual(before);
    expect(tasks.add(fn)).toMatchObject({ id: 1, status: 'completed' });
  });

  it('leaves the task it was meant for as it was', () => {
    const tasks = syncManager();
    tasks.pause();
    const task = tasks.add(fn, { priority: 4 });
    refusal(() => task.setPriority(NaN));
    refusal(() => { task.cancel({ upstream: 'x' } as object); });
    expect(task).toMatchObject({ priority: 4, status: 'queued' });
  });
});
