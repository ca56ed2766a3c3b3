import type { Subject } from 'rxjs';
import { NEVER, of } from 'rxjs';
import { InvalidInputError, type Task, TaskCancelledError, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { syncManager } from '../support/sync-manager.ts';

/** How many listeners a signal has. */
function counted(): { signal: AbortSignal; abort: (reason?: unknown) => void; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>): void => { listeners++; addEventListener.apply(signal, given); };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>): void => { listeners--; removeEventListener.apply(signal, given); };
  return { signal, abort: (reason) => { controller.abort(reason); }, listeners: () => listeners };
}

describe('The option signal of a task', () => {
  it.each<[string, (tasks: TaskManager) => void, unknown]>([
    ['waiting', () => {}, NEVER],
    ['queued', (tasks) => { tasks.pause(); }, of(1)],
    ['running', () => {}, of(1)],
  ])('cancels it while it is %s, with the reason as cause', (status, act, up) => {
    const tasks = syncManager();
    act(tasks);
    const { signal, abort, listeners } = counted();
    const task = tasks.task(() => NEVER, { signal, upstream: { up: up as Subject<number> } });
    const { heard } = listen(task);
    expect(task.status).toBe(status);
    abort('enough');
    expect(heard).toEqual([expect.any(TaskCancelledError)]);
    expect((heard[0] as Error).cause).toBe('enough');
    expect([task.status, tasks.scheduler.running, listeners()]).toEqual(['cancelled', 0, 0]);
  });

  it('cancels it as soon as it is asked for when it is aborted already, and never calls the function', () => {
    const tasks = syncManager();
    let called = false;
    const task = tasks.task(() => { called = true; }, { signal: AbortSignal.abort() });
    expect(task.status).toBe('idle');
    expect(listen(task).heard).toEqual([expect.any(TaskCancelledError)]);
    expect(listen(tasks.task(() => 1, { upstream: { task } })).heard).toEqual([expect.any(TaskCancelledError)]);
    expect(called).toBe(false);
  });

  it('is not listened to while the task is not under way', () => {
    const tasks = syncManager();
    const { signal, abort, listeners } = counted();
    const task = tasks.task(() => 1, { signal });
    expect(listeners()).toBe(0);
    expect(listen(task).heard).toEqual([1, 'complete']);
    expect(listeners()).toBe(0);
    abort();
    expect(listen(task).heard).toEqual([1, 'complete']);
  });

  it('may be shared by tasks, and cancels what is downstream of them', () => {
    const tasks = syncManager();
    const { signal, abort } = counted();
    const members = [tasks.add(() => NEVER, { signal }), tasks.add(() => NEVER, { signal })];
    const down: Task<unknown> = tasks.add(() => 1, { upstream: { up: members[0] as Task<never> } });
    const other = tasks.add(() => NEVER);
    abort();
    expect([...members, down, other].map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled', 'running']);
  });

  it.each([[new AbortController()], ['now'], [null], [{}]])('is refused at the call: %o', (signal: unknown) => {
    expect(() => syncManager().task(() => 1, { signal: signal as AbortSignal })).toThrow(InvalidInputError);
    expect(() => new TaskManager({ signal: signal as AbortSignal })).toThrow(/^TaskManager: signal must be an AbortSignal/);
  });
});

describe('The option signal of a manager', () => {
  it('closes it when it is aborted', async () => {
    const { signal, abort, listeners } = counted();
    const tasks = new TaskManager({ signal });
    const { heard } = listen(tasks.task(() => NEVER));
    abort();
    expect([heard, tasks.state.status, listeners()]).toEqual([[expect.any(TaskCancelledError)], 'closed', 0]);
    await tasks.close();
  });

  it('closes it at once when it is aborted already', () => {
    const tasks = new TaskManager({ signal: AbortSignal.abort() });
    expect(() => tasks.add(() => 1)).toThrow(/closed/);
  });

  it('is not listened to once the manager is closed', async () => {
    const { signal, listeners } = counted();
    const tasks = new TaskManager({ signal });
    expect(listeners()).toBe(1);
    await tasks.close();
    expect(listeners()).toBe(0);
  });
});
