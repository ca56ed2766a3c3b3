import { check, checkOptions } from '../scheduler/validate.ts';
import { type Ranked, RankHeap } from '../scheduler/rank-heap.ts';
import { invalidateAll } from './invalidate.ts';
import { refresh } from './lifecycle.ts';
import type { ResultLifetime } from './result-lifetime.ts';
import type { Task } from './task.ts';
import { type TaskHost, TaskNode } from './task-node.ts';

/** Options of a {@link taskFamily}. */
export interface TaskFamilyOptions<Args extends readonly unknown[]> {
  /**
   * For how many milliseconds a result is kept after its task has completed, whoever holds the task: 0, a
   * positive number or `Infinity`. After that the task runs again for its next subscriber. Default: as long as
   * someone holds the task, or a task downstream of it.
   */
  readonly keepFor?: number | undefined;
  /** Tells the tasks apart, where arguments are not all primitives. Default: by the values of the arguments. */
  readonly key?: ((...args: Args) => string) | undefined;
}

/** Tasks of one kind, one for each set of arguments. */
export interface TaskFamily<Args extends readonly unknown[], T> {
  /** The task for these arguments. */
  (...args: Args): Task<T>;
  /**
   * Forgets the result for these arguments, or those that a function picks by their arguments, or all, and the
   * results downstream that came of them. What is queued or running for them, here or downstream, begins anew, so
   * that no one receives what is out of date.
   */
  invalidate(...which: Args | readonly [] | readonly [match: (...args: Args) => boolean]): void;
}

/**
 * Makes tasks of one kind, and returns the same task for the same arguments: those who ask for it share one
 * run, and its result while that is kept.
 *
 * Asking queues nothing. A task that has failed or was cancelled runs again for its next subscriber. Arguments
 * are compared by value where they are primitives; where they are not, give a `key`. Keeping takes no timer:
 * what has been kept for its time is let go when the family is next called.
 *
 * @param make - makes the task for some arguments, with `tasks.task`; called once for each of them
 * @throws InvalidInputError for bad options; when it is called, for an argument that is no primitive without a
 * `key`, and when `make` returns no task
 *
 * @example
 * ```ts
 * import { taskFamily, TaskManager } from 'sluice';
 *
 * const tasks = new TaskManager({ groups: { api: { concurrency: 4 } } });
 * const users = taskFamily((id: number) => tasks.task(() => fetch(`/users/${id}`), { group: 'api' }), { keepFor: 60_000 });
 *
 * users(7).subscribe();
 * console.log(users(7) === users(7)); // true: one request
 * users.invalidate(7); // the user was changed
 * users.invalidate((id) => id < 10);
 * ```
 */
export function taskFamily<Args extends readonly unknown[], T>(make: (...args: Args) => Task<T>, options: TaskFamilyOptions<Args> = {}): TaskFamily<Args, T> {
  const where = 'taskFamily()';
  check(typeof make === 'function', where, 'make', 'a function that makes a task', make);
  checkOptions(where, options, ['keepFor', 'key']);
  const { keepFor, key = keyOf } = options;
  check(keepFor === undefined || (typeof keepFor === 'number' && keepFor >= 0), where, 'keepFor', 'milliseconds: 0, a positive number or Infinity', keepFor);
  check(typeof key === 'function', where, 'key', 'a function that returns a string', key);
  const members = new Map<string, Member<Args>>();
  /** Those whose results are kept, which hold their tasks. */
  const line = new RankHeap<Kept>();
  const gone = new FinalizationRegistry<string>((name) => {
    if (members.get(name)?.reference.deref() === undefined) members.delete(name);
  });

  const family = (...args: Args): Task<T> => {
    const name = key(...args);
    check(typeof name === 'string', where, 'key', 'a function that returns a string', name);
    const known = members.get(name)?.reference.deref();
    letGo(line);
    if (known) return known as TaskNode<T>;
    const task: unknown = make(...args);
    check(task instanceof TaskNode, where, 'make', 'a function that returns a task of a TaskManager', task, 'Return tasks.task(…), not what pipe() makes of it.');
    if (keepFor !== undefined) task.lifetime = new Kept(task, keepFor, line);
    members.set(name, { args, reference: new WeakRef(task) });
    gone.register(task, name);
    return task as TaskNode<T>;
  };

  const invalidate = (...which: readonly unknown[]): void => {
    const [match] = which;
    const picked = which.length === 0 ? [...members.values()]
      : typeof match === 'function' ? [...members.values()].filter(({ args }) => (match as (...args: Args) => boolean)(...args))
        : [members.get(key(...(which as unknown as Args)))];
    const byRegistry = new Map<TaskHost, TaskNode[]>();
    for (const member of picked) {
      const node = member?.reference.deref();
      if (node) byRegistry.set(node.registry, [...byRegistry.get(node.registry) ?? [], node]);
    }
    for (const [registry, nodes] of byRegistry) invalidateAll(registry, nodes);
  };
  return Object.assign(family, { invalidate });
}

interface Member<Args> {
  readonly args: Args;
  /** Weak: what is kept is held as such, what runs by its subscribers and its manager. */
  readonly reference: WeakRef<TaskNode>;
}

/** Names primitives so that no two sets of them have the same name. */
function keyOf(...args: readonly unknown[]): string {
  return args.map((arg, i) => {
    const ok = arg === null || !['object', 'function', 'symbol'].includes(typeof arg);
    check(ok, 'taskFamily()', `argument ${String(i)}`, 'a primitive', arg, 'To tell other arguments apart, give the option key.');
    return typeof arg === 'string' ? JSON.stringify(arg) : typeof arg === 'bigint' ? `${String(arg)}n` : String(arg);
  }).join();
}

/** Lets go what has been kept for its time. */
function letGo(line: RankHeap<Kept>): void {
  for (let { first } = line; first?.isOver === true; { first } = line) {
    first.end();
    refresh(first.node);
  }
}

/** The result of a task that is kept for a time. In line it holds the task; the one to be let go first is first. */
class Kept implements ResultLifetime, Ranked {
  readonly node: TaskNode;
  readonly #duration: number;
  readonly #line: RankHeap<Kept>;
  priority = 0;
  readonly order = 0;
  position = -1;

  constructor(node: TaskNode, duration: number, line: RankHeap<Kept>) {
    this.node = node;
    this.#duration = duration;
    this.#line = line;
  }

  get isOver(): boolean {
    const { registry, settledAt } = this.node;
    if (settledAt === undefined || this.#duration === Infinity) return false;
    const age = registry.now() - settledAt;
    return age >= this.#duration || age < 0; // the clock has been set back since
  }

  begin(): void {
    letGo(this.#line);
    this.end();
    if (this.#duration === 0) return;
    this.priority = -((this.node.settledAt as number) + this.#duration);
    this.#line.add(this);
  }

  end(): void {
    if (this.position !== -1) this.#line.remove(this);
  }
}
