import { queueScheduler } from 'rxjs';
import { type CancelOptions, type ResolveConflict, type Task, type TaskEvent, TaskManager, TaskManagerClosedError, UpstreamFailedError } from 'sluice';

import {
  type Add, type Dictionary, type Final, type Group, hookKey, type Json, type Observation, type Operation, type Pass, reach,
  type Script, type Signal, type StopFlags, type TraceEvent,
} from './scenario.ts';
import { watchesUngrouped } from './translation.ts';

/** What a task is in the scenario, and what it is here. */
interface Added {
  readonly uid: number;
  readonly group: Group;
  readonly task: Task<unknown>;
}

/** Does what a scenario says on a TaskManager, and tells what happened in the words of the traces. */
export async function replay(script: Script): Promise<Observation> {
  const replay = new Replay(script);
  const trace: (readonly TraceEvent[])[] = [];
  for (const operation of script.script) trace.push(await replay.step(operation));
  return { trace, final: replay.final };
}

class Replay {
  readonly #manager: TaskManager;
  readonly #added = new Map<number, Added>();
  readonly #uids = new Map<Task<unknown>, number>();
  /** Lets go the functions that wait in their body, in the order they were called. */
  readonly #inFunction = new Map<number, () => void>();
  readonly #hooks = new Map<string, (readonly Operation[])[]>();
  /** The names of the tasks that have completed, in that order. */
  readonly #completed: string[] = [];
  readonly #groupsUngrouped: boolean;

  #events: TraceEvent[] = [];
  #groupIds = 0;
  #processing: boolean;
  /** Whether Sluice is kept from starting what the reference would not look at yet. */
  #held = false;
  #stopping = false;
  #signalling = false;
  /** Groups whose end the reference has decided upon, and not said yet. */
  readonly #ended = new Set<Group>();
  /** Groups that Sluice has announced as finished during a stop. */
  readonly #unsaid = new Set<string>();
  #closing: 'no' | 'under way' | 'done' = 'no';
  /** What a listener has thrown. RxJS would report it later, when no one knows what it belongs to. */
  #broken: unknown;

