// npm run bench:workers -- --rounds 5
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { burn } from './jobs.ts';
import { open as openSluice } from './sluice.ts';
import type { OpenPool, ThreadPool } from './thread-pool.ts';

const HELP = `sluice/workers against piscina, each with 2 threads, the contenders in turn.

  --rounds N     measurements of each, of which the median counts (default 5)`;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, help: { type: 'boolean', default: false } } });
if (values.help) {
  console.log(HELP);
  process.exit();
}
const rounds = Number(values.rounds);

const THREADS = 2;
const NOOPS = 20_000;
const IN_FLIGHT = 64;
const BURNS = 40;
const MEGABYTE = 1_000_000;
const BUFFERS = 300;

// Packages that only this folder has are not there when the project's types are checked.
const piscina = (await import(new URL('../peers/piscina.ts', import.meta.url).href)) as { open: OpenPool; openAhead: OpenPool };
const contenders: Readonly<Record<string, OpenPool>> = { sluice: openSluice, piscina: piscina.open, 'piscina, 33 tasks a worker': piscina.openAhead };

/** What is measured: units a second, the more the better. */
const workloads: Readonly<Record<string, (pool: ThreadPool, single: ThreadPool) => Promise<number>>> = {
  [`no-op calls a second, ${IN_FLIGHT} in flight`]: async (pool) => NOOPS / await seconds(() => inFlight(NOOPS, IN_FLIGHT, () => pool.noop())),
  'no-op calls a second, one after the other': async (pool) => NOOPS / 4 / await seconds(() => inFlight(NOOPS / 4, 1, () => pool.noop())),
  [`a batch that computes, ${THREADS} threads: times as fast as one`]: async (pool, single) => {
    const one = await seconds(() => burnAll(single));
    return one / await seconds(() => burnAll(pool));
  },
  '1 MB there and back a second, moved': async (pool) => BUFFERS / await seconds(() => passAround((bytes) => pool.move(bytes), true)),
  '1 MB there and back a second, copied': async (pool) => BUFFERS / await seconds(() => passAround((bytes) => pool.copy(bytes), false)),
};

console.log(`${new Date().toISOString().slice(0, 10)}, node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}. Medians of ${rounds}, with the least and the most.\n`);
const names = Object.keys(contenders);
console.log(`| | ${names.join(' | ')} |\n| --- | ${names.map(() => '--:').join(' | ')} |`);
const pools = Object.values(contenders).map((open) => ({ pool: open(THREADS), single: open(1) }));
const expected = burn();
for (const { pool, single } of pools) {
  // All threads are loaded and warm before anything is measured.
  await inFlight(4_000, IN_FLIGHT, () => pool.noop());
  await inFlight(1_000, 8, () => single.noop());
  await Promise.all([burnAll(pool), burnAll(single)]);
}
for (const [title, measure] of Object.entries(workloads)) {
  const results: number[][] = pools.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { pool, single }] of pools.entries()) results[i]!.push(await measure(pool, single));
  }
  console.log(`| ${title} | ${results.map(show).join(' | ')} |`);
}
for (const { pool, single } of pools) await Promise.all([pool.close(), single.close()]);

async function inFlight(count: number, most: number, call: () => Promise<unknown>): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: most }, lane));
}

async function burnAll(pool: ThreadPool): Promise<void> {
  const numbers = await Promise.all(Array.from({ length: BURNS }, () => pool.burn()));
  if (numbers.some((number) => number !== expected)) throw new Error('A batch was computed wrongly');
}

/** The same buffer again and again; what was not moved is still there. */
async function passAround(pass: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>, moved: boolean): Promise<void> {
  let bytes = new Uint8Array(MEGABYTE);
  for (let i = 0; i < BUFFERS; i++) {
    const back = await pass(bytes);
    if (bytes.byteLength !== (moved ? 0 : MEGABYTE) || back.byteLength !== MEGABYTE) throw new Error(`A buffer was not ${moved ? 'moved' : 'copied'}`);
    bytes = back;
  }
  if (bytes[0] !== BUFFERS % 256) throw new Error('A buffer was not bounced as often as it should have been');
}

async function seconds(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

function show(results: readonly number[]): string {
  const sorted = [...results].sort((a, b) => a - b);
  const [median, least, most] = [sorted[Math.floor(sorted.length / 2)]!, sorted[0]!, sorted.at(-1)!];
  const round = (number: number): string => number < 100 ? number.toFixed(2) : Math.round(number).toLocaleString('en');
  return `${round(median)} (${round(least)} to ${round(most)})`;
}
