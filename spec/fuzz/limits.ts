import type { TaskManager, TaskManagerOptions } from 'sluice';

import type { Journal } from './journal.ts';

/** A group, or the manager, which has no name. */
type Name = string | undefined;

/** What may start, as the limits are. */
export class Limits {
  readonly #tasks: TaskManager;
  readonly #options: TaskManagerOptions;
  readonly #journal: Journal;
  /**
   * The loosest that held before a callback tightened it. What is just being started had its slot by then, so this
   * counts as well until the next operation that no callback does.
   */
  readonly #before: Map<Name, { concurrency: number; paused: boolean }> = new Map();

  constructor(tasks: TaskManager, options: TaskManagerOptions, journal: Journal) {
    this.#tasks = tasks;
    this.#options = options;
    this.#journal = journal;
  }

  /** To be called before an operation that no callback does. */
  settle(): void {
    this.#before.clear();
  }

  resize(name: Name, concurrency: number): void {
    this.#remember(name);
    this.#scope(name).concurrency = concurrency;
  }

  pause(name: Name): void {
    this.#remember(name);
    this.#scope(name).pause();
  }

  resume(name: Name): void {
    this.#scope(name).resume();
  }

  /** How many may run at once: the highest that held since the last operation that no callback did. */
  concurrency(name: Name): number {
    return Math.max(this.#scope(name).concurrency, this.#before.get(name)?.concurrency ?? 0);
  }

  /** Whether it has been paused since then, all the time. */
  paused(name: Name): boolean {
    return this.#scope(name).paused && this.#before.get(name)?.paused !== false;
  }

  /** Whether a cancelled function keeps its slot until it has ended: what the nearest says that says anything. */
  keepsSlot(own: 'on-cancel' | 'on-settle' | undefined, group: Name): boolean {
    const nearest = around(group).map((name) => (name === undefined ? this.#options.releaseSlot : this.#options.groups?.[name]?.releaseSlot));
    return [own, ...nearest].find((each) => each !== undefined) === 'on-settle';
  }

  #remember(name: Name): void {
    if (this.#journal.depth < 2) return;
    const { concurrency, paused } = this.#scope(name);
    const before = this.#before.get(name) ?? { concurrency, paused };
    this.#before.set(name, { concurrency: Math.max(concurrency, before.concurrency), paused: paused && before.paused });
  }

  #scope(name: Name) {
    return name === undefined ? this.#tasks : this.#tasks.group(name);
  }
}

/** A group, those it is within, and the manager. */
export function around(group: Name): Name[] {
  const names: Name[] = [];
  for (let name = group ?? ''; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('/')))) names.push(name);
  return [...names, undefined];
}
