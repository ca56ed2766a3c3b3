import { EMPTY, Observable } from 'rxjs';
import { InvalidInputError, type Task, type TaskContext } from 'sluice';

import { IntendedError } from './expected-errors.ts';
import type { Random } from './random.ts';
import type { Job, Run } from './runs.ts';
import type { World } from './world.ts';

/** One call of a function, and what it needs. */
interface Call {
  readonly world: World;
  readonly random: Random;
  readonly run: Run;
  readonly context: TaskContext;
  /** What the function may run: none of these waits for it. */
  readonly children: readonly Task<unknown>[];
  readonly value: () => unknown;
}

/** The function of a task: counted, and sure to end when all is to end. */
export function makeFunction(world: World, random: Random, job: Job, children: readonly Task<unknown>[]): (...inputs: readonly unknown[]) => unknown {
  const behave = random.weigh(BEHAVIOURS);
  const key = random.chance(0.1) ? 'shared' : job.name;
  let calls = 0;
  return (...inputs) => {
    const context = inputs.at(-1) as TaskContext;
    const own = random.fork(++calls);
    const run = world.runs.begin(job, context);
    const call: Call = { world, random: own, run, context, children, value: () => (own.chance(0.8) ? { [key]: calls } : own.pick([calls, undefined, [calls]])) };
    if (own.chance(0.1)) context.waitUntil(world.waits.wait(own));
    world.journal.write(`call ${job.name} (${world.waits.over ? 'plain' : behave.name})`);
    return (world.waits.over ? plain : behave)(call);
  };
}

function plain({ run, value }: Call): unknown {
  run.end();
  return value();
}

function acting(call: Call): unknown {
  report(call);
  call.world.act(call.random);
  return plain(call);
}

function throwing({ run, world, random }: Call): never {
  world.act(random);
  run.end();
  throw new IntendedError(`${run.name} throws`);
}

function report({ context, random }: Call): void {
  if (random.chance(0.5)) context.progress(random.next());
  else context.progress({ done: random.between(0, 3), total: random.between(0, 4) });
}

async function promising(call: Call): Promise<unknown> {
  const { world, random } = call;
  await world.waits.wait(random);
  if (random.chance(0.3)) report(call);
  if (random.chance(0.3)) world.act(random);
  return plain(call);
}

async function rejecting({ world, random, run }: Call): Promise<unknown> {
  await world.waits.wait(random);
  run.end();
  throw new IntendedError(`${run.name} rejects`);
}

/** Waits for ever, unless it is cancelled. */
async function heeding({ world, run, random, context: { signal } }: Call): Promise<unknown> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      if (random.chance(0.5)) world.act(random);
      run.end();
      reject(new IntendedError(`${run.name} heeds its signal`));
    });
  });
  await Promise.race([world.waits.gate(), aborted]);
  run.end();
  return undefined;
}

async function ignoring(call: Call): Promise<unknown> {
  await call.world.waits.gate();
  return plain(call);
}

/** Several values, at once or over time, and any end. */
function streaming(call: Call): Observable<unknown> {
  const { world, random, run, value } = call;
  return new Observable((subscriber) => {
    const slow = random.chance(0.6);
    const end = random.weigh<'complete' | 'error' | 'never'>([[3, 'complete'], [1, 'error'], [1, 'never']]);
    const emit = async (): Promise<void> => {
      for (let left = random.between(0, 4); left > 0; left--) {
        if (slow) await world.waits.wait(random);
        subscriber.next(value());
        if (random.chance(0.1)) world.act(random);
      }
      if (end === 'never') await world.waits.gate();
      if (end === 'error') subscriber.error(new IntendedError(`${run.name} fails`));
      else subscriber.complete();
    };
    void emit();
    return () => {
      run.end();
      if (random.chance(0.2)) world.act(random);
      if (random.chance(0.1)) throw new IntendedError(`teardown of ${run.name}`);
    };
  });
}

function empty({ run }: Call): Observable<never> {
  run.end();
  return EMPTY;
}

async function* generating({ world, random, run, value }: Call): AsyncGenerator {
  try {
    for (let left = random.between(0, 3); left > 0; left--) {
      await world.waits.wait(random);
      yield value();
    }
    if (random.chance(0.2)) throw new IntendedError(`${run.name} throws`);
  } finally {
    if (random.chance(0.3)) await world.waits.wait(random);
    run.end();
  }
}

/** Runs other tasks, one after the other or together. */
async function nesting(call: Call): Promise<unknown> {
  const { world, random, run } = call;
  const waiting: Promise<unknown>[] = [];
  for (let left = random.between(1, 3); left > 0; left--) {
    const child = run.lend(() => runChild(call));
    const settled = child.catch(() => undefined);
    if (random.chance(0.5)) await settled;
    else waiting.push(child);
    if (random.chance(0.2)) await world.waits.wait(random);
  }
  try {
    if (random.chance(0.8)) await Promise.all(waiting);
  } catch (error) {
    run.end();
    throw error;
  }
  return plain(call);
}

async function runChild({ world, random, context, children, run }: Call): Promise<unknown> {
  try {
    const task = random.maybe(0.5, () => random.pickFrom(children));
    if (task !== undefined) return await context.run(task);
    const made = world.describe(random, `${run.name}.`, children);
    return await context.run(made.fn, made.options);
  } catch (error) {
    // A task that waits for this very one is refused, and one with too many slots.
    if (error instanceof InvalidInputError) throw new IntendedError(error.message);
    throw error;
  }
}

const BEHAVIOURS = [
  [4, plain], [2, acting], [2, throwing], [6, promising], [2, rejecting], [2, heeding], [1, ignoring], [4, streaming], [1, empty], [2, generating], [4, nesting],
] as const;
