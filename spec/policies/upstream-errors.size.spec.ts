import { Subject } from 'rxjs';
import { type Task, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { syncManager } from '../support/sync-manager.ts';

const SIZE = 100_000;

describe(`${SIZE} tasks`, () => {
  it('in a chain are all skipped', () => {
    const tasks = syncManager();
    const source = new Subject<object>();
    const first: Task<object> = tasks.task(() => source);
    let last: Task<unknown> = first;
    for (let i = 1; i < SIZE; i++) last = tasks.task(() => 1, { upstream: [last], onUpstreamError: 'skip' });
    last.start();
    source.error(new Error('x'));
    expect(last.status).toBe('skipped');
    expect(tasks.state.counts).toMatchObject({ failed: 1, skipped: SIZE - 1 });
  });

  it('upstream of one may all fail, one by one, and it goes on without them', () => {
    const tasks = new TaskManager();
    const sources = Array.from({ length: SIZE }, () => new Subject<object>());
    const join = tasks.add((kwargs) => kwargs, { upstream: sources, onUpstreamError: 'continue' });
    for (const source of sources) source.error(new Error('x'));
    expect(join.status).toBe('queued');
  });
});
