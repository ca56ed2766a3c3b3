import type { TaskProgress } from '../index.ts';
import type { PlanTaskData } from './plan-data.ts';
import type { PlanCounts, PlanRunState, PlanTally, PlanTaskStatus } from './plan-run.ts';

const STATUSES: readonly PlanTaskStatus[] = ['waiting', 'running', 'completed', 'failed', 'cancelled', 'skipped'];

/** How far a run is: counted as tasks go from one status to the next, so that a snapshot costs as much as it has groups. */
export class RunTally {
  readonly #statuses: PlanTaskStatus[];
  readonly #all: Counters;
  readonly #groups: ReadonlyMap<string, Counters>;
  /** The counters that each task is in. */
  readonly #countersOf: readonly (readonly Counters[])[];
  /** What running tasks have reported. */
  readonly #fractions: Map<number, number> = new Map();

  constructor(tasks: readonly PlanTaskData[]) {
    const groups = new Map<string, Counters>();
    const groupsOf = new Map<string | undefined, readonly Counters[]>();
    const all = new Counters();
    this.#countersOf = tasks.map(({ group }) => {
      const known = groupsOf.get(group);
      if (known) return known;
      const around = [all];
      for (const name of groupNames(group)) {
        const counters = groups.get(name) ?? new Counters();
        groups.set(name, counters);
        around.push(counters);
      }
      groupsOf.set(group, around);
      return around;
    });
    this.#statuses = tasks.map(() => 'waiting');
    for (const counters of this.#countersOf) for (const one of counters) one.counts.waiting++;
    this.#all = all;
    this.#groups = groups;
  }

  status(index: number): PlanTaskStatus {
    return this.#statuses[index] as PlanTaskStatus;
  }

  /** How many have not settled. */
  get unsettled(): number {
    return this.#all.counts.waiting + this.#all.counts.running;
  }

  move(index: number, status: PlanTaskStatus): void {
    const before = this.status(index);
    this.progress(index, undefined);
    this.#statuses[index] = status;
    for (const { counts } of this.#countersOf[index] as readonly Counters[]) {
      counts[before]--;
      counts[status]++;
    }
  }

  progress(index: number, progress: TaskProgress | undefined): void {
    const { fraction = 0 } = progress ?? {};
    const added = fraction - (this.#fractions.get(index) ?? 0);
    if (added === 0) return;
    if (fraction === 0) this.#fractions.delete(index);
    else this.#fractions.set(index, fraction);
    for (const counters of this.#countersOf[index] as readonly Counters[]) counters.reported += added;
  }

  snapshot(id: string, status: PlanRunState['status']): PlanRunState {
    const groups: Record<string, PlanTally> = {};
    for (const [name, counters] of this.#groups) Object.defineProperty(groups, name, { value: counters.snapshot(), enumerable: true });
    return Object.freeze({ id, status, ...this.#all.snapshot(), groups: Object.freeze(groups) });
  }
}

class Counters {
  readonly counts: Record<PlanTaskStatus, number> = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<PlanTaskStatus, number>;
  reported = 0;

  snapshot(): PlanTally {
    const counts: PlanCounts = Object.freeze({ ...this.counts });
    const done = counts.completed + counts.failed + counts.skipped;
    const { cancelled } = counts;
    const total = done + cancelled + counts.waiting + counts.running;
    const fraction = total === 0 ? 0 : Math.min(1, (done + this.reported) / total);
    return Object.freeze({ counts, progress: Object.freeze({ done, cancelled, total, fraction }) });
  }
}

/** A group and those around it: of `a/b`, `a` and `a/b`. */
function groupNames(group: string | undefined): string[] {
  if (group === undefined) return [];
  const parts = group.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}
