import { type Outcome, runProgram } from './run-program.ts';

/** A program that has gone wrong, as short as it was found to be. */
export interface Failure {
  readonly seed: number;
  readonly operations: number;
  readonly outcome: Outcome;
}

/** Real clocks and promises make no program the same twice: how often one is tried. */
const TRIES = 3;

/** Finds the shortest prefix of a program that still goes wrong, by halves. */
export async function shorten(seed: number, operations: number, outcome: Outcome): Promise<Failure> {
  let shortest: Failure = { seed, operations, outcome };
  let least = 0;
  while (least + 1 < shortest.operations) {
    const half = Math.floor((least + shortest.operations) / 2);
    const failed = await tryToFail(seed, half);
    if (failed) shortest = { seed, operations: half, outcome: failed };
    else least = half;
  }
  return shortest;
}

async function tryToFail(seed: number, operations: number): Promise<Outcome | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const outcome = await runProgram(seed, operations);
    if (outcome.faults.length > 0) return outcome;
  }
  return undefined;
}

/** For people: what went wrong, what happened before, and how to see it again. */
export function describeFailure({ seed, operations, outcome }: Failure): string {
  const { faults, lines } = outcome;
  const shown = lines.slice(-80);
  const left = lines.length - shown.length;
  return [
    `Seed ${seed} goes wrong within ${operations} operations: ${faults[0]}`,
    ...(left > 0 ? [`  … ${left} lines before these`] : []),
    ...shown.map((line) => `  ${line}`),
    `To repeat it: npm run fuzz -- --seed ${seed} --operations ${operations}`,
  ].join('\n');
}
