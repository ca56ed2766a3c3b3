import { NEVER } from 'rxjs';
import { explain, TaskManager, withMaxWait, withWeight } from 'sluice';
import { describe, expect, it } from 'vitest';

import { keyed } from '../support/keyed.ts';
import { ManualHost } from '../support/manual-host.ts';
import { syncManager } from '../support/sync-manager.ts';

describe('An inherited priority is given up', () => {
  it('when that of a task downstream has been raised and is lowered again', () => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.add(() => NEVER);
    const user = tasks.task(() => 1);
    const page = tasks.add(() => 2, { upstream: { user } });
    page.setPriority(5);
    expect(user.priority).toBe(5);
    page.setPriority(0);
    expect(user.priority).toBe(0);
  });

  it('when the task downstream is cancelled, and upstream is to go on without it', () => {
    const tasks = syncManager({ concurrency: 1 });
    tasks.add(() => NEVER);
    const user = tasks.task(() => 1);
    const page = tasks.add(() => 2, { upstream: { user }, priority: 5 });
    expect(user.priority).toBe(5);
    page.cancel({ upstream: 'none' });
    expect(user).toMatchObject({ priority: 0, status: 'queued' });
  });
});

describe('Groups with weights', () => {
  it('share exactly by them, from the first on', () => {
    const { tasks, started } = watched({ groups: { a: { policies: [withWeight(3)] }, b: { policies: [withWeight(1)] } } });
    tasks.pause();
    for (const group of ['b', 'b', 'b', 'a', 'a', 'a', 'a', 'a', 'a', 'a']) tasks.add(() => {}, { group });
    tasks.resume();
    expect(started.slice(0, 8).sort().join('')).toBe('aaaaaabb');
  });

  it('are in the queue around them where their tasks are, by the order of queueing', () => {
    const { tasks, started } = watched({ groups: { 'in/a': { policies: [withWeight(1)] }, 'in/b': { policies: [withWeight(1)] }, out: {} } });
    tasks.pause();
    for (const group of ['out', 'in/a', 'in/b', 'out']) tasks.add(() => {}, { group });
    tasks.resume();
    expect(started).toEqual(['out', 'in/a', 'in/b', 'out']);
  });
});

describe('What goes first, as explain() says it,', () => {
  it('is overdue, though of lower priority', () => {
    const host = new ManualHost();
    const tasks = new TaskManager({ host, concurrency: 1, policies: [withMaxWait(10)] });
    tasks.add(() => NEVER);
    const low = tasks.add(() => {}, { priority: -1 });
    host.pass(10);
    const high = tasks.add(() => {}, { priority: 1 });
    expect(explain(low).obstacles.map(({ type }) => type)).toEqual(['full']);
    expect(explain(high).obstacles).toContainEqual({ type: 'behind', count: 1 });
  });

  it('is of another group, by its share', () => {
    const tasks = syncManager({ concurrency: 3, groups: { a: { policies: [withWeight(1)], concurrency: 1 }, b: { policies: [withWeight(1)] } } });
    const first = tasks.add(() => NEVER, { group: 'a' });
    tasks.add(() => NEVER, { group: 'b', slots: 2 });
    const small = tasks.add(() => {}, { group: 'a' });
    tasks.add(() => {}, { group: 'b', slots: 2 });
    first.cancel();
    expect(small.status).toBe('queued');
    expect(explain(small).obstacles).toEqual([{ type: 'behind', count: 1 }]);
  });
});

describe('To invalidate a family', () => {
  it('leaves a run alone whose result was forgotten before', () => {
    const tasks = syncManager();
    const keys = keyed();
    let calls = 0;
    const job = tasks.add(() => { calls++; return NEVER; });
    const other = keys.get('a', () => tasks.task(() => 1));
    job.invalidate();
    keys.invalidate('a');
    expect(calls).toBe(1);
    expect(other.status).toBe('idle');
  });
});

function watched(options: Parameters<typeof syncManager>[0]): { tasks: TaskManager; started: (string | undefined)[] } {
  const tasks = syncManager({ concurrency: 1, ...options });
  const started: (string | undefined)[] = [];
  tasks.events$.subscribe((event) => { if (event.type === 'started') started.push(event.task.group); });
  return { tasks, started };
}
