import fc from 'fast-check';
import { BehaviorSubject, NEVER, type Observable, of, Subject } from 'rxjs';
import { InvalidInputError, type Task, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { ManualHost } from '../support/manual-host.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

const key = 'user/7';

/** A manager whose tasks start inside the call, while its clock is set by hand. */
function timedManager(): { tasks: TaskManager; clock: { time: number } } {
  const clock = new ManualHost();
  const schedule: ManualHost['schedule'] = (...given) => {
    const action = ManualHost.prototype.schedule.apply(clock, given as never);
    clock.turn();
    return action;
  };
  return { tasks: new TaskManager({ host: { now: () => clock.time, schedule }, timeSlice: Infinity }), clock };
}

describe('A task with a key', () => {
  it.each<[string, (tasks: TaskManager, task: Task<unknown>) => void]>([
    ['idle', () => {}],
    ['waiting', (_, task) => { task.start(); }],
    ['queued', (tasks, task) => { tasks.group('held').pause(); task.start(); }],
    ['running', (_, task) => { task.start(); }],
    ['completed', (_, task) => { task.start(); }],
  ])('is returned in place of another one while it is %s', (status, act) => {
    const tasks = syncManager();
    const task: Task<unknown> = tasks.task(() => (status === 'completed' ? 1 : NEVER), { key, group: 'held', upstream: { up: status === 'waiting' ? NEVER : of(1) } });
    act(tasks, task);
    expect(task.status).toBe(status);
    const { id } = task;
    expect(tasks.task(() => 2, { key })).toBe(task);
    expect(tasks.task(() => 2, { key: 'user/8' })).toMatchObject({ id: id + 1, status: 'idle' });
    expect(task.status).toBe(status);
    tasks.cancelAll();
  });

  it.each<[string, (task: Task<unknown>) => void]>([
    ['has failed', () => {}], ['was cancelled', (task) => { task.cancel(); }],
  ])('that %s is another one', (_, act) => {
    const tasks = syncManager();
    const task = tasks.task(() => { if (act.length === 0) throw new Error('failed'); return NEVER; }, { key });
    listen(task);
    act(task);
    const next = tasks.task(() => 'new', { key });
    expect(next).not.toBe(task);
    expect(listen(next).heard).toEqual(['new', 'complete']);
    expect(tasks.task(() => 'newer', { key })).toBe(next);
  });

  it('that was skipped or withdrawn is another one', () => {
    const tasks = syncManager();
    const failed = tasks.task((): number => { throw new Error('failed'); });
    const skipped = tasks.add(() => 1, { key, upstream: { failed }, onUpstreamError: 'skip' });
    expect(skipped.status).toBe('skipped');
    const next = tasks.task(() => NEVER, { key });
    expect(next).not.toBe(skipped);
    next.subscribe().unsubscribe();
    expect(tasks.task(() => 2, { key })).not.toBe(next);
  });

  it('takes its key back when it is run again after a failure, unless another has it', () => {
    const tasks = syncManager();
    let calls = 0;
    const make = (): Task<number> => tasks.task((): number | Observable<never> => { if (++calls === 1) throw new Error('failed'); return NEVER; }, { key });
    const failed = make();
    listen(failed);
    listen(failed);
    expect(failed.status).toBe('running');
    expect(make()).toBe(failed);
    failed.cancel();
    const next = make();
    listen(next);
    listen(failed);
    expect([failed.status, next.status]).toEqual(['running', 'running']);
    expect(make()).toBe(next);
    tasks.cancelAll();
  });

  it('that completes while another has its key does not take it', () => {
    const tasks = syncManager();
    const end = new Subject<number>();
    const failed = tasks.task(() => end, { key, keepFor: 100_000 });
    listen(failed);
    failed.cancel();
    const next = tasks.add(() => NEVER, { key });
    const { heard } = listen(failed);
    end.next(1);
    end.complete();
    expect(heard).toEqual([1, 'complete']);
    expect(tasks.task(() => 2, { key })).toBe(next);
    tasks.cancelAll();
  });

  it('has one run for all who ask by its key, also through add and passThrough, and is found by its id', () => {
    const tasks = syncManager();
    const end = new Subject<number>();
    let runs = 0;
    const ask = (): Task<number> => tasks.task(() => { runs++; return end; }, { key });
    const first = listen(ask());
    const added = tasks.add(() => NEVER, { key });
    const second = listen(ask());
    expect(tasks.get(added.id)).toBe(added);
    end.next(1);
    end.complete();
    expect([first.heard, second.heard, listen(tasks.passThrough({ key })).heard, runs]).toEqual([[1, 'complete'], [1, 'complete'], [1, 'complete'], 1]);
    expect(tasks.get(added.id)).toBe(undefined);
  });

  it('keeps the function and the options of whom came first', () => {
    const tasks = syncManager();
    const task = tasks.task(() => 'first', { key, name: 'first', priority: 1, group: 'a' });
    const same = tasks.task(() => 'second', { key, name: 'second', priority: 2, group: 'b' });
    expect(same).toMatchObject({ name: 'first', priority: 1, group: 'a' });
    expect([task, listen(same).heard]).toEqual([same, ['first', 'complete']]);
  });

  it('is held by the manager, once added, for one run: add() leaves a result alone that is there', () => {
    const tasks = syncManager();
    let runs = 0;
    const task = tasks.task(() => ++runs, { key });
    expect(tasks.add(() => 0, { key })).toBe(task);
    expect(tasks.add(() => 0, { key }).status).toBe('completed');
    expect(runs).toBe(1);
  });

  it('is one of its manager: whatever its group, and not of another manager', () => {
    const [tasks, others] = [syncManager(), syncManager()];
    const task = tasks.task(() => 1, { key, group: 'a' });
    expect(tasks.task(() => 1, { key, group: 'b' })).toBe(task);
    expect(others.task(() => 1, { key })).not.toBe(task);
  });

  it('is shared by tasks that start it and wait for it, and is withdrawn with the last of them', async () => {
    const tasks = new TaskManager({ concurrency: 2, timeSlice: Infinity });
    const end = new Subject<string>();
    const parents = [1, 2].map(() => tasks.add((_, { run }) => run(() => end, { key }), { name: 'parent' }));
    const turns = async (): Promise<void> => { for (let i = 0; i < 20; i++) await Promise.resolve(); };
    await turns();
    const child = tasks.task(() => end, { key });
    expect([child.status, tasks.state.counts.running]).toEqual(['running', 1]);
    parents[0]!.cancel();
    expect(child.status).toBe('running');
    end.next('done');
    end.complete();
    const { heard } = listen(parents[1]!);
    await tasks.onIdle();
    expect(heard).toEqual(['done', 'complete']);
  });

  it('never has two runs at once, and never runs while it is kept', () => {
    const commands = fc.array(fc.oneof(
      fc.record({ type: fc.constantFrom('ask', 'add', 'forget'), key: fc.nat({ max: 1 }) }),
      fc.record({ type: fc.constantFrom('end', 'fail', 'leave', 'cancel'), at: fc.nat() }),
      fc.record({ type: fc.constant('pass'), time: fc.nat({ max: 6 }) }),
    ), { maxLength: 40 });
    const KEEP = 5;
    fc.assert(fc.property(commands, (script) => {
      const { tasks, clock } = timedManager();
      const wrong: string[] = [];
      const running = new Map<string, Subject<number>>();
      const fresh = new Map<string, number>(); // until when
      const made: { task: Task<number>; leave: () => void }[] = [];
      const make = (which: string): Task<number> => tasks.task(() => {
        if (running.has(which)) wrong.push(`${which} runs twice`);
        if ((fresh.get(which) ?? -1) > clock.time) wrong.push(`${which} runs while it is kept`);
        const end = new Subject<number>();
        running.set(which, end);
        return end;
      }, { key: which, keepFor: KEEP, name: which });
      tasks.events$.subscribe((event) => {
        if (event.type === 'failed' || event.type === 'cancelled') running.delete(event.task.name);
        if (event.type === 'completed') {
          running.delete(event.task.name);
          fresh.set(event.task.name, clock.time + KEEP);
        }
      });
      for (const command of script) {
        const ends = [...running.values()];
        if ('key' in command) {
          const which = `key ${command.key}`;
          if (command.type === 'forget') {
            const under = running.get(which);
            running.delete(which);
            fresh.delete(which);
            tasks.invalidate(which);
            // What was under way has begun anew.
            expect(running.has(which)).toBe(under !== undefined);
            continue;
          }
          const kept = (fresh.get(which) ?? -1) > clock.time;
          const task = make(which);
          if (command.type === 'add') task.start();
          else made.push({ task, leave: (({ subscription }) => () => { subscription.unsubscribe(); })(listen(task)) });
          expect(task.status).toBe(kept ? 'completed' : 'running');
        } else if ('time' in command) clock.time += command.time;
        else if (command.type === 'leave') made[command.at % Math.max(1, made.length)]?.leave();
        else if (command.type === 'cancel') made[command.at % Math.max(1, made.length)]?.task.cancel();
        else {
          const end = ends[command.at % Math.max(1, ends.length)];
          if (command.type === 'fail') end?.error('failed');
          else {
            end?.next(1);
            end?.complete();
          }
        }
      }
      expect(wrong).toEqual([]);
      tasks.cancelAll();
    }), propertyRuns(300));
  });
});

describe('keepFor', () => {
  it('bounds how long a result is kept, for whoever holds the task as well', () => {
    const { tasks, clock } = timedManager();
    let runs = 0;
    const ask = (): Task<number> => tasks.task(() => ++runs, { key, keepFor: 10 });
    const held = ask();
    expect(listen(held).heard).toEqual([1, 'complete']);
    clock.time = 9;
    expect(listen(ask()).heard).toEqual([1, 'complete']);
    expect(held.status).toBe('completed');
    clock.time = 10;
    expect(held.status).toBe('idle');
    expect(listen(held).heard).toEqual([2, 'complete']);
    clock.time = 19;
    expect(listen(ask()).heard).toEqual([2, 'complete']);
    clock.time = 20;
    expect(listen(ask()).heard).toEqual([3, 'complete']);
  });

  it('of 0 shares a run, and keeps nothing of it', () => {
    const { tasks } = timedManager();
    const end = new Subject<number>();
    let runs = 0;
    const ask = (): Task<number> => tasks.task(() => { runs++; return end; }, { key, keepFor: 0 });
    const heard = [listen(ask()), listen(ask())].map((each) => each.heard);
    const downstream = listen(tasks.task(({ user }) => user, { upstream: { user: ask() } }));
    end.next(1);
    end.complete();
    expect([...heard, downstream.heard, runs]).toEqual([[1, 'complete'], [1, 'complete'], [1, 'complete'], 1]);
    expect(ask().status).toBe('idle');
    listen(ask());
    expect(runs).toBe(2);
  });

  it('of Infinity keeps a result until it is invalidated', () => {
    const { tasks, clock } = timedManager();
    let runs = 0;
    const ask = (): Task<number> => tasks.task(() => ++runs, { key, keepFor: Infinity });
    listen(ask());
    clock.time = 1e15;
    expect(listen(ask()).heard).toEqual([1, 'complete']);
    tasks.invalidate(key);
    expect(listen(ask()).heard).toEqual([2, 'complete']);
  });

  it('is that of each task: what is downstream keeps its own result', () => {
    const { tasks, clock } = timedManager();
    let runs = 0;
    const user = tasks.task(() => ++runs, { key, keepFor: 10 });
    const page = tasks.task(({ user }) => `page ${user}`, { upstream: { user } });
    listen(page);
    clock.time = 10;
    expect(listen(page).heard).toEqual(['page 1', 'complete']);
    expect(listen(tasks.task(({ user }) => `other ${user}`, { upstream: { user } })).heard).toEqual(['other 2', 'complete']);
  });

  it('takes no timer', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const tasks = syncManager();
    const before = timers();
    tasks.add(() => 1, { key, keepFor: 100_000 });
    expect(timers()).toBe(before);
  });
});

