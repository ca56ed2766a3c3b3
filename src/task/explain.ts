import { distinctUntilChanged, Observable } from 'rxjs';

import { Alarm, Alarms } from '../scheduler/alarm.ts';
import { hasMicrotaskTurns } from '../scheduler/default-host.ts';
import { macrotask } from '../scheduler/macrotask.ts';
import { goesBefore } from '../scheduler/rank-heap.ts';
import type { Entry, SlotGroup } from '../scheduler/slot-group.ts';
import { Turn } from '../scheduler/turn.ts';
import { check } from '../scheduler/validate.ts';
import { runAccess } from './run-access.ts';
import type { Task } from './task.ts';
import type { Registry } from './registry.ts';
import { TaskNode } from './task-node.ts';
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
  /** Too few slots are free: `running` are taken. `by` names up to ten tasks that run there. */
  | { readonly type: 'full'; readonly group: string | undefined; readonly running: number; readonly concurrency: number; readonly by: readonly string[] }
  /** A policy of the group lets it not start: `reason` says why, and `until` when it may, if that is known. */
  | { readonly type: 'policy'; readonly group: string | undefined; readonly policy: string; readonly reason: string; readonly until?: number }
  /**
   * How many that wait for a slot go first, by `maxWait`, priority and order of queueing. Those that
   * a limit holds back which the task is not under do not count. Shares are looked at only where
   * nothing else keeps the task: then it is 1.
   */
  | { readonly type: 'behind'; readonly count: number };

/**
 * Why a task does not run: what stands in its way, all at once, or nothing when it is about to start,
 * runs or has settled. As a string, it is one sentence.
 *
 * @example
 * ```ts
 * import { explain, TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ groups: { uploads: { concurrency: 1 } } });
 * tasks.group('uploads').pause();
 * const photo = tasks.add(() => 'done', { name: 'photo', group: 'uploads' });
 * console.log(`${explain(photo)}`); // photo waits: group "uploads" is paused.
 * console.log(explain(photo).obstacles); // [{ type: 'paused', group: 'uploads' }]
 * ```
 */
export interface Explanation {
  readonly name: string;
  readonly status: TaskStatus;
  readonly obstacles: readonly Obstacle[];
  /** By the host's clock, in milliseconds. */
  readonly time: number;
  toString(): string;
}

/**
 * Looks up why a task does not run: what it waits for, as data and as one sentence. It looks at all that is
 * queued, so its cost grows with the queue: it is for people and tools.
 *
 * @throws InvalidInputError for what is no task of a manager
 */
export function explain(task: Task<unknown>): Explanation {
  return explainNode(toNode('explain()', task));
}

/**
 * {@link explain} now, and each other answer: at most one a turn of the event loop. Subscribing queues nothing;
 * it ends when it is unsubscribed from.
 *
 * @throws InvalidInputError for what is no task of a manager
 *
 * @example
 * ```ts
 * import { explain$, TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ concurrency: 1 });
 * const photo = tasks.add(() => fetch('/photo'), { name: 'photo' });
 * const subscription = explain$(photo).subscribe((explanation) => { console.log(`${explanation}`); });
 * subscription.unsubscribe();
 * ```
 */
export function explain$(task: Task<unknown>): Observable<Explanation> {
  const node = toNode('explain$()', task);
  return new Observable<Explanation>((subscriber) => {
    const registry = node.registry as Registry;
    const show = (): void => {
      if (subscriber.closed) return; // has left before the turn came
      const explanation = explainNode(node);
      alarm.stop(); // a rate may have been lifted, or the task be cancelled
      for (const obstacle of explanation.obstacles) if ('until' in obstacle) alarm.set(obstacle.until);
      subscriber.next(explanation);
    };
    const alarm = new Alarm(new Alarms(registry.host, () => registry.now()), show);
    const turn = new Turn(registry.host, show);
    let asked = false;
    // The turns of the default host are microtasks, of which there may be one for each task.
    const inNextTurn = (): void => {
      if (asked) return;
      asked = true;
      macrotask(() => {
        asked = false;
        show();
      });
    };
    // Watched first: what the first one leads to must not be missed.
    const unwatch = registry.watchAll(hasMicrotaskTurns(registry.host) ? inNextTurn : () => { turn.ask(); });
    show();
    return () => {
      unwatch();
      alarm.stop();
    };
  }).pipe(distinctUntilChanged((a, b) => JSON.stringify([a.status, a.obstacles]) === JSON.stringify([b.status, b.obstacles])));
}

function toNode(where: string, task: Task<unknown>): TaskNode {
  check(task instanceof TaskNode, where, 'task', 'a task of a TaskManager', task, 'What pipe() returns is an Observable, and no task.');
  return task;
}

function explainNode(node: TaskNode): Explanation {
  const { name, status } = node;
  const obstacles = status === 'waiting' ? whyWaiting(node) : status === 'queued' ? whyQueued(node) : [];
  for (const obstacle of obstacles) Object.freeze(obstacle);
  return Object.freeze(new Answer(name, status, Object.freeze(obstacles), node.registry.now()));
}

