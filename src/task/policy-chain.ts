import { from, type Observable, type SchedulerLike } from 'rxjs';

import { reportUnhandledError } from '../errors/report-unhandled-error.ts';
import type { Task } from './task.ts';
import type { SettledStatus, TaskHooks, TaskPolicy } from './task-policy.ts';

/** The run of a task that a {@link PolicyChain} is for. */
export interface PolicedRun {
  readonly task: Task<unknown>;
  readonly host: SchedulerLike;
  /** A policy has failed the present attempt; those from `place` on are to be asked. */
  fail(error: unknown, place: number): void;
}

/** What a policy has made of a failure. */
export interface Takeover {
  /** The place of the first policy that is to be asked if the wait fails. */
  readonly next: number;
  /** The first value begins another attempt. */
  readonly notifier: Observable<unknown>;
}

/** The policies of one run of a task, attached to it, the one nearest to the function first. */
export class PolicyChain {
  readonly #policies: readonly TaskPolicy[];
  readonly #run: PolicedRun;
  readonly #hooks: (TaskHooks | undefined)[] = [];

  constructor(policies: readonly TaskPolicy[], run: PolicedRun) {
    this.#policies = policies;
    this.#run = run;
  }

  queued(): void {
    for (const [i, policy] of this.#policies.entries()) {
      harmless(() => { this.#hooks[i] ??= this.#attach(policy, i); });
    }
    for (const hooks of [...this.#hooks]) harmless(() => hooks?.queued?.());
  }

  started(attempt: number): void {
    for (const hooks of [...this.#hooks]) harmless(() => hooks?.started?.(attempt));
  }

  emitted(value: unknown): void {
    for (const hooks of [...this.#hooks]) harmless(() => hooks?.emitted?.(value));
  }

  /**
   * Asks the policies from `place` on about a failure.
   *
   * @returns what the first that takes it over makes of it
   * @throws what a policy throws, or returns that is no ObservableInput
   */
  failed(error: unknown, place: number): Takeover | undefined {
    for (let i = place; i < this.#policies.length; i++) {
      const notifier = this.#hooks[i]?.failed?.(error);
      if (notifier !== undefined) return { next: i + 1, notifier: from(notifier) };
    }
    return undefined;
  }

  /** Ends the policies before `place`: the attempt they are attached to is over, or all that there will be. */
  settled(status: SettledStatus, place: number = this.#policies.length): void {
    for (const [i, hooks] of this.#hooks.slice(0, place).entries()) {
      this.#hooks[i] = undefined;
      harmless(() => hooks?.settled?.(status));
    }
  }

  #attach(policy: TaskPolicy, place: number): TaskHooks {
    const { task, host } = this.#run;
    const hooks: TaskHooks = policy.attach({
      task,
      host,
      fail: (error) => { if (this.#hooks[place] === hooks) this.#run.fail(error, place + 1); },
    });
    return hooks;
  }
}

function harmless(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportUnhandledError(error);
  }
}
