import {
  type Add, type Dictionary, type Final, type Group, hookKey, type Json, type Observation, type Operation, type Pass, reach,
  type Script, type Signal, type TraceEvent,
} from './scenario.ts';

interface Known {
  readonly uid: number;
  readonly task: Add | Pass;
  readonly group: Group;
  readonly priority: number;
  readonly upstream: ReadonlySet<number>;
  kwargs: Dictionary;
  running: boolean;
}

/**
 * The reference manager, as far as it has been observed: without threads, and as slow as it is simple.
 * It says what is to be expected of scenarios for which there is no trace.
 */
export class Model {
  /** Tasks that are queued or running and have not been stopped, in the order they were added. */
  readonly known = new Map<number, Known>();
  /** Tasks that are in their function, stopped or not, in the order they were started. */
  readonly inFunction = new Map<number, Known>();
  /** The ids that adding has returned. */
  readonly uids = new Map<Operation, number>();

  readonly #returned: Known[] = [];
  readonly #hooks = new Map<string, Operation[][]>();
  #events: TraceEvent[] = [];
  #free: number;
  #processing: boolean;
  #shutDown = false;
  #groupIds = 0;

  /** Whether, as in Sluice, nothing starts before all that a failure brings down has failed. */
  readonly #failsBeforeStarting: boolean;
  #failing = false;

  constructor({ max_threads, start }: Omit<Script, 'script'>, { failsBeforeStarting = false } = {}) {
    this.#failsBeforeStarting = failsBeforeStarting;
    this.#free = max_threads;
    this.#processing = start;
  }

  /** Does one operation, and everything that comes of it. */
  step(operation: Operation): readonly TraceEvent[] {
    this.#events = [];
    this.#do(operation);
    this.#settle();
    if (operation.op === 'drain') {
      for (const uid of this.inFunction.keys()) {
        this.#letGo(uid);
        this.#settle();
      }
    }
    return this.#events;
  }

  get final(): Final {
    const known = [...this.known.values()];
    return {
      pending: known.filter(({ running }) => !running).sort((a, b) => b.priority - a.priority).map(({ uid }) => uid),
      running: known.filter(({ running }) => running).map(({ uid }) => uid),
      detached: [...this.inFunction.values()].filter((task) => !this.#knows(task)).map(({ uid }) => uid),
    };
  }

  #do(operation: Operation): void {
    switch (operation.op) {
      case 'add':
      case 'pass': return this.#add(operation);
      case 'start':
        this.#processing = true;
        return this.#look();
      case 'pause':
        this.#processing = false;
        return;
      case 'stop': return this.#stop(({ uid }) => uid === operation.uid, reach(operation));
      case 'stop_group': return this.#stop(({ group }) => group === (operation.group ?? null), reach(operation));
      case 'stop_all': return this.known.clear();
      case 'next_group_id': return void this.#events.push(['group_id', this.#groupIds++]);
      case 'not_callable': return void this.#events.push(['threw', 'not_callable']);
      case 'finish': return this.#letGo(operation.uid);
      case 'burst': return operation.uids.forEach((uid) => { this.#letGo(uid); });
      case 'drain': return;
      case 'hook': {
        const key = hookKey(operation.on, operation.on === 'group_finished' ? operation.group : operation.uid);
        this.#hooks.set(key, [...(this.#hooks.get(key) ?? []), [...operation.do]]);
        return;
      }
      case 'shutdown':
        this.#shutDown = true;
        this.known.clear();
        this.inFunction.clear();
    }
  }

  #add(task: Add | Pass): void {
    const uid = this.uids.size;
    const { group = null, priority = 0, kwargs = {} } = task;
    const upstream = new Set(task.upstream?.filter((id) => this.known.has(id)));
    this.uids.set(task, uid);
    this.known.set(uid, { uid, task, group, priority, upstream, kwargs, running: false });
    this.#look();
  }

  #look(): void {
    while (this.#processing && !this.#shutDown && !this.#failing && this.#free > 0) {
      const [next] = [...this.known.values()]
        .filter(({ running, upstream }) => !running && ![...upstream].some((id) => this.known.has(id)))
        .sort((a, b) => b.priority - a.priority);
      if (next === undefined) return;
      this.#free--;
      next.running = true;
      this.inFunction.set(next.uid, next);
      this.#events.push(['start', next.uid, next.task.op === 'add' ? next.task.args ?? [] : [], next.kwargs]);
      if (next.task.op === 'add' && next.task.auto === true) this.#letGo(next.uid);
    }
  }

  /** The function returns. The manager deals with it later. */
  #letGo(uid: number): void {
    const task = this.inFunction.get(uid);
    if (task && this.inFunction.delete(uid)) this.#returned.push(task);
  }

  #settle(): void {
    for (let task = this.#returned.shift(); task; task = this.#returned.shift()) {
      const outcome = task.task.op === 'add' ? task.task.ret : { ok: task.kwargs };
      if (!this.#knows(task)) { /* It was stopped. */ }
      else if ('ok' in outcome) this.#complete(task, outcome.ok);
      else this.#fail(task, outcome.fail);
      this.#free++;
      this.#look();
    }
  }

  #complete(task: Known, result: Json): void {
    if (isDictionary(result)) for (const each of this.#downstream(task)) each.kwargs = { ...each.kwargs, ...result };
    this.#forget(task, ['completed', task.uid, task.group, result]);
  }

  #fail(first: Known, message: string): void {
    const failing = [first];
    this.#failing = this.#failsBeforeStarting;
    for (const task of failing) {
      if (!this.#knows(task)) continue;
      failing.push(...this.#downstream(task));
      this.#forget(task, ['failed', task.uid, task.group, message]);
    }
    this.#failing = false;
  }

  #forget({ uid, group }: Known, signal: Signal): void {
    this.known.delete(uid);
    // Decided before the listeners are called, whatever they add to the group or stop of it.
    const last = ![...this.known.values()].some((other) => other.group === group);
    this.#signal(signal, uid);
    if (last) this.#signal(['group_finished', group], group);
  }

  #signal(signal: Signal, about: Group): void {
    this.#events.push(signal);
    const key = hookKey(signal[0] as 'completed', about);
    const hooks = this.#hooks.get(key) ?? [];
    this.#hooks.delete(key);
    for (const operation of hooks.flat()) this.#do(operation);
  }

  #stop(which: (task: Known) => boolean, { upstream, downstream }: { upstream: boolean; downstream: boolean }): void {
    const reached = new Set([...this.known.values()].filter(which));
    for (const task of reached) {
      if (upstream) for (const id of task.upstream) if (this.known.has(id)) reached.add(this.known.get(id)!);
      if (downstream) for (const each of this.#downstream(task)) reached.add(each);
    }
    for (const { uid } of reached) this.known.delete(uid);
  }

  #downstream({ uid }: Known): Known[] {
    return [...this.known.values()].filter(({ upstream }) => upstream.has(uid));
  }

  #knows(task: Known): boolean {
    return this.known.get(task.uid) === task;
  }
}

/** What the reference manager is expected to do. */
export function predict(script: Script, options: { readonly failsBeforeStarting?: boolean } = {}): Observation {
  const model = new Model(script, options);
  const trace = script.script.map((operation) => model.step(operation));
  return { trace, final: model.final };
}

function isDictionary(value: Json): value is Dictionary {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
