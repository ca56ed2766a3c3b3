import type { GroupHooks, GroupPolicy, GroupPort, QueuedEntry } from '../scheduler/group-policy.ts';
import { check } from '../scheduler/validate.ts';

/**
 * Lets what has waited for a slot for `ms` milliseconds go next, before all that has not, whatever the
 * priorities; those that have go in the order in which they became due. It holds in the groups within too, but
 * for those that have their own. Waiting counts from when an entry is ready, or from when the policy came.
 *
 * @param ms - a positive number of milliseconds, or `Infinity`: in this group priority alone decides
 * @throws InvalidInputError for anything else
 *
 * @example
 * ```ts
 * import { TaskManager, withMaxWait } from 'sluice';
 *
 * const tasks = new TaskManager({ concurrency: 2, policies: [withMaxWait(30_000)] });
 * tasks.add(() => fetch('/report'), { priority: -1 }); // starts after half a minute, whatever else comes
 * ```
 */
export function withMaxWait(ms: number): GroupPolicy {
  check(typeof ms === 'number' && ms > 0, 'withMaxWait()', 'ms', 'a positive number of milliseconds', ms, 'To let priority alone decide, use Infinity.');
  return {
    name: 'maxWait',
    inherited: true,
    attach: (port, replaced) => (ms === Infinity ? {} : new MaxWait(ms, port, replaced)),
    toJSON: () => ({ name: 'maxWait', ...(ms !== Infinity && { ms }) }),
  };
}

interface Waiting {
  readonly entry: QueuedEntry;
  since: number;
}

class MaxWait implements GroupHooks {
  readonly #duration: number;
  readonly #port: GroupPort;
  readonly #waiting: Map<QueuedEntry, Waiting> = new Map();
  /**
   * Those that wait, in the order in which they became ready, with gaps. As the duration is the same
   * for all, the first is due first. (Not the map: to find its first steps over all that were before.)
   */
  #line: Waiting[] = [];
  #head = 0;

  constructor(duration: number, port: GroupPort, replaced: GroupHooks | undefined) {
    this.#duration = duration;
    this.#port = port;
    if (!(replaced instanceof MaxWait)) return;
    this.#waiting = replaced.#waiting;
    this.#line = replaced.#line;
    this.#head = replaced.#head;
  }

  queued(entry: QueuedEntry): void {
    if (this.#waiting.has(entry)) return; // since before this policy
    const waiting = { entry, since: this.#port.now() };
    this.#waiting.set(entry, waiting);
    this.#line.push(waiting);
  }

  left(entry: QueuedEntry): void {
    this.#waiting.delete(entry);
    // More than half of it gaps: rare enough to cost each entry a step.
    if (this.#line.length > 2 * this.#waiting.size + 1000) {
      this.#line = [...this.#waiting.values()];
      this.#head = 0;
    }
  }

  first(): QueuedEntry | undefined {
    for (let waiting; (waiting = this.#line[this.#head]); this.#head++) {
      if (this.#waiting.get(waiting.entry) !== waiting) continue;
      const now = this.#port.now();
      const due = this.#dueAt(waiting, now);
      if (due <= now) return waiting.entry;
      this.#port.reconsider(due);
      return undefined;
    }
    return undefined;
  }

  since(entry: QueuedEntry): number | undefined {
    const waiting = this.#waiting.get(entry);
    if (waiting === undefined) return undefined;
    const now = this.#port.now();
    const due = this.#dueAt(waiting, now);
    return due <= now ? due : undefined;
  }

  /** What waits since a time in the future has waited since before the clock was set back: it is due. */
  #dueAt(waiting: Waiting, now: number): number {
    if (waiting.since > now) waiting.since = now - this.#duration;
    return waiting.since + this.#duration;
  }
}
