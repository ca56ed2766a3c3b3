// How much faster the hashing is in threads: `npm run measure:census -- --rounds 5`.
//
// Files are listed beforehand, and read once before anything is measured. Then all of them are hashed by the
// main thread, by one thread and by as many as there are cores, in turn.
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { TaskManager } from 'sluice';

import { findPackages } from './find-packages.ts';
import { type HashFiles, hashFiles } from './hash-files.ts';
import { hashPool } from './hash-pool.ts';
import { listFiles, type MeasuredFile } from './list-files.ts';
import { sum } from './sum.ts';

const { values, positionals: [folder = fileURLToPath(new URL('../../../node_modules', import.meta.url))] } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' } },
});
const { signal } = new AbortController();

const packages: { readonly folder: string; readonly files: readonly MeasuredFile[] }[] = [];
for (const { folder: inside } of await findPackages(folder, signal)) packages.push({ folder: inside, files: await listFiles({ folder: inside }, { signal }) });

const cores = availableParallelism();
await using one = hashPool(1);
await using all = hashPool(cores);
const contenders = [
  { name: 'the main thread', hash: hashFiles as HashFiles, concurrency: 4, times: [] as number[] },
  { name: '1 thread', hash: one.hashFiles, ...one.limits, times: [] as number[] },
  { name: `${cores} threads`, hash: all.hashFiles, ...all.limits, times: [] as number[] },
];

for (const { hash, concurrency } of contenders) await hashAll(hash, concurrency);
for (let round = 0; round < Number(values.rounds); round++) {
  for (const { hash, concurrency, times } of contenders) {
    const start = performance.now();
    await hashAll(hash, concurrency);
    times.push((performance.now() - start) / 1000);
  }
}

const files = packages.flatMap((found) => found.files);
console.log(`${files.length} files, ${Math.round(sum(files, ({ bytes }) => bytes) / 1e6)} MB, ${cores} cores, load ${loadavg()[0]!.toFixed(1)}, medians of ${values.rounds}`);
const [main] = contenders.map(({ times }) => median(times));
for (const { name, times } of contenders) {
  console.log(`${name.padEnd(16)} ${median(times).toFixed(2)} s  ${(main! / median(times)).toFixed(2)} times as fast as the main thread`);
}

async function hashAll(hash: HashFiles, concurrency: number): Promise<void> {
  await using tasks = new TaskManager({ concurrency });
  const counted = packages.map((kwargs) => tasks.add(hash, { kwargs }));
  await tasks.onIdle();
  const failed = counted.filter(({ status }) => status !== 'completed');
  if (failed.length > 0) throw new Error(`${failed.length} packages could not be hashed`);
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
