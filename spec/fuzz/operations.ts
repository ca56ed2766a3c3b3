import { finalize, interval, Observable, observeOn, of, subscribeOn, take } from 'rxjs';
import { explain, InvalidInputError, mapTasks, queueOn, type Task } from 'sluice';

import { IntendedError } from './expected-errors.ts';
import { cancelOptions, concurrency, groupPolicies, mapOptions } from './options.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Does one thing to the manager of a world. */
type Operation = (world: World, random: Random) => void;

const add: Operation = (world, random) => {
  for (let left = random.weigh([[8, 1], [2, 3]]); left > 0; left--) {
    const { fn, options } = world.describe(random, 't', recent(world));
    const how = random.weigh<'add' | 'task' | 'passThrough'>([[5, 'add'], [4, 'task'], [1, 'passThrough']]);
    world.journal.write(`${how} ${describe(options)}`);
    const { args, ...others } = options;
    try {
      const make = (): Task<unknown> => (how === 'passThrough' ? world.tasks.passThrough(others) : world.tasks[how](fn, options));
      const task = random.chance(0.1) ? random.pickFrom(world.families)!(random.between(1, 2), make) : make();
      if (!world.made.includes(task)) world.made.push(task);
    } catch (error) {
      // One that needs more slots than there are is refused.
      if (!(error instanceof InvalidInputError && (options.slots ?? 1) > 1)) throw error;
    }
  }
};

const subscribe: Operation = (world, random) => withTask(world, random, (task) => {
  if (random.chance(0.1)) world.subscribers.subscribeCarelessly(task);
  else world.subscribers.subscribe(random, task);
});
const unsubscribe: Operation = (world, random) => { world.subscribers.unsubscribe(random); };
const start: Operation = (world, random) => withTask(world, random, (task) => {
  world.journal.write(`start ${task.name}`);
  task.start();
});

const cancel: Operation = (world, random) => withTask(world, random, (task) => {
  const options = cancelOptions(random);
  world.journal.write(`cancel ${task.name} ${describe(options)}`);
  task.cancel(options);
});
const cancelMany: Operation = (world, random) => {
  const options = cancelOptions(random);
  const name = random.maybe(0.7, () => random.pickFrom(world.names));
  world.journal.write(`cancel ${name ?? 'all'} ${describe(options)}`);
  if (name === undefined) world.tasks.cancelAll(options);
  else world.tasks.group(name).cancel(options);
};

const invalidate: Operation = (world, random) => withTask(world, random, (task) => {
  world.journal.write(`invalidate ${task.name}`);
  task.invalidate();
});
const invalidateFamily: Operation = (world, random) => {
  const id = random.maybe(0.7, () => random.between(1, 2));
  world.journal.write(`invalidate a family: ${id ?? 'all'}`);
  const family = random.pickFrom(world.families)!;
  if (id === undefined) family.invalidate();
  else family.invalidate((each) => each === id);
};

const setPriority: Operation = (world, random) => withTask(world, random, (task) => {
  const priority = random.between(-3, 9);
  world.journal.write(`set priority ${priority} of ${task.name}`);
  task.setPriority(priority);
});

const pause: Operation = (world, random) => {
  const name = scope(world, random);
  world.journal.write(`pause ${name ?? 'all'}`);
  world.limits.pause(name);
};
const resume: Operation = (world, random) => {
  for (const name of random.chance(0.5) ? [undefined, ...world.names] : [scope(world, random)]) world.limits.resume(name);
  world.journal.write('resume');
};
const resize: Operation = (world, random) => {
  const name = scope(world, random);
  const limit = concurrency(random);
  world.journal.write(`concurrency ${limit} of ${name ?? 'all'}`);
  world.limits.resize(name, limit);
};
const regulate: Operation = (world, random) => {
  const name = scope(world, random);
  const where = name === undefined ? world.tasks : world.tasks.group(name);
  world.journal.write(`policies of ${name ?? 'all'}`);
  where.policies = groupPolicies(random, { rate: 0.15, maxWait: 0.4, weight: name === undefined ? 0 : 0.3 });
};

const listen: Operation = (world, random) => { world.listeners.listen(random); };
const unlisten: Operation = (world, random) => { world.listeners.leave(random); };

const queue: Operation = (world, random) => {
  const group = random.maybe(0.6, () => random.pickFrom(world.names));
  const name = `queueOn in ${group ?? 'no group'}`;
  world.journal.write(name);
  const source = new Observable<number>((subscriber) => {
    const run = world.runs.beginOther(name, group);
    void world.waits.wait(random).then(() => {
      subscriber.next(1);
      if (random.chance(0.2)) subscriber.error(new IntendedError(name));
      else subscriber.complete();
    });
    return () => {
      run.end();
      if (random.chance(0.2)) world.act(random);
    };
  });
  const options = { group, priority: random.maybe(0.5, () => random.between(-1, 5)) };
  const subscription = source.pipe(queueOn(world.tasks.scheduler, options)).subscribe({ error: () => { if (random.chance(0.3)) world.act(random); } });
  if (random.chance(0.2)) void world.waits.wait(random).then(() => { subscription.unsubscribe(); });
};