describe('A bad key', () => {
  it.each<[string, object, RegExp]>([
    ['an empty string', { key: '' }, /key must be a string that is not empty/], ['a number', { key: 7 }, /key must be/], ['null', { key: null }, /key must be/],
    ['keepFor without a key', { keepFor: 10 }, /^add\(\): key must be given where keepFor is, but is undefined\. It is what the kept task is found by\.$/], ['a negative keepFor', { key, keepFor: -1 }, /keepFor must be milliseconds/],
    ['keepFor NaN', { key, keepFor: NaN }, /keepFor must be/], ['keepFor as a string', { key, keepFor: '10' }, /keepFor must be/], ['keepFor null', { key, keepFor: null }, /keepFor must be/],
  ])('is refused at the call: %s', (_, options, message) => {
    const tasks = syncManager();
    expect(() => tasks.task(() => 1, options)).toThrow(InvalidInputError);
    expect(() => tasks.add(() => 1, options)).toThrow(message);
    expect(tasks.task(() => 1).id).toBe(1);
  });

  it('is refused also where there is a task of that key, as are other options', () => {
    const tasks = syncManager();
    tasks.add(() => new BehaviorSubject(1), { key });
    expect(() => tasks.task(() => 1, { key, priority: NaN })).toThrow(InvalidInputError);
    expect(() => tasks.task(1 as never, { key })).toThrow(InvalidInputError);
    tasks.cancelAll();
  });

  it.each<[string, unknown]>([['an empty key', ''], ['a number', 7], ['nothing', undefined], ['null', null], ['a list', ['user']], ['no prefix', {}], ['a prefix that is no string', { prefix: 7 }], ['a key as an option', { prefix: 'a', key: 'a' }]])(
    'is refused by invalidate: %s', (_, given) => {
      expect(() => { syncManager().invalidate(given as string); }).toThrow(InvalidInputError);
    },
  );

  it('is refused where a task is given in place of its key, and says what to call', () => {
    const tasks = syncManager();
    const task = tasks.task(() => 1, { key });
    expect(() => { tasks.invalidate(task as never); }).toThrow(
      'invalidate(): key must be a string that is not empty, or { prefix: string }, but is an object. A task has an invalidate() of its own.',
    );
  });

  it('is not what is left out', () => {
    const tasks = syncManager();
    expect(listen(tasks.task(() => 1, { key: undefined, keepFor: undefined })).heard).toEqual([1, 'complete']);
  });
});
