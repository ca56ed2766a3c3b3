// One measurement, in a process of its own: node measure.ts WORKLOAD CONTENDER N. Prints JSON.
import { loadContender, Unable } from './contender.ts';
import { collectGarbage } from './heap-size.ts';
import { Heartbeat } from './heartbeat.ts';
import { WORKLOADS } from './workloads/workloads.ts';

/** What one measurement has brought. */
export interface Measured {
  /** Milliseconds of CPU time, user and system, of all threads. */
  readonly cpu: number;
  /** Milliseconds. */
  readonly wall: number;
  /** The longest turn of the event loop once everything was queued, in milliseconds of CPU time. */
  readonly pause: number;
  readonly bytes: number | undefined;
}

const [, , id = '', name = '', size = ''] = process.argv;
const workload = WORKLOADS[id];
if (workload === undefined) throw new Error(`No workload ${id}`);

const contender = await loadContender(name);
const load = workload.load(Number(size), contender);
load.finished.catch(() => {}); // It is awaited below; it may fail before.

let measured: Measured | undefined;
try {
  const run = load.prepare(contender);
  if (run !== undefined) {
    collectGarbage();
    measured = await measure(run);
    await new Promise(setImmediate); // whatever comes too late or twice
    load.check(contender);
  }
} catch (error) {
  if (!(error instanceof Unable)) throw error;
  process.exitCode = 0;
}
console.log(JSON.stringify(measured ?? null));
process.exit();

async function measure(run: () => void | Promise<void>): Promise<Measured> {
  const heartbeat = workload?.measure === 'pause' ? new Heartbeat() : undefined;
  const wall = performance.now();
  const cpu = process.cpuUsage();
  const running = run();
  heartbeat?.start();
  await running;
  await load.finished;
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1000, wall: performance.now() - wall, pause: heartbeat?.stop() ?? 0, bytes: load.bytes };
}
