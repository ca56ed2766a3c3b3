import { config } from 'rxjs';

import { explain } from 'sluice';

import { makeClock } from './clocks.ts';
import { describeError, isExpected } from './expected-errors.ts';
import { Random } from './random.ts';
import { World } from './world.ts';

/** What has come of a random program. */
export interface Outcome {
  /** What was found wrong: nothing, or what was found first. */
  readonly faults: readonly string[];
  /** What has happened, for people. */
  readonly lines: readonly string[];
  readonly operations: number;
}

/** Carries out the random program of a seed, so many operations of it, and lets all of it end. */
export async function runProgram(seed: number, operations: number): Promise<Outcome> {
  const random = new Random(seed);
  const clock = makeClock(random.fork(1));
  const before = config.onUnhandledError;
  try {
    const world = new World(random.fork(2), clock);
    const { journal } = world;
    config.onUnhandledError = (error: unknown) => { if (!isExpected(error)) journal.fault(`unhandled: ${describeError(error)}`); };
    const steps = random.fork(3);
    for (let i = 0; i < operations && journal.faults.length === 0; i++) {
      const step = steps.fork(i);
      world.perform(step.fork(1));
      if (step.chance(0.2)) check(world);
      await pass(step);
    }
    if (journal.faults.length === 0) await end(world);
    else {
      world.waits.finish();
      void world.close();
    }
    world.listeners.leaveAll();
    return { faults: journal.faults, lines: journal.lines, operations: journal.operations };
  } finally {
    config.onUnhandledError = before;
    clock.restore();
  }
}

/** Several operations fall into one turn; or promises resolve, or timers fire, before the next one. */
async function pass(random: Random): Promise<void> {
  await random.weigh<() => Promise<void> | undefined>([
    [12, () => undefined],
    [4, () => Promise.resolve()],
    [2, () => new Promise((resolve) => { setImmediate(resolve); })],
    [1, () => new Promise((resolve) => { setTimeout(resolve, random.between(0, 2)); })],
  ])();
}

/** What holds at any time at which no code of the manager is under way. */
function check({ ledger, tasks, journal }: World): void {
  const { counts } = tasks.state;
  const { unsettled } = ledger;
  for (const status of ['completed', 'failed', 'cancelled', 'skipped'] as const) journal.equal(`the count of ${status}`, counts[status], ledger.counts[status]);
  for (const status of ['waiting', 'queued', 'running'] as const) {
    journal.equal(`the count of ${status}`, counts[status], unsettled.filter((task) => task.status === status).length);
  }
  for (const task of ledger.tasks) journal.equal(`get() of ${task.name}, which is ${task.status},`, tasks.get(task.id), ledger.isUnsettled(task) ? task : undefined);
  journal.equal('groups that are empty, but have not finished', ledger.unfinished.join(), '');
}

/** Lets everything end, and looks at what is left. */
async function end(world: World): Promise<void> {
  const { journal, ledger, limits, listeners, names, runs, subscribers, tasks, waits } = world;
  journal.write('let everything end');
  limits.settle();
  waits.finish();
  for (const name of [undefined, ...names]) {
    const scope = name === undefined ? tasks : tasks.group(name);
    scope.policies = [];
    limits.resize(name, Infinity);
    if (!runs.closed) limits.resume(name);
  }
  // A closed manager drops lane actions that are delayed.
  const called = await becomes(world, () => world.pending.size === 0 || runs.closed || world.drained);
  if (!called || !await resolves(world, tasks.onIdle())) {
    const stuck = ledger.unsettled.map((task) => String(explain(task)));
    journal.fault(`onIdle() does not resolve, or a lane or mapTasks is not over: ${tasks.scheduler.running} running, ${tasks.scheduler.queued} queued. ${stuck.join(' ')}`);
    return;
  }
  check(world);
  journal.equal('unsettled in the end', ledger.unsettled.map(({ name }) => name).join(), '');
  journal.equal('subscribers who were never ended', subscribers.open.join(), '');
  journal.equal('running in the end', tasks.scheduler.running, 0);
  journal.equal('queued in the end', tasks.scheduler.queued, 0);
  if (!runs.closed && !world.drained) journal.equal('the status in the end', tasks.state.status, 'idle');
  if (!await becomes(world, () => listeners.differences.length === 0)) journal.fault(listeners.differences.join());
  if (!await resolves(world, world.close())) journal.fault('close() does not resolve');
  journal.equal('onIdle() resolved', world.idle.resolved, world.idle.asked);
  journal.equal('the status after close()', tasks.state.status, 'closed');
}

async function resolves(world: World, promise: Promise<unknown>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => { resolved = true; });
  return becomes(world, () => resolved);
}

/**
 * Whether something becomes true while things still happen. Counted in turns, as a slow machine takes its
 * time: timers fire in their order, whenever that is.
 */
async function becomes({ journal }: World, done: () => boolean): Promise<boolean> {
  for (let idle = 0, { activity } = journal; idle < 100; idle++) {
    if (done()) return true;
    await turn();
    if (activity !== journal.activity) idle = 0;
    ({ activity } = journal);
  }
  return false;
}

function turn(): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, 1); });
}
