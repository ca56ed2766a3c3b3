import { asapScheduler, of, type SchedulerLike } from 'rxjs';
import { groupStates, InvalidInputError, PriorityScheduler, queueOn, TaskManager, type Rate, withMaxWait, withRate, withWeight } from 'sluice';
import { describe, expect, it } from 'vitest';

import { Jobs } from '../support/jobs.ts';
import { synchronous } from '../support/synchronous.ts';

/** What a call throws. */
function thrownBy(call: () => unknown): InvalidInputError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return error as InvalidInputError;
  }
  throw new Error('Nothing was thrown.');
}

/** A scheduler's options as JavaScript might give them. */
function make(options: unknown): PriorityScheduler {
  return new PriorityScheduler(options as object);
}

const positive = 'a positive integer or Infinity';
const time = 'a positive number of milliseconds';

type Refusal = [string, unknown, Partial<InvalidInputError>];

/** What is refused of a scheduler and of a group alike. */
function limitsRefused(where: string, options: (limits: object) => object): Refusal[] {
  const policy = { name: 'mine', attach: () => ({}) };
  return [
    [`the old option rate (${where})`, options({ rate: { limit: 1, per: 1 } }), { where: `${where}: the option "rate"`, hint: 'Use policies: [withRate({ limit, per })].' }],
    [`the old option maxWait (${where})`, options({ maxWait: 5 }), { where: `${where}: the option "maxWait"`, hint: 'Use policies: [withMaxWait(ms)].' }],
    [`the old option weight (${where})`, options({ weight: 2 }), { where: `${where}: the option "weight"`, hint: 'Use policies: [withWeight(n)].' }],
    [`paused that is no boolean (${where})`, options({ paused: 1 }), { where: `${where}: paused`, received: 1 }],
    [`policies that are no list (${where})`, options({ policies: policy }), { where: `${where}: policies`, received: policy }],
    [`a policy that is none (${where})`, options({ policies: [policy, { name: 'rate' }] }), { where: `${where}: policies[1]` }],
    [`null as a policy (${where})`, options({ policies: [null] }), { where: `${where}: policies[0]`, received: null }],
    [`two policies of a name (${where})`, options({ policies: [policy, { ...policy }] }), { where: `${where}: policies[1]`, received: 'mine' }],
  ];
}

