// npm run fuzz -- --seeds 200 --seed 1 --operations 400
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { describeError } from './expected-errors.ts';
import { runProgram } from './run-program.ts';
import { describeFailure, shorten } from './shorten.ts';

const HELP = `Random programs over the public API, with real clocks and promises.

  --seeds N       how many (default 200, or 1 with --seed)
  --seed K        the first of them (default 1)
  --operations N  how many operations each does by itself (default 400); listeners and functions do more
  --keep-going    goes on after a failure
  --lines FILE    writes down all that happened in the last program`;

const { values } = parse();
if (values.help) {
  console.log(HELP);
  process.exit();
}
const first = positive('seed', values.seed ?? '1');
const seeds = positive('seeds', values.seeds ?? (values.seed === undefined ? '200' : '1'));
const length = positive('operations', values.operations);

let now = first;
for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(kind, (error: unknown) => {
    console.error(`Seed ${now} has an unhandled error: ${describeError(error)}`);
    process.exit(1);
  });
}

let operations = 0;
let failures = 0;
let told = performance.now();
for (; now < first + seeds; now++) {
  const outcome = await runProgram(now, length);
  operations += outcome.operations;
  if (values.lines !== undefined) writeFileSync(values.lines, `${outcome.lines.join('\n')}\n`);
  if (outcome.faults.length > 0) {
    failures++;
    console.log(`\n${describeFailure(await shorten(now, length, outcome))}`);
    if (!values['keep-going']) break;
  }
  if (performance.now() - told > 5_000) {
    told = performance.now();
    console.error(`${now - first + 1} of ${seeds} seeds, ${operations} operations, ${failures} failed`);
  }
}
const done = Math.min(now - first + 1, seeds);
console.log(`${done} seeds from ${first} on, ${operations} operations, ${failures} failed`);
if (failures > 0) process.exitCode = 1;

function parse() {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string' },
        seed: { type: 'string' },
        operations: { type: 'string', default: '400' },
        'keep-going': { type: 'boolean', default: false },
        lines: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) refuse(`--${option} ${text}: a positive integer`);
  return number;
}

function refuse(message: string): never {
  console.error(`${message}\n\n${HELP}`);
  process.exit(2);
}
