// npm run bench -- --only W1,W3 --peers sluice,p-queue --n 100000,1000000 --rounds 5 --json FILE
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { CONTENDERS } from './contender.ts';
import { POLICIES } from './contenders/policies.ts';
import { type Result, run } from './run.ts';
import { referenceOf, tables } from './table.ts';
import { WORKLOADS } from './workloads/workloads.ts';

const HELP = `Sluice against its peers: CPU time as a multiple of a bare scheduler's, each measurement in a process of its own.

  --only LIST    workloads: ${Object.keys(WORKLOADS).join(', ')} (default: all)
  --peers LIST   who is compared: ${CONTENDERS.join(', ')} (default: all).
                 bare is always among them. W16 is sluice-watched: every workload with a subscriber to state$;
                 sluice-patched has one to its patches.
                 W17 is sluice-policies: every workload with policies in use.
  --n LIST       how many tasks (default 100000); for 100000,1000000 also how time grows
  --rounds N     measurements of each, of which the median counts (default 3)
  --rxjs BUILD   cjs (default: what Node loads, ES5) or es2015
  --sluice FILE  an index.js to measure instead of dist's
  --before FILE  an index.js to measure as well, as sluice-before
  --policies LIST  those in use in sluice-policies: ${POLICIES.join(', ')}
                 (default: all)
  --json FILE    writes all measurements`;

const { values } = parse();
if (values.help) {
  console.log(HELP);
  process.exit();
}

const workloads = list('only', values.only, Object.keys(WORKLOADS));
const asked = list('peers', values.peers, CONTENDERS);
const contenders = CONTENDERS.filter((name) => name === 'sluice-before' ? values.before !== undefined : name === 'bare' || asked.includes(name) || asked.some((other) => referenceOf(other) === name));
const sizes = values.n.split(',').map((size) => positive('n', size));
const rounds = positive('rounds', values.rounds);
if (values.rxjs !== 'cjs' && values.rxjs !== 'es2015') refuse(`--rxjs ${values.rxjs}: cjs or es2015`);

const env = {
  BENCH_RXJS: values.rxjs,
  ...(values.sluice !== undefined && { BENCH_SLUICE: values.sluice }),
  ...(values.policies !== undefined && { BENCH_POLICIES: values.policies }),
};
const terminal = process.stderr.isTTY;
const report = (text: string): void => void process.stderr.write(terminal ? `\r\u001b[K${text}` : `${text}\n`);

const about = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  rxjs: `${version('../node_modules/rxjs/package.json')} (${values.rxjs})`,
  ...Object.fromEntries(['p-queue', 'p-graph', 'p-limit', 'fastq'].map((name) => [name, version(`node_modules/${name}/package.json`)])),
};

const results: Result[] = [];
try {
  await run({ workloads, contenders, sizes, rounds, env, before: values.before, report }, results);
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exitCode = 1;
}
if (terminal) report('');
console.log(`${Object.entries(about).map(([key, value]) => (key === 'date' ? value : `${key} ${value}`)).join(', ')}. Medians of ${rounds}.\n`);
console.log(tables(results, contenders));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ about, results }, undefined, 2)}\n`);

function parse() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        peers: { type: 'string' },
        n: { type: 'string', default: '100000' },
        rounds: { type: 'string', default: '3' },
        rxjs: { type: 'string', default: 'cjs' },
        sluice: { type: 'string' },
        before: { type: 'string' },
        policies: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function list(option: string, text: string | undefined, known: readonly string[]): readonly string[] {
  const names = text?.split(',') ?? known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) refuse(`--${option}: no ${unknown.join(', ')}`);
  return names;
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) refuse(`--${option} ${text}: a positive integer`);
  return number;
}

function refuse(message: string): never {
  console.error(`${message}\n\n${HELP}`);
  process.exit(2);
}

function version(file: string): string {
  return (JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { readonly version: string }).version;
}
