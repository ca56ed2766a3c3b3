import fc from 'fast-check';
import { applyPatches, enablePatches, type Patch } from 'immer';
import { map, NEVER } from 'rxjs';
import { type ManagerState, patches, type TaskContext, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { microtasks } from '../support/event-loop.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { synchronous } from '../support/synchronous.ts';

enablePatches();

/** What a tool in another window would have: each state that comes of the patches, as copies. */
function mirror(tasks: TaskManager): ManagerState[] {
  const states: ManagerState[] = [];
  patches(tasks).subscribe((changes) => {
    const sent = structuredClone(changes) as Patch[];
    states.push(applyPatches(states.at(-1) ?? ({} as ManagerState), sent));
  });
  return states;
}

/** Patches as short lines. */
function lines(changes: readonly Patch[]): string {
  return changes.map(({ op, path }) => `${op} ${path.join('.')}`).sort().join(', ');
}

describe('patches', () => {
  it('begins with one that replaces everything by the state now', () => {
    const tasks = new TaskManager({ ...synchronous, groups: { api: { concurrency: 2 } } });
    tasks.add(() => NEVER, { group: 'mail' });
    const { heard } = listen(patches(tasks));
    expect(heard).toEqual([[{ op: 'replace', path: [], value: tasks.state }]]);
  });

  it('goes on with those from each state to the next', () => marbles(({ manager, cold, when, expectObservable }) => {
    const tasks = manager();
    const source = cold('                                              -----|');
    when('                                                  -p', () => { tasks.pause(); });
    when('                                                  ---a', () => tasks.add(() => source));
    when('                                                  -----r', () => { tasks.resume(); });
    expectObservable(patches(tasks).pipe(map(lines))).toBe('ip-a-r----e', {
      i: 'replace ',
      p: 'replace status',
      a: 'replace counts, replace progress',
      r: 'replace counts, replace status',
      e: 'replace counts, replace progress, replace status',
    });
  }));

  it('gives, applied by immer, each state that state$ gives', () => {
    const tasks = new TaskManager({ ...synchronous, concurrency: 2, groups: { api: { concurrency: 1 } } });
    const mirrored = mirror(tasks);
    const states: ManagerState[] = [];
    tasks.state$.subscribe((state) => { states.push(state); });
    const contexts: TaskContext[] = [];
    const jobs = ['api', 'api', 'mail', undefined].map((group) => tasks.add((_, context) => {
      contexts.push(context);
      return NEVER;
    }, { group }));
    contexts[0]?.progress(0.5);
    tasks.group('mail').pause();
    tasks.concurrency = 3;
    for (const job of jobs) job.cancel();
    tasks.group('mail').resume();
    tasks.add(() => { throw new Error('fails'); }, { group: 'api' });
    void tasks.close();
    expect(states.length).toBeGreaterThan(10);
    expect(mirrored).toEqual(states);
    expect(mirrored.at(-1)).toEqual(tasks.state);
  });

  it('gives them for any number of groups within groups, whatever they are called', () => {
    const names = fc.constantFrom('a', '__proto__', 'constructor', 'a/b', 'a/b/c', ...Array.from({ length: 60 }, (_, i) => `a/${i}`));
    const steps = fc.array(fc.record({ name: names, many: fc.nat(80), act: fc.constantFrom('add', 'pause', 'resume', 'cancel') }), { maxLength: 30 });
    fc.assert(fc.property(steps, (commands) => {
      const tasks = new TaskManager({ ...synchronous });
      const mirrored = mirror(tasks);
      for (const { name, many, act } of commands) {
        if (act === 'pause') tasks.group(name).pause();
        else if (act === 'resume') tasks.group(name).resume();
        else if (act === 'cancel') tasks.group(name).cancel();
        else for (let i = 0; i < many; i++) tasks.add(() => NEVER, { group: `${name}/${i}` });
      }
      expect(mirrored.at(-1)).toEqual(tasks.state);
    }), propertyRuns(50));
  });

  it('adds a group and removes it again', () => {
    const tasks = new TaskManager({ ...synchronous });
    const seen: string[] = [];
    patches(tasks).subscribe((changes) => {
      seen.push(...changes.filter(({ path }) => path[0] === 'groups').map((patch) => lines([patch])));
    });
    const job = tasks.add(() => NEVER, { group: 'api' });
    tasks.group('api').pause();
    job.cancel();
    tasks.group('api').resume();
    expect(seen).toEqual([
      'add groups.0', 'replace groups.0', 'replace groups.0', 'replace groups.0', 'replace groups',
    ]);
  });

  it('gives one list a turn, and none for a turn that comes to nothing', async () => {
    const tasks = new TaskManager({ timeSlice: Infinity });
    const { heard } = listen(patches(tasks).pipe(map(lines)));
    tasks.pause();
    tasks.resume();
    await microtasks();
    expect(heard).toHaveLength(1);
    tasks.pause();
    for (let i = 0; i < 10; i++) tasks.add(() => 1);
    await microtasks();
    expect(heard.slice(1)).toEqual(['replace counts, replace progress, replace status']);
  });

  it('begins anew for each who subscribes, at whatever time', async () => {
    const tasks = new TaskManager();
    const first = mirror(tasks);
    tasks.pause();
    await microtasks();
    const second = mirror(tasks);
    tasks.concurrency = 2;
    await microtasks();
    expect(first.map(({ status, concurrency }) => [status, concurrency])).toEqual([['idle', Infinity], ['paused', Infinity], ['paused', 2]]);
    expect(second).toEqual(first.slice(1));
  });

  it('misses no step that a subscriber takes itself on the first patch', () => {
    const tasks = new TaskManager({ ...synchronous });
    const states: ManagerState[] = [];
    patches(tasks).subscribe((changes) => {
      const first = states.length === 0;
      states.push(applyPatches(states.at(-1) ?? ({} as ManagerState), changes as Patch[]));
      if (first) tasks.pause();
    });
    expect(states.map(({ status }) => status)).toEqual(['idle', 'paused']);
  });

  it('stays right when someone changes and asks for the state in between', async () => {
    const tasks = new TaskManager();
    const mirrored: ManagerState[] = [];
    tasks.state$.subscribe(({ status, concurrency }) => {
      if (status !== 'paused' || concurrency === 2) return;
      tasks.concurrency = 2;
      mirrored.push(tasks.state);
    });
    const states = mirror(tasks);
    tasks.pause();
    await microtasks();
    expect(mirrored).toHaveLength(1);
    expect(states.at(-1)).toEqual(tasks.state);
    expect(states.map(({ concurrency }) => concurrency).at(-1)).toBe(2);
  });
});
