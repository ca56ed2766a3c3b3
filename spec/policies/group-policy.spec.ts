import fc from 'fast-check';
import { NEVER, Subject } from 'rxjs';
import { explain, type GroupHooks, type GroupPolicy, type GroupPort, PriorityScheduler, type QueuedEntry, TaskManager, withMaxWait } from 'sluice';
import { describe, expect, it } from 'vitest';

import { ManualHost } from '../support/manual-host.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

/** A policy of these hooks, and the ports that it has been attached to. */
function policyOf(hooks: GroupHooks | ((port: GroupPort) => GroupHooks), name = 'mine', inherited = false): GroupPolicy & { readonly ports: GroupPort[] } {
  const ports: GroupPort[] = [];
  return {
    name, inherited, ports,
    attach(port) {
      ports.push(port);
      return typeof hooks === 'function' ? hooks(port) : hooks;
    },
  };
}

describe('A group policy', () => {
  it('cannot make a group exceed its concurrency, whatever its hooks return', () => {
    const group = fc.constantFrom(undefined, 'a', 'a/b', 'c');
    const step = fc.record({ group, slots: fc.integer({ min: 1, max: 3 }), priority: fc.nat(2), end: fc.boolean(), look: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 30, size: 'max' }), fc.infiniteStream(fc.nat(9)), (steps, random) => {
      const next = (): number => random.next().value as number;
      const ports: GroupPort[] = [];
      const erratic = (): GroupPolicy => {
        const waiting: QueuedEntry[] = [];
        const one = (): QueuedEntry | undefined => (next() > 4 ? undefined : waiting[next() % (waiting.length || 1)]);
        return {
          name: 'erratic',
          attach(port) {
            ports.push(port);
            return {
              admits: () => next() > 2,
              queued: (entry) => { waiting.push(entry); },
              left: (entry) => { waiting.splice(waiting.indexOf(entry), 1); },
              first: one,
              since: () => next(),
              rank: () => next(),
            };
          },
        };
      };
      const limits = { a: 3, 'a/b': 3, c: 4 };
      const tasks = syncManager({ concurrency: 4, policies: [erratic()], groups: Object.fromEntries(Object.entries(limits).map(([name, concurrency]) => [name, { concurrency, policies: [erratic()] }])) });
      const ends: Subject<void>[] = [];
      for (const { group, slots, priority, end, look } of steps) {
        const over = new Subject<void>();
        ends.push(over);
        tasks.add(() => over, { group, slots, priority });
        if (end) ends.splice(next() % ends.length, 1)[0]?.complete();
        if (look) ports[next() % ports.length]?.reconsider();
        expect(tasks.scheduler.running).toBeLessThanOrEqual(4);
        for (const [name, concurrency] of Object.entries(limits)) expect(tasks.scheduler.group(name).running).toBeLessThanOrEqual(concurrency);
      }
      tasks.cancelAll();
      expect([tasks.scheduler.running, tasks.scheduler.queued]).toEqual([0, 0]);
    }), propertyRuns(300));
  });

  it('is told of each entry what becomes of it, of those in the groups within from when they have slots', () => {
    const log: string[] = [];
    const tell = (what: string) => (entry: QueuedEntry): void => { log.push(`${what} ${(entry as unknown as { name: string }).name}`); };
    const hooks: GroupHooks = {
      queued: tell('queued'), left: tell('left'), started: tell('started'), released: tell('released'),
      taken: (entry, within) => { tell(`taken, within ${String(within)},`)(entry); },
      idle: () => { log.push('idle'); },
      detach: () => { log.push('detached'); },
    };
    const tasks = syncManager({ groups: { a: { concurrency: 1, policies: [policyOf(hooks)] } } });
    const first = tasks.add(() => NEVER, { name: 'first', group: 'a' });
    tasks.add(() => 1, { name: 'second', group: 'a' }).cancel();
    first.cancel();
    expect(log).toEqual([
      'queued first', 'left first', 'taken, within undefined, first', 'idle', 'started first',
      'queued second', 'left second', 'idle', 'released first',
    ]);
    log.length = 0;
    tasks.add(() => NEVER, { name: 'inner', group: 'a/b' }).cancel();
    expect(log).toEqual(['taken, within a/b, inner', 'idle', 'started inner', 'released inner']);
    log.length = 0;
    tasks.group('a').policies = [];
    expect(log).toEqual(['detached']);
  });

  it('holds back what it does not admit until it has the group looked at again, and says why', () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, groups: { a: {} } });
    const gate = policyOf(({ now, reconsider }) => ({
      admits() {
        if (now() >= 10) return true;
        reconsider(10);
        return false;
      },
      obstacle: () => (now() < 10 ? { reason: 'is closed', until: 10 } : undefined),
    }), 'gate');
    tasks.group('a').policies = [gate];
    const task = tasks.add(() => NEVER, { name: 'photo', group: 'a/b' });
    host.turn();
    expect([String(explain(task)), explain(task).obstacles]).toEqual([
      'photo waits: group "a" is closed, for 10 ms more.',
      [{ type: 'policy', policy: 'gate', group: 'a', reason: 'is closed', until: 10 }],
    ]);
    expect(host.pending).toBe(1);
    host.pass(10);
    expect([task.status, host.pending]).toEqual(['running', 0]);
  });

  it('may have the group looked at again at any time', () => {
    const tasks = syncManager();
    let open = false;
    const gate = policyOf({ admits: () => open });
    tasks.policies = [gate];
    const task = tasks.add(() => NEVER);
    gate.ports[0]?.reconsider();
    expect(task.status).toBe('queued');
    open = true;
    gate.ports[0]?.reconsider();
    expect(task.status).toBe('running');
  });

  it('is attached anew in the groups within if it says so, but for those that have their own', () => {
    const tasks = syncManager({ policies: [policyOf({}, 'other')] });
    tasks.group('a/own').policies = [policyOf({})];
    const policy = policyOf({}, 'mine', true);
    tasks.policies = [policy];
    tasks.add(() => NEVER, { group: 'b/c' });
    expect(policy.ports.map(({ group }) => group)).toEqual([undefined, 'a', 'b', 'b/c']);
    const again = policyOf({}, 'mine', true);
    tasks.policies = [again];
    expect(again.ports.map(({ group }) => group)).toEqual([undefined, 'a', 'b', 'b/c']);
  });

  it('stays as it is when it stays in the list, and is given the hooks of the one that it replaces', () => {
    const scheduler = new PriorityScheduler({ groups: { a: {} } });
    const group = scheduler.group('a');
    const [one, two] = [policyOf({}, 'one'), policyOf({}, 'two')];
    group.policies = [one];
    group.policies = [two, one];
    expect([one.ports.length, two.ports.length]).toEqual([1, 1]);
    const given: unknown[] = [];
    const hooks: GroupHooks = {};
    group.policies = [two, { name: 'one', attach: (_, replaced) => { given.push(replaced); return hooks; } }];
    group.policies = [two, { name: 'one', attach: (_, replaced) => { given.push(replaced); return {}; } }];
    expect(given).toEqual([{}, hooks]);
    expect(given[1]).toBe(hooks);
  });

  it('may share hooks with those of the groups beside it', () => {
    const tasks = syncManager({ groups: { a: {}, b: {} } });
    const common = policyOf(() => ({}), 'common');
    const seen: GroupHooks[] = [];
    const sharing = policyOf(({ shared }) => {
      if (shared) seen.push(shared(common));
      return {};
    });
    tasks.group('a').policies = [sharing];
    tasks.group('b').policies = [sharing];
    expect([seen.length, seen[0] === seen[1], common.ports.map(({ group }) => group)]).toEqual([2, true, [undefined]]);
    tasks.policies = [policyOf({}, 'another')]; // what they share stays
    tasks.group('a').policies = [];
    tasks.group('a').policies = [sharing];
    expect([common.ports.length, seen[2] === seen[0]]).toEqual([1, true]);
  });

  it('sees what waits already when it comes', () => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.add(() => NEVER);
    tasks.add(() => NEVER, { name: 'low' });
    tasks.add(() => NEVER, { name: 'high', priority: 1 });
    const seen: unknown[] = [];
    tasks.policies = [policyOf({ queued: (entry) => { seen.push((entry as unknown as { name: string }).name); } })];
    expect(seen).toEqual(['high', 'low']);
  });

  it('can be written as data, if it is one of ours', () => {
    expect(JSON.stringify([withMaxWait(5), withMaxWait(Infinity)])).toBe('[{"name":"maxWait","ms":5},{"name":"maxWait"}]');
  });
});
