import fc from 'fast-check';
import { map, NEVER, of, Subject } from 'rxjs';
import { InvalidInputError, type Task, taskFamily, type TaskFamilyOptions, TaskManager } from 'sluice';
import { describe, expect, it } from 'vitest';

import { listen } from '../support/listen.ts';
import { ManualHost } from '../support/manual-host.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { syncManager } from '../support/sync-manager.ts';

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

describe('A family of tasks', () => {
  it.each<[string, (tasks: TaskManager, task: Task<unknown>) => void]>([
    ['idle', () => {}],
    ['waiting', (_, task) => { task.start(); }],
    ['queued', (tasks, task) => { tasks.group('held').pause(); task.start(); }],
    ['running', (_, task) => { task.start(); }],
    ['completed', (_, task) => { task.start(); }],
    ['failed', (_, task) => { task.start(); }],
    ['cancelled', (_, task) => { task.start(); task.cancel(); }],
  ])('returns the same task for the same arguments while it is %s', (status, act) => {
    const tasks = syncManager();
    let made = 0;
    const family = taskFamily((id: number) => {
      made++;
      return tasks.task(() => {
        if (status === 'failed') throw new Error('failed');
        return status === 'completed' ? id : NEVER;
      }, { group: 'held', upstream: { up: status === 'waiting' ? NEVER : of(1) } });
    });
    const task = family(7);
    act(tasks, task);
    expect(task.status).toBe(status);
    expect(family(7)).toBe(task);
    expect(family(8)).not.toBe(task);
    expect([task.status, made]).toEqual([status, 2]);
    tasks.cancelAll();
  });

  it('makes one run for all who ask, and runs again after a failure', () => {
    const tasks = syncManager();
    const end = new Subject<number>();
    let runs = 0;
    const family = taskFamily(() => tasks.task(() => { if (++runs === 1) throw new Error('failed'); return end; }));
    expect(listen(family()).heard).toEqual([new Error('failed')]);
    const heard = [listen(family()), listen(family())].map((each) => each.heard);
    end.next(1);
    end.complete();
    expect([...heard, runs]).toEqual([[1, 'complete'], [1, 'complete'], 2]);
  });

  it('tells arguments apart by value', () => {
    const tasks = syncManager();
    const family = taskFamily((...args: readonly unknown[]) => tasks.task(() => args));
    const values = [[], [undefined], [null], ['null'], [1], ['1'], [1n], ['1n'], [true], ['true'], [NaN], ['a,b'], ['a', 'b'], ['a"', 'b'], ['a', '"b'], [''], ['', '']];
    const members = values.map((args) => family(...args));
    expect(new Set(members).size).toBe(values.length);
    expect(values.map((args) => family(...args))).toEqual(members);
    expect(family(0)).toBe(family(-0));
  });

  it('takes other arguments with a key', () => {
    const tasks = syncManager();
    const family = taskFamily(({ id }: { id: number; at: Date }) => tasks.task(() => id), { key: ({ id }) => String(id) });
    expect(family({ id: 7, at: new Date(1) })).toBe(family({ id: 7, at: new Date(2) }));
    expect(family({ id: 8, at: new Date(1) })).not.toBe(family({ id: 7, at: new Date(2) }));
  });

  it('is run by a function as any task is, which shares the run', async () => {
    const tasks = new TaskManager({ concurrency: 1, timeSlice: Infinity });
    let runs = 0;
    const users = taskFamily((id: number) => tasks.task(async () => ({ id, run: ++runs })));
    const pages = [1, 2].map(() => tasks.add(async (_, { run }) => (await run(users(7))).run));
    await tasks.onIdle();
    expect(pages.map((page) => listen(page).heard)).toEqual([[1, 'complete'], [1, 'complete']]);
  });

  it('never has two runs at once for the same arguments, and never runs while it is kept', () => {
    const commands = fc.array(fc.oneof(
      fc.record({ type: fc.constantFrom('ask', 'add', 'forget'), id: fc.nat({ max: 1 }) }),
      fc.record({ type: fc.constantFrom('end', 'fail', 'leave', 'cancel'), at: fc.nat() }),
      fc.record({ type: fc.constant('pass'), time: fc.nat({ max: 6 }) }),
    ), { maxLength: 40 });
    const KEEP = 5;
    fc.assert(fc.property(commands, (script) => {
      const { tasks, clock } = timedManager();
      const wrong: string[] = [];
      const running = new Map<string, Subject<number>>();
      const fresh = new Map<string, number>(); // until when
      const asked: { task: Task<number>; leave: () => void }[] = [];
      const family = taskFamily((id: number) => tasks.task(() => {
        const which = String(id);
        if (running.has(which)) wrong.push(`${which} runs twice`);
        if ((fresh.get(which) ?? -1) > clock.time) wrong.push(`${which} runs while it is kept`);
        const end = new Subject<number>();
        running.set(which, end);
        return end;
      }, { name: String(id) }), { keepFor: KEEP });
      tasks.events$.subscribe((event) => {
        if (event.type === 'failed' || event.type === 'cancelled') running.delete(event.task.name);
        if (event.type === 'completed') {
          running.delete(event.task.name);
          fresh.set(event.task.name, clock.time + KEEP);
        }
      });
      for (const command of script) {
        const ends = [...running.values()];
        if ('id' in command) {
          const which = String(command.id);
          if (command.type === 'forget') {
            const under = running.get(which);
            running.delete(which);
            fresh.delete(which);
            family.invalidate(command.id);
            // What was under way has begun anew.
            expect(running.has(which)).toBe(under !== undefined);
            continue;
          }
          const kept = (fresh.get(which) ?? -1) > clock.time;
          const task = family(command.id);
          if (command.type === 'add') task.start();
          else asked.push({ task, leave: (({ subscription }) => () => { subscription.unsubscribe(); })(listen(task)) });
          expect(task.status).toBe(kept ? 'completed' : 'running');
        } else if ('time' in command) clock.time += command.time;
        else if (command.type === 'leave') asked[command.at % Math.max(1, asked.length)]?.leave();
        else if (command.type === 'cancel') asked[command.at % Math.max(1, asked.length)]?.task.cancel();
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
    const family = taskFamily(() => tasks.task(() => ++runs), { keepFor: 10 });
    const held = family();
    expect(listen(held).heard).toEqual([1, 'complete']);
    clock.time = 9;
    expect(listen(family()).heard).toEqual([1, 'complete']);
    expect(held.status).toBe('completed');
    clock.time = 10;
    expect(held.status).toBe('idle');
    expect(listen(held).heard).toEqual([2, 'complete']);
    clock.time = 19;
    expect(listen(family()).heard).toEqual([2, 'complete']);
    clock.time = 20;
    expect(listen(family()).heard).toEqual([3, 'complete']);
  });

  it('of 0 shares a run, and keeps nothing of it', () => {
    const { tasks } = timedManager();
    const end = new Subject<number>();
    let runs = 0;
    const family = taskFamily(() => tasks.task(() => { runs++; return end; }), { keepFor: 0 });
    const heard = [listen(family()), listen(family())].map((each) => each.heard);
    const downstream = listen(tasks.task(({ user }) => user, { upstream: { user: family() } }));
    end.next(1);
    end.complete();
    expect([...heard, downstream.heard, runs]).toEqual([[1, 'complete'], [1, 'complete'], [1, 'complete'], 1]);
    expect(family().status).toBe('idle');
    listen(family());
    expect(runs).toBe(2);
  });

  it('of Infinity keeps a result until it is invalidated', () => {
    const { tasks, clock } = timedManager();
    let runs = 0;
    const family = taskFamily(() => tasks.task(() => ++runs), { keepFor: Infinity });
    listen(family());
    clock.time = 1e15;
    expect(listen(family()).heard).toEqual([1, 'complete']);
    family.invalidate();
    expect(listen(family()).heard).toEqual([2, 'complete']);
  });

  it('is that of each task: what is downstream keeps its own result', () => {
    const { tasks, clock } = timedManager();
    let runs = 0;
    const family = taskFamily(() => tasks.task(() => ++runs), { keepFor: 10 });
    const user = family();
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
    taskFamily(() => tasks.task(() => 1), { keepFor: 100_000 })().start();
    expect(timers()).toBe(before);
  });
});

describe('invalidate() of a family', () => {
  type Which = [string, number] | [] | [(name: string, version: number) => boolean];
  it.each<[string, Which, string[]]>([
    ['some arguments', ['a', 1], ['a1']],
    ['what a function picks', [(name, version) => name === 'b' || version === 1], ['a1', 'b1', 'b2']],
    ['all', [], ['a1', 'a2', 'b1', 'b2']],
    ['arguments that nobody has asked for', ['c', 1], []],
  ])('forgets the results of %s', (_, which, names) => {
    const tasks = syncManager();
    const family = taskFamily((name: string, version: number) => tasks.task(() => 1, { name: `${name}${String(version)}` }));
    const members = [family('a', 1), family('a', 2), family('b', 1), family('b', 2)];
    for (const member of members) member.start();
    family.invalidate(...which);
    expect(members.filter(({ status }) => status === 'idle').map(({ name }) => name)).toEqual(names);
  });

  it('lets what is under way begin anew, downstream too, in each of several managers', () => {
    const managers = [syncManager(), syncManager()];
    const runs: Subject<string>[] = [];
    const family = taskFamily((i: number) => managers[i]!.task(() => runs[runs.push(new Subject()) - 1]!));
    const pages = managers.map((tasks, i) => listen(tasks.task(({ user }) => `page of ${user}`, { upstream: { user: family(i) } })));
    family.invalidate();
    for (const run of runs) {
      run.next(runs.indexOf(run) < 2 ? 'stale' : 'fresh');
      run.complete();
    }
    expect(pages.map(({ heard }) => heard)).toEqual([['page of fresh', 'complete'], ['page of fresh', 'complete']]);
  });
});

describe('A bad family', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['no function', () => taskFamily(7 as never), /make must be a function that makes a task/],
    ['an unknown option', () => taskFamily(() => syncManager().task(() => 1), { keep: 1 } as TaskFamilyOptions<[]>), /the option "keep"/],
    ['a negative keepFor', () => taskFamily(() => syncManager().task(() => 1), { keepFor: -1 }), /keepFor must be milliseconds/],
    ['keepFor NaN', () => taskFamily(() => syncManager().task(() => 1), { keepFor: NaN }), /keepFor must be/],
    ['a key that is no function', () => taskFamily(() => syncManager().task(() => 1), { key: 'id' as never }), /key must be a function/],
    ['a key that is no string', () => taskFamily((id: number) => syncManager().task(() => id), { key: (id) => id as never })(7), /key must be a function that returns a string/],
    ['an object as argument', () => taskFamily((user: object) => syncManager().task(() => user))({}), /argument 0 must be a primitive.*give the option key/],
    ['a symbol as argument', () => taskFamily((user: symbol) => syncManager().task(() => user))(Symbol.iterator), /argument 0 must be a primitive/],
    ['no task', () => taskFamily(() => syncManager().task(() => 1).pipe(map((n) => n)) as never)(), /make must be a function that returns a task/],
  ])('is refused: %s', (_, act, message) => {
    expect(act).toThrow(InvalidInputError);
    expect(act).toThrow(message);
  });
});
