import { expect, it } from 'vitest';

import { runProgram } from './run-program.ts';
import { describeFailure, shorten } from './shorten.ts';

const OPERATIONS = 150;

it.each(Array.from({ length: 20 }, (_, i) => 1 + i * 10))('keeps its promises in random programs, with real clocks and promises: ten from seed %i on', async (first) => {
  for (let seed = first; seed < first + 10; seed++) {
    const outcome = await runProgram(seed, OPERATIONS);
    if (outcome.faults.length > 0) expect.fail(describeFailure(await shorten(seed, OPERATIONS, outcome)));
  }
});
