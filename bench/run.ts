import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Measured } from './measure.ts';
import { WORKLOADS } from './workloads/workloads.ts';

/** Milliseconds after which a measurement is given up. */
export const LIMIT = 20_000;

/** What has come of measuring one contender at one workload, by round. */
export interface Result {
  readonly workload: string;
  readonly contender: string;
  readonly n: number;
  readonly rounds: Measured[];
  /** Set when it was not measured to the end, and why. */
  missing?: 'unable' | 'too slow';
}

export interface Plan {
  readonly workloads: readonly string[];
  readonly contenders: readonly string[];
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** For the processes that measure; see resolve.ts. */
  readonly env: NodeJS.ProcessEnv;
  /** The build that `sluice-before` is. */
  readonly before: string | undefined;
  readonly report: (text: string) => void;
}

/**
 * Measures one after the other, each in a process of its own, the contenders in turn: A B C A B C, so
 * that what else the machine is doing meets them all.
 *
 * @param results - takes what has been measured, so that it is there when the next measurement fails
 */
export async function run(plan: Plan, results: Result[]): Promise<void> {
  for (const workload of plan.workloads) {
    for (const n of sizesOf(workload, plan.sizes)) {
      const measured = plan.contenders.map((contender): Result => ({ workload, contender, n, rounds: [] }));
      for (let round = 1; round <= plan.rounds; round++) {
        for (const result of measured) {
          if (result.missing !== undefined) continue;
          plan.report(`${workload} n=${n} round ${round} of ${plan.rounds}: ${result.contender}`);
          const outcome = await measure(result, result.contender === 'sluice-before' ? { ...plan.env, BENCH_SLUICE: plan.before } : plan.env);
          if (typeof outcome === 'string') result.missing = outcome;
          else result.rounds.push(outcome);
        }
      }
      results.push(...measured);
    }
  }
}

/** The numbers of tasks to measure a workload with. */
function sizesOf(id: string, sizes: readonly number[]): readonly number[] {
  const { n, measure } = WORKLOADS[id]!;
  if (n !== undefined) return [n];
  // Compared to a tenth of itself.
  return measure === 'linear' ? [...new Set(sizes.flatMap((size) => [size / 10, size]))] : sizes;
}

async function measure({ workload, contender, n }: Result, env: NodeJS.ProcessEnv): Promise<Measured | 'unable' | 'too slow'> {
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const args = ['--expose-gc', '--import', new URL('resolve.ts', import.meta.url).href, file('measure.ts'), workload, contender, String(n)];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, timeout: LIMIT, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { errors += text; });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject).once('close', (...ended) => { resolve(ended); });
  });
  if (signal === 'SIGKILL') return 'too slow';
  if (code !== 0) {
    // Node's own code for an `await` that nothing can end any more.
    const reason = code === 13 ? 'Wrong result: the event loop is empty, and not all tasks have ended' : errors;
    throw new Error(`${contender} failed at ${workload} with n = ${n}:\n${reason || `exit code ${String(code ?? signal)}`}`);
  }
  return (JSON.parse(out) as Measured | null) ?? 'unable';
}