describe('a PriorityScheduler refuses', () => {
  it.each<[string, unknown, Partial<InvalidInputError>]>([
    ['concurrency 0', { concurrency: 0 }, { where: 'PriorityScheduler: concurrency', expected: positive, received: 0 }],
    ['a fraction as concurrency', { concurrency: 1.5 }, { expected: positive, received: 1.5 }],
    ['a negative concurrency', { concurrency: -1 }, { expected: positive, received: -1 }],
    ['concurrency NaN', { concurrency: NaN }, { expected: positive, received: NaN }],
    ['concurrency -Infinity', { concurrency: -Infinity }, { expected: positive, received: -Infinity }],
    ['a concurrency which is not exact', { concurrency: 2 ** 53 }, { expected: positive, received: 2 ** 53 }],
    ['a string as concurrency', { concurrency: '2' }, { expected: positive, received: '2' }],
    ['null as concurrency', { concurrency: null }, { expected: positive, received: null }],
    ['timeSlice 0', { timeSlice: 0 }, { where: 'PriorityScheduler: timeSlice', expected: time, received: 0 }],
    ['a negative timeSlice', { timeSlice: -4 }, { expected: time, received: -4 }],
    ['timeSlice NaN', { timeSlice: NaN }, { expected: time, received: NaN }],
    ['a string as timeSlice', { timeSlice: '4' }, { where: 'PriorityScheduler: timeSlice', expected: time, received: '4' }],
    ['null as timeSlice', { timeSlice: null }, { expected: time, received: null }],
    ['a host that is none', { host: {} }, { where: 'PriorityScheduler: host', expected: 'a SchedulerLike', received: {} }],
    ['null as host', { host: null }, { where: 'PriorityScheduler: host', received: null }],
    ['a host without a clock', { host: { schedule: asapScheduler.schedule } }, { where: 'PriorityScheduler: host' }],
    ['an option that does not exist', { concurency: 2 }, { where: 'PriorityScheduler: the option "concurency"', received: 'concurency' }],
    ['an array as options', [], { where: 'PriorityScheduler: options', expected: 'an object', received: [] }],
    ['null as options', null, { where: 'PriorityScheduler: options', received: null }],
    ['a number as options', 8, { where: 'PriorityScheduler: options', received: 8 }],
    ['groups that are no object', { groups: 2 }, { where: 'PriorityScheduler: groups', received: 2 }],
    ['null as groups', { groups: null }, { where: 'PriorityScheduler: groups', received: null }],
    ['a number as the limits of a group', { groups: { api: 2 } }, { where: 'PriorityScheduler: groups.api: options', received: 2 }],
    ['an option of a group that does not exist', { groups: { api: { priority: 2 } } }, { where: 'PriorityScheduler: groups.api: the option "priority"' }],
    ['concurrency 0 of a group', { groups: { api: { concurrency: 0 } } }, { where: 'PriorityScheduler: groups.api: concurrency', expected: positive, received: 0 }],
    ['a group without a name', { groups: { '': {} } }, { expected: 'a string that is not empty', received: '' }],
    ['a group with an empty part', { groups: { 'a//b': {} } }, { where: 'PriorityScheduler: group', expected: 'a name without empty parts', received: 'a//b' }],
    ...limitsRefused('PriorityScheduler', (limits) => limits),
    ...limitsRefused('PriorityScheduler: groups.api', (limits) => ({ groups: { api: limits } })),
    ['a weight of the scheduler itself', { policies: [withWeight(2)] }, { where: 'withWeight(): group', received: undefined }],
  ])('%s', (_, options, facts) => {
    expect(thrownBy(() => make(options))).toMatchObject({ code: 'INVALID_INPUT', ...facts });
  });

  it.each<[string, unknown]>([
    ['undefined as options', undefined],
    ['options that are undefined', { concurrency: undefined, groups: undefined, host: undefined, timeSlice: undefined }],
    ['limits that are undefined', { paused: undefined, policies: undefined, groups: { api: { concurrency: undefined, paused: undefined, policies: undefined } } }],
    ['a maxWait without end', { policies: [withMaxWait(Infinity)] }],
    ['a timeSlice below a millisecond', { timeSlice: 0.1 }],
    ['a timeSlice without end', { timeSlice: Infinity }],
  ])('but not %s', (_, options) => {
    expect(() => make(options)).not.toThrow();
  });

  it('a wrong concurrency later, and keeps the one it has', () => {
    const scheduler = new PriorityScheduler({ concurrency: 2, groups: { api: { concurrency: 3 } } });
    const api = scheduler.group('api');
    expect(thrownBy(() => { scheduler.concurrency = 0; })).toMatchObject({ where: 'PriorityScheduler: concurrency', received: 0 });
    expect(thrownBy(() => { api.concurrency = NaN; })).toMatchObject({ where: 'group "api": concurrency', received: NaN });
    expect([scheduler.concurrency, api.concurrency]).toEqual([2, 3]);
  });

  it('wrong policies later, and keeps those it has', () => {
    const policies = [withMaxWait(1)];
    const scheduler = new PriorityScheduler({ policies, groups: { api: { policies } } });
    const api = scheduler.group('api');
    expect(thrownBy(() => { scheduler.policies = [5 as never]; })).toMatchObject({ where: 'PriorityScheduler: policies[0]', received: 5 });
    expect(thrownBy(() => { api.policies = null as never; })).toMatchObject({ where: 'group "api": policies', received: null });
    expect(thrownBy(() => { api.paused = null as never; })).toMatchObject({ where: 'group "api": paused', received: null });
    expect([scheduler.policies, api.policies, api.paused]).toEqual([policies, policies, false]);
  });

  it.each<readonly [unknown, Partial<InvalidInputError>]>([
    [5, { where: 'withRate(): options', received: 5 }], [null, { where: 'withRate(): options' }], [[5, 1], { where: 'withRate(): options' }],
    [{ limit: 1, per: 1, burst: 2 }, { where: 'withRate(): the option "burst"' }],
    ...[0, -1, NaN, 1.5, Infinity, undefined].map((limit) => [{ limit, per: 1 }, { where: 'withRate(): limit', received: limit }] as const),
    ...[0, -1, NaN, Infinity, '1', undefined].map((per) => [{ limit: 1, per }, { where: 'withRate(): per', received: per }] as const),
  ])('the rate %j', (rate, facts) => {
    expect(thrownBy(() => withRate(rate as Rate))).toMatchObject({ code: 'INVALID_INPUT', ...facts });
  });

  it.each([0, -1, NaN, '5', null])('the maxWait %s', (ms) => {
    expect(thrownBy(() => withMaxWait(ms as number))).toMatchObject({ where: 'withMaxWait(): ms', expected: time, received: ms });
  });

  it.each([0, -1, NaN, Infinity, '2', null])('the weight %s', (weight) => {
    expect(thrownBy(() => withWeight(weight as number))).toMatchObject({ where: 'withWeight(): weight', expected: 'a positive number', received: weight });
  });

  it.each(['/', 'a/', '/a', 'a//b'])('%s as the name of a group, wherever it is given', (name) => {
    const expected = { expected: 'a name without empty parts', received: name };
    const tasks = new TaskManager();
    expect(thrownBy(() => new PriorityScheduler().group(name))).toMatchObject(expected);
    expect(thrownBy(() => new PriorityScheduler().lane({ group: name }))).toMatchObject(expected);
    expect(thrownBy(() => tasks.group(name))).toMatchObject(expected);
    expect(thrownBy(() => tasks.task(() => 1, { group: name }))).toMatchObject(expected);
    expect(thrownBy(() => new TaskManager({ groups: { [name]: {} } }))).toMatchObject(expected);
    expect(tasks.state.groups).toEqual([]);
  });

  it.each([[''], [undefined], [null], [7], [{}]])('%j as the name of a group', (name) => {
    const error = thrownBy(() => new PriorityScheduler().group(name as string));
    expect(error).toMatchObject({ where: 'group(): group', expected: 'a string that is not empty', received: name });
  });

  it('work that is no function, when it is scheduled', () => {
    const scheduler = new PriorityScheduler({ ...synchronous });
    expect(thrownBy(() => scheduler.schedule(undefined as never))).toMatchObject({ expected: 'a function', received: undefined });
    expect(thrownBy(() => scheduler.lane({}).schedule('work' as never))).toMatchObject({ received: 'work' });
    expect([scheduler.running, scheduler.queued]).toEqual([0, 0]);
  });
});

