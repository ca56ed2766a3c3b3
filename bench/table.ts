import type { Measured } from './measure.ts';
import { LIMIT, type Result } from './run.ts';
import { WORKLOADS } from './workloads/workloads.ts';

/** Whom a contender is compared with. */
export function referenceOf(contender: string): string {
  return contender.startsWith('sluice-') ? 'sluice' : 'bare';
}

const HEADINGS: Readonly<Record<string, string>> = {
  promise: 'a promise per result',
  rxjs: 'RxJS mergeMap / forkJoin (no priority)',
  fastq: 'fastq (no priority)',
  'p-limit': 'p-limit (no priority)',
  'sluice-watched': 'W16: sluice with `state$` at 60 Hz, to sluice',
  'sluice-patched': 'W16 with `patches`, to sluice',
  'sluice-policies': 'W17: sluice with policies in use, to sluice',
  'sluice-before': 'the build of --before, to sluice',
};

/** One Markdown table for each number of tasks, then how time grows from the least to the most. */
export function tables(results: readonly Result[], contenders: readonly string[]): string {
  const workloads = [...new Set(results.map(({ workload }) => workload))];
  const own = (id: string): boolean => WORKLOADS[id]?.n !== undefined;
  const sizes = [...new Set(results.filter(({ workload }) => !own(workload) && WORKLOADS[workload]?.measure !== 'linear').map(({ n }) => n))];
  const find = (workload: string, contender: string, n: number): Result | undefined =>
    results.find((result) => result.workload === workload && result.contender === contender && result.n === n);

  const parts: string[] = [];
  for (const n of sizes) {
    const rows = workloads.filter((id) => !own(id) && find(id, 'bare', n)).map((id) => [
      ...label(id, find(id, 'bare', n)),
      ...contenders.map((contender) => cell(find(id, contender, n), find(id, referenceOf(contender), n), find(id, contender, n / 10))),
    ]);
    parts.push(`CPU time as a multiple of the bare scheduler, ${count(n)} tasks\n\n${table(['workload', 'bare, ns a task', ...contenders.map(heading)], rows)}`);
  }

  const fixed = workloads.filter((id) => own(id) || (sizes.length === 0 && WORKLOADS[id]?.measure === 'linear'));
  if (fixed.length > 0) {
    const rows = fixed.map((id) => {
      const n = Math.max(...results.filter(({ workload }) => workload === id).map((result) => result.n));
      return [...label(id, find(id, 'bare', n)), ...contenders.map((contender) => cell(find(id, contender, n), find(id, referenceOf(contender), n), find(id, contender, n / 10)))];
    });
    parts.push(`Workloads of a size of their own\n\n${table(['workload', 'bare, ns a task', ...contenders.map(heading)], rows)}`);
  }

  if (sizes.length > 1) {
    const least = Math.min(...sizes);
    const most = Math.max(...sizes);
    const grown = workloads.filter((id) => !own(id) && isCpu(id));
    const rows = grown.map((id) => [`${id} ${WORKLOADS[id]!.title}`, ...contenders.map((contender) => growth(find(id, contender, most), find(id, contender, least)))]);
    parts.push(`Time a task at ${count(most)}, as a multiple of that at ${count(least)}\n\n${table(['workload', ...contenders.map(heading)], rows)}`);
  }
  return parts.join('\n\n');
}

function label(id: string, bare: Result | undefined): string[] {
  const time = bare !== undefined && isCpu(id) && bare.rounds.length > 0 ? perTask(bare).toFixed(0) : '';
  return [`${/^W\d/.test(id) ? `${id} ` : ''}${WORKLOADS[id]!.title}`, time];
}

function cell(result: Result | undefined, reference: Result | undefined, tenth: Result | undefined): string {
  if (result?.missing === 'too slow') return `over ${LIMIT / 1000} s`;
  if (result === undefined || result.rounds.length === 0) return '';
  const middle = (pick: (measured: Measured) => number): number => median(result.rounds.map(pick));
  const { measure = 'cpu', ideal = 0 } = WORKLOADS[result.workload]!;
  switch (measure) {
    case 'bytes': return String(middle(({ bytes }) => bytes ?? NaN));
    case 'pause': return `${middle(({ pause }) => pause).toFixed(1)} ms`;
    case 'ideal': return `${middle(({ wall }) => (100 * ideal) / wall).toFixed(1)} %`;
    case 'linear': return growth(result, tenth);
    case 'cpu': {
      if (reference === undefined || reference.rounds.length === 0) return `${middle(({ cpu }) => cpu).toFixed(0)} ms`;
      // Round by round: what slowed the machine down in one of them has met both.
      return multiple(median(result.rounds.map(({ cpu }, round) => cpu / (reference.rounds[round]?.cpu ?? NaN))));
    }
  }
}

function growth(more: Result | undefined, less: Result | undefined): string {
  if (more?.missing === 'too slow') return `over ${LIMIT / 1000} s`;
  if (more === undefined || less === undefined || more.rounds.length === 0 || less.rounds.length === 0) return '';
  return (perTask(more) / perTask(less)).toFixed(2);
}

/** Nanoseconds. */
function perTask({ rounds, n }: Result): number {
  return (median(rounds.map(({ cpu }) => cpu)) * 1e6) / n;
}

function isCpu(id: string): boolean {
  return (WORKLOADS[id]!.measure ?? 'cpu') === 'cpu';
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function multiple(value: number): string {
  return value === 1 ? '1' : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function count(n: number): string {
  return n.toLocaleString('en');
}

function heading(contender: string): string {
  return HEADINGS[contender] ?? contender;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