const lane: Operation = (world, random) => {
  const group = random.maybe(0.5, () => random.pickFrom(world.names));
  const own = world.tasks.scheduler.lane({ group, priority: random.between(-1, 3) });
  world.journal.write(`a lane in ${group ?? 'no group'}`);
  const id = {};
  const done = (): void => { world.pending.delete(id); };
  world.pending.add(id);
  random.pick<() => void>([
    () => own.schedule(() => {
      const run = world.runs.beginOther('a lane', group);
      if (random.chance(0.3)) world.act(random);
      done();
      run.end();
      if (random.chance(0.1)) throw new IntendedError('a lane');
    }, random.between(0, 2)),
    () => of(1, 2).pipe(observeOn(own)).subscribe({ complete: done }),
    () => of(1, 2).pipe(subscribeOn(own)).subscribe({ complete: done }),
    () => interval(1, own).pipe(take(2)).subscribe({ complete: done }),
  ])();
};

const map: Operation = (world, random) => {
  const { fn, options } = world.describe(random, 'm', recent(world));
  // What is upstream comes with the items.
  const { upstream, args, kwargs, name, join, flatten, onConflict, onUpstreamError, ...others } = options;
  const items = Array.from({ length: random.between(0, 5) }, (_, i) => i);
  const source = random.pick<Iterable<number> | AsyncIterable<number> | Observable<number>>([
    items, of(...items), interval(1).pipe(take(items.length)),
    (async function* () { for (const item of items) { await world.waits.wait(random); yield item; } })(),
  ]);
  try {
    const results = mapTasks(world.tasks, source, fn, { ...others, ...mapOptions(random) });
    const id = {};
    world.pending.add(id);
    world.subscribers.follow(random, `mapTasks ${describe(others)}`, results.pipe(finalize(() => { world.pending.delete(id); })));
  } catch (error) {
    if (!(error instanceof InvalidInputError && (options.slots ?? 1) > 1)) throw error;
  }
};

const abort: Operation = (world, random) => {
  world.journal.write('abort a signal');
  world.abort(random);
};

const openGate: Operation = (world, random) => { world.waits.openOne(random); };
const onIdle: Operation = (world) => {
  world.idle.asked++;
  void world.tasks.onIdle().then(() => { world.idle.resolved++; });
};
const explaining: Operation = (world, random) => withTask(world, random, (task) => {
  const { status } = task;
  const explanation = explain(task);
  world.journal.equal(`the status in '${String(explanation)}'`, explanation.status, status);
});
const setClockBack: Operation = ({ clock, journal }) => {
  journal.write('set the clock back');
  clock.setBack();
};
/** Keeps the event loop busy, so that timers are late. */
const block: Operation = (_, random) => {
  const until = performance.now() + random.between(1, 12);
  while (performance.now() < until);
};
const close: Operation = (world, random) => {
  if (!random.chance(0.05)) return;
  const how = random.pick(['close', 'drain'] as const);
  world.journal.write(how);
  void world[how]();
};

export const OPERATIONS: readonly (readonly [weight: number, operation: Operation])[] = [
  [30, add], [22, subscribe], [10, unsubscribe], [4, start], [9, cancel], [3, cancelMany], [5, invalidate], [4, invalidateFamily],
  [6, setPriority], [3, pause], [6, resume], [6, resize], [3, regulate], [10, listen], [4, unlisten], [5, queue], [4, lane], [3, map], [1, abort],
  [14, openGate], [2, onIdle], [2, explaining], [0.3, setClockBack], [0.7, block], [0.3, close],
];

function withTask(world: World, random: Random, act: (task: Task<unknown>) => void): void {
  const task = random.pickFrom(recent(world));
  if (task !== undefined) act(task);
}

/** The tasks made last: among all, few would be found under way. */
function recent({ made }: World): readonly Task<unknown>[] {
  return made.slice(-25);
}

function scope({ names }: World, random: Random): string | undefined {
  return random.maybe(0.6, () => random.pickFrom(names));
}

function describe(value: unknown): string {
  const short = (_: string, each: unknown): unknown => {
    if (typeof each === 'function') return '() => …';
    if (each instanceof Observable) return 'name' in each ? each.name : 'an Observable';
    return each === Infinity ? 'Infinity' : each;
  };
  return JSON.stringify(value, short);
}