describe.each<[string, (scheduler: PriorityScheduler, options: object) => unknown]>([
  ['lane()', (scheduler, options) => scheduler.lane(options)],
  ['queueOn()', (scheduler, options) => queueOn(scheduler, options)],
])('%s refuses at the call', (where, call) => {
  it.each<[string, unknown, Partial<InvalidInputError>]>([
    ['priority NaN', { priority: NaN }, { where: `${where}: priority`, expected: 'a finite number', received: NaN }],
    ['priority Infinity', { priority: Infinity }, { where: `${where}: priority`, received: Infinity }],
    ['a string as priority', { priority: '1' }, { where: `${where}: priority`, received: '1' }],
    ['null as priority', { priority: null }, { where: `${where}: priority`, received: null }],
    ['a group without a name', { group: '' }, { where: `${where}: group`, expected: 'a string that is not empty', received: '' }],
    ['a group that is no string', { group: 7 }, { where: `${where}: group`, received: 7 }],
    ['an option that does not exist', { prio: 1 }, { where: `${where}: the option "prio"`, expected: 'one of priority, group', received: 'prio' }],
    ['a number instead of options', 5, { where: `${where}: options`, expected: 'an object', received: 5 }],
    ['null instead of options', null, { where: `${where}: options`, received: null }],
  ])('%s', (_, options, facts) => {
    expect(thrownBy(() => call(new PriorityScheduler(), options as object))).toMatchObject(facts);
  });

  it('but not options that are undefined', () => {
    expect(() => call(new PriorityScheduler(), { priority: undefined, group: undefined })).not.toThrow();
  });
});

