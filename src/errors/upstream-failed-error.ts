import { UntracedError } from './untraced-error.ts';

/**
 * What a task fails with when a task it depends on has failed, directly or through others.
 *
 * `cause` is the first error, as it was thrown. `path` names the way it came: the upstream that
 * failed first, the tasks between, and last the one that this error belongs to. In V8 it has no stack
 * trace, but `cause` has: when an upstream of many fails, to take theirs would cost more than all the rest.
 *
 * @example
 * ```ts
 * import { TaskManager, UpstreamFailedError } from 'sluice';
 *
 * const tasks = new TaskManager();
 * const user = tasks.task(() => { throw new Error('404'); }, { name: 'user' });
 * const page = tasks.task(() => 'page', { name: 'page', upstream: [user] });
 * page.subscribe({
 *   error: (error: UpstreamFailedError) => console.log(error.path, error.cause), // ['user', 'page'], Error: 404
 * });
 * ```
 */
export class UpstreamFailedError extends UntracedError {
  override readonly name: string = 'UpstreamFailedError';
  readonly code: 'UPSTREAM_FAILED' = 'UPSTREAM_FAILED' as const;
  readonly #from: string | UpstreamFailedError;
  readonly #task: string;

  /**
   * @param task - the name of the task that fails
   * @param upstream - the name of the upstream that has failed
   * @param error - what it has failed with
   */
  constructor(task: string, upstream: string, error: unknown) {
    const passedOn = is(error, UpstreamFailedError);
    const cause = passedOn ? error.cause : error;
    super(`${task} cannot run: its upstream ${upstream} failed${messageOf(cause)}.`, { cause });
    // Linked instead of copied: in a chain of n tasks, copies would take n² places.
    this.#from = passedOn ? error : upstream;
    this.#task = task;
  }

  /** The names from the upstream that failed first to the task of this error. */
  get path(): readonly string[] {
    const names = [this.#task];
    let from = this.#from;
    while (typeof from !== 'string') {
      names.push(from.#task);
      from = from.#from;
    }
    names.push(from);
    return names.reverse();
  }
}

// An error may be anything, such as a proxy that throws whatever is asked of it.

function is<T>(error: unknown, type: new (...args: never) => T): error is T {
  try {
    return error instanceof type;
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  try {
    return is(error, Error) ? ` (${error.message})` : '';
  } catch {
    return '';
  }
}