  constructor(script: Script) {
    this.#groupsUngrouped = watchesUngrouped(script);
    this.#processing = script.start;
    this.#manager = new TaskManager({
      inheritPriority: false, // the reference knows nothing of it
      concurrency: script.max_threads,
      host: queueScheduler,
      releaseSlot: 'on-settle',
      timeSlice: Infinity,
    });
    this.#manager.events$.subscribe((event) => {
      try {
        this.#hear(event);
      } catch (error) {
        this.#broken ??= error;
      }
    });
    if (!script.start) this.#manager.pause();
  }

  async step(operation: Operation): Promise<readonly TraceEvent[]> {
    this.#events = [];
    this.#do(operation);
    await quiet();
    if (operation.op === 'drain') {
      for (const letGo of this.#inFunction.values()) {
        letGo();
        await quiet();
      }
    }
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#closing === 'under way') throw new Error('All functions have ended, but close() has not resolved.');
    return this.#events;
  }

  get final(): Final {
    const left = (...statuses: string[]): Added[] => [...this.#added.values()].filter(({ task }) => statuses.includes(task.status));
    return {
      pending: left('waiting', 'queued').sort((a, b) => b.task.priority - a.task.priority).map(({ uid }) => uid),
      running: left('running').map(({ uid }) => uid),
      detached: [...this.#inFunction.keys()].filter((uid) => this.#added.get(uid)?.task.status === 'cancelled'),
    };
  }

  #do(operation: Operation): void {
    switch (operation.op) {
      case 'add':
      case 'pass': return this.#add(operation);
      case 'start':
        this.#processing = true;
        this.#held = false;
        return this.#manager.resume();
      case 'pause':
        this.#processing = false;
        return this.#manager.pause();
      case 'stop':
        return this.#stop(operation, (options) => { this.#added.get(operation.uid)?.task.cancel(options); });
      case 'stop_group':
        return this.#stop(operation, (options) => { this.#stopGroup(operation.group ?? null, options); });
      case 'stop_all':
        return this.#stop({}, () => { this.#manager.cancelAll(); });
      case 'next_group_id': // Sluice's groups are names, which users think of themselves.
        return void this.#events.push(['group_id', this.#groupIds++]);
      case 'not_callable': return this.#addText();
      case 'finish': return this.#inFunction.get(operation.uid)?.();
      case 'burst': return operation.uids.forEach((uid) => this.#inFunction.get(uid)?.());
      case 'drain': return;
      case 'hook': {
        const key = hookKey(operation.on, operation.on === 'group_finished' ? operation.group : operation.uid);
        this.#hooks.set(key, [...(this.#hooks.get(key) ?? []), operation.do]);
        return;
      }
      case 'shutdown': return this.#shutDown();
      default: throw new TypeError(`There is no operation ${JSON.stringify(operation)}.`);
    }
  }

  #add(operation: Add | Pass): void {
    const { uid = -1, group = null, priority, kwargs = {}, upstream = [] } = operation;
    const fn = (...inputs: unknown[]): Promise<unknown> => this.#call(uid, operation, inputs);
    try {
      const task: Task<unknown> = this.#manager.add(fn, {
        name: `task ${uid}`,
        priority,
        group: this.#groupName(group),
        args: operation.op === 'add' ? operation.args ?? [] : [],
        kwargs,
        upstream: [...new Set(upstream)].flatMap((id) => this.#added.get(id)?.task ?? []).filter(isLeft),
        onConflict: this.#lastCompletedWins(),
      });
      this.#added.set(uid, { uid, group, task });
      this.#uids.set(task, uid);
    } catch (error) {
      // The reference takes it and never starts it: see translation.ts.
      if (!(error instanceof TaskManagerClosedError)) throw error;
    }
    this.#look();
  }

  #addText(): void {
    try {
      this.#manager.add('not a function' as never);
    } catch {
      this.#events.push(['threw', 'not_callable']);
    }
  }

  /** A task's function: it waits until it is let go, whatever has become of the task meanwhile. */
  #call(uid: number, task: Add | Pass, inputs: readonly unknown[]): Promise<unknown> {
    const [kwargs] = inputs.slice(-2) as [Dictionary, unknown];
    this.#events.push(['start', uid, inputs.slice(0, -2) as Json[], kwargs]);
    const outcome = task.op === 'add' ? task.ret : { ok: kwargs };
    const call = new Promise((resolve, reject) => {
      this.#inFunction.set(uid, () => {
        this.#inFunction.delete(uid);
        // Follows Sluice's own reaction, in which the slot has come free.
        const look = (): void => { this.#look(); };
        call.then(look, look);
        if ('ok' in outcome) resolve(outcome.ok);
        else reject(new Error(outcome.fail));
      });
    });
    if (task.op === 'add' && task.auto === true) queueMicrotask(() => this.#inFunction.get(uid)?.());
    return call;
  }

  /** The reference looks for what can start. Sluice has done so by itself, unless it was held. */
  #look(): void {
    if (!this.#held) return;
    this.#held = false;
    if (this.#processing) this.#manager.resume();
  }

  /**
   * Upstream results in the order in which upstream completed. Sluice asks once for each further
   * supplier of a key, and names as the first of the two the one listed before, not the one that won.
   */
  #lastCompletedWins(): ResolveConflict {
    const winners = new Map<string, string>();
    return ({ key, values: [present, next], sources: [before, supplier] }) => {
      const winner = winners.get(key) ?? before;
      // The task's own kwargs have completed before everyone: they are not in the list.
      const later = this.#completed.indexOf(supplier) > this.#completed.indexOf(winner);
      winners.set(key, later ? supplier : winner);
      return later ? next : present;
    };
  }

  /** A stop sends no signals, and is no occasion to look for what can start. */
  #stop(flags: StopFlags, cancel: (options: CancelOptions) => void): void {
    const { upstream, downstream } = reach(flags);
    // Something may be ready to start after it: what was left behind, or, inside a listener, what the
    // task that is just being dealt with has made ready.
    if (!downstream || this.#signalling) {
      this.#held = true;
      this.#manager.pause();
    }
    this.#stopping = true;
    cancel({ upstream: upstream ? 'all' : 'none', downstream });
    this.#stopping = false;
  }

  #stopGroup(group: Group, options: CancelOptions): void {
    const name = this.#groupName(group);
    if (name !== undefined) this.#manager.group(name).cancel(options);
    else for (const { task } of this.#members(null)) task.cancel(options);
  }

  #shutDown(): void {
    this.#stopping = true;
    this.#closing = 'under way';
    void this.#manager.close().then(() => { this.#closing = 'done'; });
    this.#stopping = false;
    for (const letGo of this.#inFunction.values()) letGo();
  }

  #hear(event: TaskEvent): void {
    if (this.#stopping) {
      if (event.type === 'groupFinished') this.#unsaid.add(event.group);
      return;
    }
    switch (event.type) {
      case 'completed':
        this.#completed.push(event.task.name);
        this.#settled(event.task, (uid, group) => ['completed', uid, group, event.result as Json]);
        break;
      case 'failed': {
        const { error } = event;
        const { message } = (error instanceof UpstreamFailedError ? error.cause : error) as Error;
        this.#settled(event.task, (uid, group) => ['failed', uid, group, message]);
        break;
      }
      case 'groupFinished': this.#finished(JSON.parse(event.group) as Group);
    }
  }

  #settled(task: Task<unknown>, describe: (uid: number, group: Group) => Signal): void {
    const { uid, group } = this.#added.get(this.#uids.get(task)!)!;
    // The reference decides before the listeners whether the group has ended, and says so after them. Sluice decides
    // when they have been called, and may have said so when they stopped the rest of the group.
    const last = this.#members(group).length === 0;
    this.#unsaid.clear();
    if (last) this.#ended.add(group);
    else this.#ended.delete(group);
    this.#signal(describe(uid, group), uid);
    const silent = this.#members(group).length > 0 || this.#unsaid.has(task.group ?? '');
    if (silent && task.group !== undefined) this.#finished(group);
  }

  /** The group's end, once, if it has one in the reference. */
  #finished(group: Group): void {
    if (this.#ended.delete(group)) this.#signal(['group_finished', group], group);
  }

  #signal(signal: Signal, about: Group): void {
    this.#events.push(signal);
    const key = hookKey(signal[0] as 'completed', about);
    const hooks = this.#hooks.get(key) ?? [];
    this.#hooks.delete(key);
    this.#signalling = true;
    for (const operation of hooks.flat()) this.#do(operation);
    this.#signalling = false;
  }

  /** The tasks of a group that have not ended. */
  #members(group: Group): Added[] {
    return [...this.#added.values()].filter((added) => added.group === group && isLeft(added.task));
  }

  /** JSON keeps 1 and "1" apart, and none of its texts is empty. */
  #groupName(group: Group): string | undefined {
    return group === null && !this.#groupsUngrouped ? undefined : JSON.stringify(group);
  }
}

function isLeft({ status }: Task<unknown>): boolean {
  return status === 'waiting' || status === 'queued' || status === 'running';
}

/** Resolves when everything that was let go has been dealt with: no one here waits for more than microtasks. */
function quiet(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