describe('queueOn() refuses at the call', () => {
  it.each<[string, unknown]>([
    ['a manager instead of its scheduler', new TaskManager()],
    ['another scheduler of RxJS', asapScheduler],
    ['a lane', new PriorityScheduler().lane({})],
    ['nothing', undefined],
  ])('%s', (_, scheduler) => {
    expect(thrownBy(() => of(1).pipe(queueOn(scheduler as PriorityScheduler)))).toMatchObject({ expected: 'a PriorityScheduler', received: scheduler });
  });
});

describe('a TaskManager refuses', () => {
  it.each<[string, unknown]>([
    ['null as options', null],
    ['a number as options', 8],
    ['a string as options', 'fast'],
    ['an array as options', [8]],
  ])('%s', (_, options) => {
    expect(thrownBy(() => new TaskManager(options as object)).code).toBe('INVALID_INPUT');
  });

  it('a wrong concurrency of a group, which leaves no trace in its state', () => {
    const tasks = new TaskManager();
    const before = tasks.state;
    expect(thrownBy(() => { tasks.group('api').concurrency = 0; }).received).toBe(0);
    expect(tasks.state).toBe(before);
    expect(groupStates(tasks.state).map(({ name }) => name)).toEqual([]);
  });
});

describe('bad input', () => {
  it('disturbs nothing that waits or runs', () => {
    const scheduler = new PriorityScheduler({ ...synchronous, concurrency: 1 });
    const jobs = new Jobs(scheduler);
    const a = jobs.queue('a');
    jobs.queue('b', { group: 'api' });
    for (const call of [
      (): unknown => scheduler.lane({ priority: NaN }),
      (): unknown => queueOn(scheduler, { group: '' }),
      (): unknown => (scheduler.concurrency = -1),
      (): unknown => (scheduler.group('api').concurrency = 0.5),
      (): unknown => scheduler.group(''),
    ]) thrownBy(call);
    expect([scheduler.running, scheduler.queued]).toEqual([1, 1]);
    a.unsubscribe();
    expect(jobs.log).toEqual(['+a', '-a', '+b']);
  });

  it('says in one line what was expected, what came and how to mend it', () => {
    expect(thrownBy(() => make({ concurrency: 0 })).message).toBe(
      'PriorityScheduler: concurrency must be a positive integer or Infinity, but is 0. To start nothing, use pause().',
    );
    expect(thrownBy(() => make({ host: {} as SchedulerLike })).message).toBe(
      'PriorityScheduler: host must be a SchedulerLike, but is an object.',
    );
    expect(thrownBy(() => make({ concurency: 1 })).message).toBe(
      'PriorityScheduler: the option "concurency" must be one of concurrency, paused, policies, groups, host, timeSlice, but is "concurency".',
    );
    expect(thrownBy(() => withRate({ limit: 0, per: 1 })).message).toBe('withRate(): limit must be a positive integer, but is 0. To start nothing, use pause().');
    expect(thrownBy(() => make({ rate: 10 })).message).toBe(
      'PriorityScheduler: the option "rate" must be one of concurrency, paused, policies, groups, host, timeSlice, but is "rate". Use policies: [withRate({ limit, per })].',
    );
    expect(thrownBy(() => withMaxWait(0)).message).toBe('withMaxWait(): ms must be a positive number of milliseconds, but is 0. To let priority alone decide, use Infinity.');
    expect(thrownBy(() => withWeight(0)).message).toBe('withWeight(): weight must be a positive number, but is 0. To start nothing, use pause().');
    expect(thrownBy(() => make({ policies: withWeight(1) as never })).message).toBe(
      'PriorityScheduler: policies must be an array of policies, but is an object. A single one goes into an array: [withRate({ limit, per })].',
    );
    expect(thrownBy(() => make({ groups: { 'a/': {} } })).message).toBe(
      'PriorityScheduler: group must be a name without empty parts, but is "a/". A slash puts a group within another: "uploads/images".',
    );
    expect(thrownBy(() => new PriorityScheduler().lane({ priority: NaN })).message).toBe('lane(): priority must be a finite number, but is NaN.');
  });
});
