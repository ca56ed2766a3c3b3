import { goesBefore } from '../scheduler/rank-heap.ts';
import type { Entry, SlotGroup } from '../scheduler/slot-group.ts';
import type { GroupRecord } from './group-record.ts';
import type { TaskNode } from './task-node.ts';
import type { TaskStatus } from './task-status.ts';

/** One thing that keeps a task from running. Times are of the host's clock; a group without a name is the manager itself. */
export type Obstacle =
  /** Upstream that has not settled, by name. */
  | { readonly type: 'upstream'; readonly names: readonly string[] }
  /** Its function waits for tasks that it has started, by name. */
  | { readonly type: 'children'; readonly names: readonly string[] }
  /** It waits for its next attempt. */
  | { readonly type: 'retry'; readonly attempt: number }
  | { readonly type: 'paused'; readonly group: string | undefined }
  /** Too few slots are free; `by` names up to ten tasks that run there. */
  | { readonly type: 'full'; readonly group: string | undefined; readonly running: number; readonly concurrency: number; readonly by: readonly string[] }
  /** The rate limit lets nothing start until then. */
  | { readonly type: 'rate'; readonly group: string | undefined; readonly until: number }
  /** How many tasks that wait for a slot go first. */
  | { readonly type: 'behind'; readonly count: number };

/** Why a task does not run. As a string, it is one sentence. */
export interface Explanation {
  readonly name: string;
  readonly status: TaskStatus;
  readonly obstacles: readonly Obstacle[];
  toString(): string;
}

/** Looks up why a task does not run; to be asked by people and tools, as it looks at all that is queued. */
export function explain(node: TaskNode): Explanation {
  const { name, status } = node;
  const obstacles: readonly Obstacle[] =
    status === 'waiting' ? whyWaiting(node) : status === 'queued' ? whyQueued(node) : [];
  return Object.freeze({ name, status, obstacles: Object.freeze(obstacles), toString: () => `${name} ${sentence(status, obstacles)}.` });
}

function whyWaiting({ extras, links, attempt, awaitsAttempt }: TaskNode): Obstacle[] {
  if (extras && extras.children.length > 0) return [{ type: 'children', names: extras.children.map(({ name }) => name) }];
  if (awaitsAttempt) return [{ type: 'retry', attempt: attempt + 1 }];
  return [{ type: 'upstream', names: links.filter(({ done }) => !done).map(({ name }) => name) }];
}

function whyQueued(node: TaskNode): Obstacle[] {
  const obstacles: Obstacle[] = [];
  const { registry, size } = node;
  let next: Entry | SlotGroup = node;
  let another = false;
  for (let record: GroupRecord | undefined = node.record; record; record = record.parent) {
    const { name: group, running, concurrency, paused, rate } = record;
    if (paused) obstacles.push({ type: 'paused', group });
    if (running > 0 && running + size > concurrency) {
      obstacles.push({ type: 'full', group, running, concurrency, by: registry.runningIn(group).slice(0, 10).map(({ name }) => name) });
    }
    if (rate && rate.freeAt > registry.now()) obstacles.push({ type: 'rate', group, until: rate.freeAt });
    // By its share as well, which priority and order do not show.
    another ||= record.first !== undefined && record.first !== next;
    next = record;
  }
  const count = entries(registry.root, registry.groups.values()).filter((each) => each !== node && goesFirst(each, node)).length;
  if (another || count > 0) obstacles.push({ type: 'behind', count: count || 1 });
  return obstacles;
}

/** Whether `a` is at the head of the queue sooner than `b`, if nothing else keeps either. */
function goesFirst(a: Entry, b: Entry): boolean {
  const [due = Infinity, other = Infinity] = [a, b].map((entry) => entry.slots.maxWait?.due(entry));
  return due === other ? goesBefore(a, b) : due < other;
}

function entries(root: SlotGroup, groups: Iterable<SlotGroup>): Entry[] {
  return [root, ...groups].flatMap((group) => group.entries());
}

function sentence(status: TaskStatus, obstacles: readonly Obstacle[]): string {
  if (status === 'idle') return 'has not been asked for: subscribe to it or start it';
  if (status === 'running') return 'is running';
  if (status !== 'waiting' && status !== 'queued') return `has ${status === 'skipped' || status === 'cancelled' ? 'been ' : ''}${status}`;
  if (obstacles.length === 0) return 'is about to start';
  return `waits: ${obstacles.map(clause).join(', ')}`;
}

function clause(obstacle: Obstacle): string {
  switch (obstacle.type) {
    case 'upstream': return `for ${list(obstacle.names)}`;
    case 'children': return `for ${list(obstacle.names)}, which it has started`;
    case 'retry': return `for attempt ${String(obstacle.attempt)}`;
    case 'paused': return `${scope(obstacle.group)} is paused`;
    case 'full': return `${scope(obstacle.group)} is full, ${String(obstacle.running)} of ${String(obstacle.concurrency)} slots taken${obstacle.by.length > 0 ? ` by ${list(obstacle.by)}` : ''}`;
    case 'rate': return `the rate limit of ${scope(obstacle.group)} lets nothing start until ${String(obstacle.until)}`;
    case 'behind': return `${String(obstacle.count)} go first`;
  }
}

function scope(group: string | undefined): string {
  return group === undefined ? 'the manager' : `group "${group}"`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1) as string}`;
}