class Answer implements Explanation {
  readonly name: string;
  readonly status: TaskStatus;
  readonly obstacles: readonly Obstacle[];
  readonly time: number;

  constructor(name: string, status: TaskStatus, obstacles: readonly Obstacle[], time: number) {
    this.name = name;
    this.status = status;
    this.obstacles = obstacles;
    this.time = time;
  }

  toString(): string {
    return `${this.name} ${this.#sentence()}.`;
  }

  #sentence(): string {
    const { status, obstacles } = this;
    switch (status) {
      case 'idle': return 'has not been asked for: subscribe to it or start it';
      case 'running': return 'is running';
      case 'completed':
      case 'failed': return `has ${status}`;
      case 'cancelled':
      case 'skipped': return `was ${status}`;
      default: return obstacles.length === 0 ? 'is about to start' : `waits: ${obstacles.map((obstacle) => this.#clause(obstacle)).join('; ')}`;
    }
  }

  #clause(obstacle: Obstacle): string {
    switch (obstacle.type) {
      case 'upstream': return `for ${list(obstacle.names)}`;
      case 'children': return `for ${list(obstacle.names)}, which it has started`;
      case 'retry': return `for attempt ${String(obstacle.attempt)}`;
      case 'paused': return `${scope(obstacle.group)} is paused`;
      case 'full': return `${scope(obstacle.group)} is full, ${String(obstacle.running)} of ${count(obstacle.concurrency, 'slot')} taken${obstacle.by.length > 0 ? ` by ${list(obstacle.by)}` : ''}`;
      case 'policy': return `${scope(obstacle.group)} ${obstacle.reason}${obstacle.until === undefined ? '' : `, for ${String(obstacle.until - this.time)} ms more`}`;
      case 'behind': return `${count(obstacle.count, 'other')} ${obstacle.count === 1 ? 'goes' : 'go'} first`;
    }
  }
}

function whyWaiting({ current, links, attempt, extras }: TaskNode): Obstacle[] {
  const children = runAccess.children(current);
  if (children) return [{ type: 'children', names: children.tasks.map(({ name }) => name) }];
  if (extras?.failed) return [{ type: 'retry', attempt: attempt + 1 }];
  const names = links.filter(({ done }) => !done).map(({ name }) => name);
  return names.length > 0 ? [{ type: 'upstream', names }] : [];
}

function whyQueued(node: TaskNode): Obstacle[] {
  const obstacles: Obstacle[] = [];
  const { size } = node;
  const registry = node.registry as Registry;
  for (const { name: group, running, concurrency, paused, hooks } of around(node.record)) {
    if (paused) obstacles.push({ type: 'paused', group });
    if (running > 0 && running + size > concurrency) {
      obstacles.push({ type: 'full', group, running, concurrency, by: registry.runningIn(group).slice(0, 10).map(({ name }) => name) });
    }
    for (const obstacle of hooks?.obstacles(node) ?? []) obstacles.push({ type: 'policy', group, ...obstacle });
  }
  // One that nothing else keeps waits for another group, which goes first by its share.
  const ahead = countAhead(node) || (obstacles.length === 0 && !isNext(node) ? 1 : 0);
  if (ahead > 0) obstacles.push({ type: 'behind', count: ahead });
  return obstacles;
}

function countAhead(node: TaskNode): number {
  const { root, groups } = node.registry as Registry;
  const above = new Set<SlotGroup>(around(node.record));
  let ahead = 0;
  for (const group of [root, ...groups.values()]) {
    const inner = around(group).filter((each) => !above.has(each));
    for (const entry of group.entries()) {
      if (entry !== node && goesFirst(entry, node) && !inner.some((each) => each.isShutTo(entry))) ahead++;
    }
  }
  return ahead;
}

/**
 * Whether it is at the head of its group, which is at the head of the one around it, and so on. One that
 * may start since this very moment may not be there yet: then no other is either.
 */
function isNext(node: TaskNode): boolean {
  let next: Entry | SlotGroup = node;
  for (const record of around(node.record)) {
    if (record.first !== undefined && record.first !== next) return false;
    next = record;
  }
  return true;
}

/** As the groups choose, but for their shares. */
function goesFirst(a: Entry, b: Entry): boolean {
  const dueA = a.slots.since(a);
  const dueB = b.slots.since(b);
  if (dueA === undefined || dueB === undefined) return dueA !== dueB ? dueA !== undefined : goesBefore(a, b);
  return dueA < dueB || (dueA === dueB && goesBefore(a, b));
}

/** A group, and those it is within. */
function around<Group extends SlotGroup>(group: Group): Group[] {
  const found: Group[] = [];
  for (let each: Group | undefined = group; each; each = each.parent as Group | undefined) found.push(each);
  return found;
}

function scope(group: string | undefined): string {
  return group === undefined ? 'the manager' : `group "${group}"`;
}

function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? '' : 's'}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1) as string}`;
}
