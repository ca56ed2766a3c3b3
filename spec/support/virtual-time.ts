import { NEVER, type Observable, timer, VirtualTimeScheduler } from 'rxjs';
import { type Task, TaskManager, type TaskManagerOptions, type TaskOptions } from 'sluice';

/** What is known of a task that a spec has added. */
export interface Added {
  readonly task: Task<unknown>;
  /** When it became ready. */
  readonly ready: number;
  readonly slots: number;
  /** When its function was called, or it left the queue without that. */
  started: number | undefined;
  left: number | undefined;
}

/** A manager in virtual time, whose tasks and starts are written down. */
export class VirtualTime {
  readonly host: VirtualTimeScheduler = new VirtualTimeScheduler();
  readonly tasks: TaskManager;
  readonly added: Added[] = [];
  /** Those that have started, in that order. */
  readonly starts: Added[] = [];
  /** Called before each start is written down. What it throws, {@link run} throws. */
  onStart: (each: Added) => void = () => {};
  readonly #thrown: unknown[] = [];

  constructor(options: Omit<TaskManagerOptions, 'host'> = {}) {
    this.tasks = new TaskManager({ ...options, host: this.host, timeSlice: Infinity });
  }

  get now(): number {
    return this.host.now();
  }

  /** How many calls wait for their time. */
  get timers(): number {
    return this.host.actions.filter(({ closed }) => !closed).length;
  }

  at(time: number, work: () => void): void {
    this.host.schedule(work, time - this.now);
  }

  /** Adds a task that runs for a time; without one, until it is ended. */
  add(options: Omit<TaskOptions, 'upstream' | 'kwargs' | 'args'> = {}, time?: number): Added {
    const work = (): Observable<unknown> => {
      try {
        this.onStart(each);
      } catch (error) {
        this.#thrown.push(error);
      }
      each.started = this.now;
      this.starts.push(each);
      return time === undefined ? NEVER : timer(time, this.host);
    };
    const task = this.tasks.task(work, options);
    const each: Added = { task, ready: this.now, slots: options.slots ?? 1, started: undefined, left: undefined };
    this.added.push(each);
    task.start().subscribe({ error: () => { each.left = this.now; }, complete: () => { each.left = this.now; } });
    return each;
  }

  /** Lets all of the time pass, or as much. */
  run(until = Infinity): void {
    this.host.maxFrames = until;
    this.host.flush();
    if (until !== Infinity) this.host.frame = until;
    // It was thrown in a task's function, where it is nothing but a failed task.
    if (this.#thrown.length > 0) throw this.#thrown[0];
  }
}

/** What waits in the queue. */
export function isWaiting({ started, left }: Added): boolean {
  return started === undefined && left === undefined;
}
