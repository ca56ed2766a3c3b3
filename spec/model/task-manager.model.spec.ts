import fc from 'fast-check';
import { asapScheduler, config, queueScheduler, type SchedulerLike } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ManualHost } from '../support/manual-host.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { type Command, commands, GROUPS, type Work } from './command.ts';
import { IntendedError } from './functions.ts';
import { groupPolicies, NESTED } from './policies.ts';
import { World, type WorldOptions } from './world.ts';

const SYNC: readonly Work[] = ['plain', 'nothing', 'throw', 'several', 'empty', 'error', 'stream'];
const ALL: readonly Work[] = [...SYNC, 'promise', 'iterable'];

const options = fc.record({
  concurrency: fc.constantFrom(1, 2, 3, Infinity),
  names: fc.constant(GROUPS),
  groups: fc.record({ limited: fc.record({ concurrency: fc.constantFrom(1, 2) }) }),
  releaseSlot: fc.constantFrom('on-cancel' as const, 'on-settle' as const),
  watch: fc.record({ state: fc.boolean(), tasks: fc.boolean(), groups: fc.boolean() }),
});

/** Once everything has been told that awaits a promise. */
function quiet(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

/** Turns of the host, as long as promises that resolve in one ask for another. */
async function turns(host: ManualHost): Promise<boolean> {
  host.turn();
  await quiet();
  for (let i = 0; i < 100 && host.due; i++) {
    host.turn();
    await quiet();
  }
  return true;
}

function expectNoFaults({ faults }: World, when: string): void {
  if (faults.length > 0) throw new Error(`${when}: ${faults.join('; ')}`);
}

function play(world: World, all: readonly Command[], after: () => void): void {
  for (const [i, command] of all.entries()) {
    perform(world, command);
    expectNoFaults(world, `within command ${i}`);
    after();
    expectNoFaults(world, `after command ${i}`);
  }
}

function perform(world: World, command: Command): void {
  try {
    world.perform(command);
  } catch (error) {
    if (!(error instanceof IntendedError)) throw error;
  }
}

async function playInTurns(world: World, all: readonly Command[], turn: (command: Command) => Promise<boolean>): Promise<void> {
  for (const [i, command] of all.entries()) {
    perform(world, command);
    expectNoFaults(world, `within command ${i}`);
    world.checkAlways();
    expectNoFaults(world, `after command ${i}`);
    if (await turn(command)) world.checkQuiet();
    expectNoFaults(world, `in the turn after command ${i}`);
  }
}

async function expectToDrain(world: World, turn: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100 && !world.drain(); i++) await turn();
  await turn();
  world.checkDrained();
  expectNoFaults(world, 'at the end');
}

async function expectToClose(world: World, turn: () => Promise<boolean>): Promise<void> {
  const closed = world.close();
  let isClosed = false;
  void closed.then(() => { isClosed = true; });
  for (let i = 0; i < 100 && !world.drain(); i++) await turn();
  await turn();
  world.checkDrained();
  expectNoFaults(world, 'after close()');
  expect(isClosed).toBe(true);
}

function worldWith(host: SchedulerLike, rest: Omit<WorldOptions, 'host'>): World {
  return new World({ host, ...rest });
}

describe('Whatever is done to a manager, and by whatever callbacks, its promises hold', () => {
  const unhandled: unknown[] = [];
  const before = config.onUnhandledError;
  beforeAll(() => {
    config.onUnhandledError = (error: unknown) => { if (!(error instanceof IntendedError)) unhandled.push(error); };
  });
  afterAll(async () => {
    await new Promise((resolve) => { setTimeout(resolve); });
    config.onUnhandledError = before;
    expect(unhandled).toEqual([]);
  });

  it('when tasks start inside the call that queues them', async () => {
    await fc.assert(fc.asyncProperty(options, commands(SYNC), async (rest, all) => {
      const world = worldWith(queueScheduler, rest);
      play(world, all, () => { world.checkQuiet(); });
      await expectToDrain(world, async () => { await quiet(); return true; });
    }), propertyRuns(400));
  });

  it('when the queue is looked at in a microtask', async () => {
    await fc.assert(fc.asyncProperty(options, commands(ALL), async (rest, all) => {
      const world = worldWith(asapScheduler, rest);
      const turn = async (): Promise<boolean> => {
        await quiet();
        // The state is given once a turn of the event loop.
        await quiet();
        await quiet();
        return true;
      };
      await playInTurns(world, all, turn);
      await expectToDrain(world, turn);
    }), propertyRuns(300));
  });

  it('when turns come later, and many commands fall into one', async () => {
    await fc.assert(fc.asyncProperty(options, commands(ALL), fc.boolean(), async (rest, all, closing) => {
      const host = new ManualHost();
      const world = worldWith(host, rest);
      await playInTurns(world, all, async (command) => {
        await quiet();
        if (command.do !== 'turn') return false;
        return turns(host);
      });
      await (closing ? expectToClose : expectToDrain)(world, () => turns(host));
    }), propertyRuns(300));
  });

  it.each([
    ['start inside the call that lets them', true],
    ['start in a later turn', false],
  ])('when tasks and groups ask for anything beyond priority, time passes, and tasks %s', async (_, immediate) => {
    const asked = fc.tuple(options, groupPolicies).map(([rest, groups]) => ({ ...rest, ...groups, names: NESTED }));
    const all = commands([...ALL, 'nest'], NESTED, true);
    await fc.assert(fc.asyncProperty(asked, all, fc.boolean(), async (rest, played, closing) => {
      const host = new ManualHost(immediate);
      const world = new World({ host, ...rest, pass: (time, beforeClock, late) => { host.pass(time, beforeClock, late); } });
      const turn = (): Promise<boolean> => turns(host);
      await playInTurns(world, played, async (command) => {
        if (immediate || command.do === 'turn') return turn();
        await quiet();
        return false;
      });
      await (closing ? expectToClose : expectToDrain)(world, turn);
    }), propertyRuns(300));
  });
});
