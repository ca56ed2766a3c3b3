import { EmptyError, Observable, type SchedulerLike, type Subscriber, take, TimeoutError } from 'rxjs';
import {
  groupState,
  groupStates,
  KwargsConflictError,
  type ManagerState,
  type Task,
  TaskCancelledError,
  type TaskContext,
  type TaskFamily,
  taskFamily,
  type TaskEvent,
  TaskManager,
  TaskExpiredError,
  type TaskGroup,
  TaskManagerClosedError,
  UpstreamFailedError,
  withExpiry,
  withRetry,
  withTimeout,
  withMaxWait,
} from 'sluice';

import { groupsOf, type Limits } from '../support/limits.ts';
import type { AddCommand, Command, Reaction } from './command.ts';
import { faultOf } from './explained.ts';
import { FairShare } from './fair-share.ts';
import { Functions, IntendedError, isNested } from './functions.ts';
import { chain, isCalled, isLent, isUnsettled, isWithin, type Listening, type Made, type Run, SETTLED, waitsFor } from './made.ts';
import type { GroupPolicies, Policies } from './policies.ts';
import { type GroupNow, TurnOrder } from './turn-order.ts';

export interface WorldOptions {
  readonly host: SchedulerLike;
  readonly concurrency: number;
  /** The names of all groups, and the options of those that have any. */
  readonly names: readonly string[];
  readonly groups: GroupPolicies['groups'];
  readonly maxWait?: number | undefined;
  readonly inheritPriority?: boolean;
  /** Puts the clock forward; without it, time is not looked at. */
  readonly pass?: (time: number, beforeClock: () => void, late: boolean) => void;
  readonly releaseSlot: 'on-cancel' | 'on-settle';
  /** Whether the manager's state$, each task's state$ and each group's events$ are looked at. */
  readonly watch: { readonly state: boolean; readonly tasks: boolean; readonly groups: boolean };
}

/**
 * A manager, commands that are carried out on it, and what everyone who looks on can tell: written
 * from the promises, with lists and recounts only.
 */
export class World {
  readonly tasks: TaskManager;
  /** What was found wrong. Collected, as a throw in a callback would be swallowed. */
  readonly faults: string[] = [];
  readonly #options: WorldOptions;
  readonly #made: Made[] = [];
  readonly #runs: Run[] = [];
  readonly #functions = new Functions((run, index) => this.#runChild(run, index));
  readonly #listening: Listening[] = [];
  readonly #armed: { readonly event: TaskEvent['type'] | 'state'; readonly command: Command }[] = [];
  readonly #counts = { completed: 0, failed: 0, cancelled: 0, skipped: 0 };
  /** The task of each key of each family. */
  readonly #keys: Map<string, Made> = new Map();
  readonly #families: Map<number | undefined, TaskFamily<[key: string], unknown>> = new Map();
  #make!: (key?: string) => Task<unknown>;
  /** When a function was called, by group; `undefined` is the manager. */
  readonly #starts: Map<string | undefined, number[]> = new Map();
  readonly #shares = new FairShare((group) => this.#optionsOf(group).weight ?? 1);
  /** Whether what was queued in the middle of an invalidation came in an order that cannot be seen. */
  #lostOrder = false;
  #performed = 0;
  /** Those that an invalidation is about to have run, and that have not been queued yet. */
  readonly #about: Set<Made> = new Set();
  /** Groups in which a task was asked for since their end was last announced. */
  readonly #begun: Set<string> = new Set();
  readonly #outsiders: Set<Subscriber<unknown>> = new Set();
  readonly #outside$ = new Observable<unknown>((subscriber) => {
    this.#outsiders.add(subscriber);
    return () => this.#outsiders.delete(subscriber);
  });
  /** Whether a task may be called without some of its upstream. */
  #lenient = false;
  /** How many calls of `cancel({ upstream: 'none' })` are under way. */
  #letting = 0;
  /** Which run is just giving its slot up: once its child is queued. */
  #lending: Run | undefined;
  #orders = 0;
  #outsideValues = 0;
  #idle = { asked: 0, resolved: 0 };
  #state: ManagerState | undefined;
  #closed = false;

  constructor(options: WorldOptions) {
    const { host, concurrency, groups, maxWait, inheritPriority, releaseSlot, watch } = options;
    this.#options = options;
    this.tasks = new TaskManager({ host, concurrency, releaseSlot, groups: groupsOf(groups), policies: maxWait === undefined ? [] : [withMaxWait(maxWait)], inheritPriority, timeSlice: Infinity });
    if (watch.groups) {
      this.tasks.events$.subscribe((event) => { if (groupOf(event) === undefined) this.#happened(event); });
      for (const name of options.names) {
        // Those of the groups within it have been told already.
        this.tasks.group(name).events$.subscribe((event) => { if (groupOf(event) === name) { this.#happened(event); this.#fire(event.type); } });
      }
    } else this.tasks.events$.subscribe((event) => { this.#happened(event); });
    this.tasks.events$.subscribe((event) => { if (!watch.groups || groupOf(event) === undefined) this.#fire(event.type); });
    this.#follow('the manager', this.tasks);
    if (watch.groups) for (const name of options.names) this.#follow(name, this.tasks.group(name));
    if (watch.state) this.tasks.state$.subscribe((state) => { this.#state = state; this.#fire('state'); });
  }

  perform(command: Command): void {
    this.#performed++;
    try {
      this.#perform(command);
    } catch (error) {
      if (this.#closed && error instanceof TaskManagerClosedError) return;
      if (!(error instanceof IntendedError)) this.#fault(`${command.do} threw ${String(error)}`);
      throw error;
    }
  }

  /** What holds at any time at which no code of the manager is under way. */
  checkAlways(): void {
    const { tasks } = this;
    const { state } = tasks;
    this.#checkCounts('all', state.counts, this.#made);
    for (const status of SETTLED) this.#equal(`${status} in all`, state.counts[status], this.#counts[status]);
    const unsettled = this.#made.filter(isUnsettled);
    const { done, cancelled, total } = state.progress;
    this.#equal('progress.total - done - cancelled', total - done - cancelled, unsettled.length);
    const reported = unsettled.reduce((sum, made) => sum + (isCalled(made) || isLent(made) ? made.current!.reported : 0), 0);
    const fraction = total === 0 ? 0 : (done + reported) / total;
    if (Math.abs(state.progress.fraction - fraction) > 1e-9) this.#fault(`fraction is ${state.progress.fraction}, not ${fraction}`);
    this.#equal('status', state.status, this.#closed ? 'closed' : tasks.paused ? 'paused' : unsettled.length > 0 ? 'busy' : 'idle');

    for (const name of this.#options.names) {
      const members = this.#made.filter(({ task }) => isWithin(task.group, name));
      const busy = members.some(isUnsettled);
      const { paused, concurrency } = tasks.group(name);
      this.#checkCounts(name, tasks.group(name).state.counts, members);
      const kept = busy || paused || concurrency !== Infinity || name in this.#options.groups || this.#options.watch.groups;
      this.#equal(`state has group ${name}`, groupState(state, name) !== undefined, kept);
      if (!busy && this.#begun.has(name)) this.#fault(`group ${name} is empty, but has not finished`);
    }

    for (const made of this.#made) {
      const { task, asked, settled } = made;
      const is = isUnsettled(made);
      this.#equal(`runs of ${task.name} that have settled`, settled, is ? asked - 1 : asked);
      this.#equal(`get(${task.id})`, tasks.get(task.id), is ? task : undefined);
      // No one is told that a result has been kept for long enough: it is found out by who asks for it.
      const isOver = made.seen?.status === 'completed' && task.status === 'idle' && nameOf(made.command.policies) !== undefined && made.command.policies.keepFor !== undefined;
      if (made.seen && !isOver && JSON.stringify(made.seen) !== JSON.stringify(task.state)) {
        this.#fault(`state$ of ${task.name} shows ${JSON.stringify(made.seen)}, not ${JSON.stringify(task.state)}`);
      }
      if (is && !this.#isWanted(made)) this.#fault(`${task.name} is ${task.status}, but no one wants it`);
      const waitsForNothing = !made.outside && !made.upstream.some(isUnsettled) && made.retrying === undefined && !isLent(made);
      if (task.status === 'waiting' && waitsForNothing) this.#fault(`${task.name} waits for nothing`);
      if (task.status === 'running' && !isCalled(made)) this.#fault(`${task.name} is running, but was not called`);
      this.#equal(`group of ${task.name}`, task.group, made.group);
      this.#checkPriority(made);
      this.#checkTimes(made);
      // Of its policies nothing is left but a priority of its own.
      const { extras } = task as { readonly extras?: object };
      if (!is && extras) this.#fault(`${task.name} is ${task.status}, and has ${JSON.stringify(Object.keys(extras))} left`);
    }
    for (const { made, open } of this.#listening) {
      if (open && !isUnsettled(made)) this.#fault(`a subscriber of ${made.task.name} is left waiting, it is ${made.task.status}`);
    }
    this.#equal('scheduler.queued', tasks.scheduler.queued, this.#made.filter(({ task }) => task.status === 'queued').length);
  }

  /** What holds once the host has had its turn, and promises have told who awaits them. */
  checkQuiet(): void {
    this.checkAlways();
    this.#observe();
    for (const name of [undefined, ...this.#options.names]) {
      this.#equal(`running of ${String(name)}`, this.#limits(name).running, this.#taken(name));
    }
    const order = this.#order();
    if (!order.possible().includes(undefined)) this.#fault(`${order.possible().map((made) => made?.task.name).join(' or ')} is queued, though it could run`);
    if (this.#lostOrder) return;
    for (const made of this.#made) {
      const fault = faultOf(made, this.#made, this.#now, (name) => this.#groupNow(name), order);
      if (fault !== undefined) this.#fault(fault);
    }
    if (this.#options.watch.state && JSON.stringify(this.#state) !== JSON.stringify(this.tasks.state)) {
      this.#fault(`state$ shows ${JSON.stringify(this.#state)}, not ${JSON.stringify(this.tasks.state)}`);
    }
  }

  /** Lets everything end that has been asked for, and whatever comes of it: to be called until it returns true. */
  drain(): boolean {
    const limits = [this.tasks, ...this.#options.names.map((name) => this.tasks.group(name))];
    const unlimited = limits.every((each) => each.concurrency === Infinity && (!each.paused || (each === this.tasks && this.#closed)));
    if (unlimited && this.#functions.gates.length + this.#outsiders.size === 0 && !this.#made.some(isUnsettled)) return true;
    for (const group of [undefined, ...this.#options.names]) {
      this.perform({ do: 'resume', group });
      this.perform({ do: 'resize', group, concurrency: Infinity });
    }
    this.perform({ do: 'pass', time: 100, late: false });
    for (const each of [...this.#outsiders]) each.complete();
    for (const gate of [...this.#functions.gates]) gate.complete();
    return false;
  }

  /** What is left when all has ended: nothing. */
  checkDrained(): void {
    this.checkQuiet();
    this.#equal('unsettled', this.#made.filter(isUnsettled).map(({ task }) => task.name).join(), '');
    this.#equal('running at the end', this.tasks.scheduler.running, 0);
    this.#equal('queued at the end', this.tasks.scheduler.queued, 0);
    this.#equal('subscribed at the end', this.#listening.filter(({ open }) => open).length, 0);
    this.#equal('onIdle() resolved', this.#idle.resolved, this.#idle.asked);
    this.#equal('outside subscribed', this.#outsiders.size, 0);
    if (!this.#options.watch.groups) this.#equal('groups at the end', groupStates(this.tasks.state).map(({ name }) => name).sort().join(), Object.keys(this.#options.groups).sort().join());
    const { pending } = this.#options.host as { readonly pending?: number };
    if (this.#options.pass) this.#equal('timers at the end', pending, 0);
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.tasks.close();
  }

  #perform(command: Command): void {
    const { tasks } = this;
    switch (command.do) {
      case 'add': this.#add(command); break;
      case 'subscribe': this.#with(this.#made, command.task, (made) => { this.#subscribe(made, command.first, command.then); }); break;
      case 'unsubscribe': this.#with(this.#listening.filter(({ open, subscription }) => open && subscription), command.subscription, (listening) => {
        listening.open = false;
        listening.subscription?.unsubscribe();
      }); break;
      case 'start': this.#with(this.#made, command.task, (made) => { this.#start(made); }); break;
      case 'cancel': this.#with(this.#made, command.task, ({ task }) => { this.#cancelling(command.options, () => { task.cancel(command.options); }); }); break;
      case 'cancelGroup': this.#cancelling(command.options, () => { tasks.group(command.group).cancel(command.options); }); break;
      case 'cancelAll': this.#cancelling(command.options, () => { tasks.cancelAll(command.options); }); break;
      case 'pause': (command.group === undefined ? tasks : tasks.group(command.group)).pause(); break;
      case 'resume': (command.group === undefined ? tasks : tasks.group(command.group)).resume(); break;
      case 'resize': (command.group === undefined ? tasks : tasks.group(command.group)).concurrency = command.concurrency; break;
      case 'prioritise': this.#with(this.#made, command.task, (made) => {
        made.own = command.priority;
        made.parents.clear();
        made.task.setPriority(command.priority);
      }); break;
      case 'emit': this.#with(this.#functions.gates, command.run, (gate) => { gate.emit(); }); break;
      case 'complete': this.#with(this.#functions.gates, command.run, (gate) => { gate.complete(); }); break;
      case 'fail': this.#with(this.#functions.gates, command.run, (gate) => { gate.fail(); }); break;
      case 'progress': this.#with(this.#runs, command.run, (run) => {
        if ((isCalled(run.made) || isLent(run.made)) && run.made.current === run) run.reported = command.fraction;
        run.context.progress(command.fraction);
      }); break;
      case 'outside':
        for (const each of [...this.#outsiders]) {
          if (command.as === 'next') each.next({ outside: ++this.#outsideValues });
          else if (command.as === 'error') each.error(new IntendedError('outside'));
          else each.complete();
        }
        break;
      case 'invalidate': this.#with(this.#made, command.task, (made) => { this.#forget(this.#downstreamOf([made]), () => { made.task.invalidate(); }); }); break;
      case 'renew': this.#with(this.#made, command.task, (made) => {
        this.#forget(this.#downstreamOf([made]), () => { made.task.invalidate(); });
        this.#subscribe(made, false, undefined);
      }); break;
      case 'invalidateKeys': this.#invalidateKeys(command.key, command.prefix, command.keepFor); break;
      case 'addMany': for (let round = 0; round < command.rounds; round++) for (const group of command.groups) this.#add(many(group, command.slots)); break;
      case 'pass': this.#options.pass?.(command.time, () => { this.#observe(); }, command.late); break;
      case 'onIdle':
        this.#idle.asked++;
        void tasks.onIdle().then(() => { this.#idle.resolved++; });
        break;
      case 'onEvent': this.#armed.push(command); break;
      case 'onState': this.#armed.push({ event: 'state', command: command.command }); break;
      case 'onTaskState': this.#with(this.#made, command.task, ({ task }) => { this.#onTaskState(task, command.command); }); break;
      case 'onAbort': this.#with(this.#runs, command.run, ({ context: { signal } }) => {
        if (!signal.aborted) signal.addEventListener('abort', () => { this.perform(command.command); }, { once: true });
      }); break;
      case 'throw': throw new IntendedError('thrown by a callback');
      case 'turn': break;
    }
  }

  #with<T>(all: readonly T[], index: number, act: (one: T) => void): void {
    const one = all[index % (all.length || 1)];
    if (one !== undefined) act(one);
  }

  #add(command: AddCommand): void {
    const { tasks } = this;
    const { cold, group, priority, live, releaseSlot, dictionary, policies } = command;
    const { retry, timeout, expires, onUpstreamError, key, keepFor } = policies;
    const number = this.#made.length + 1;
    // Each only once, as in the array form a key supplied twice is an error.
    const sources = [...new Set(command.upstream.map((i) => this.#made[i % (this.#made.length + 1)]))];
    const outside = sources.includes(undefined);
    const inputs = sources.map((made) => made?.task ?? this.#outside$);
    const upstream = dictionary ? Object.fromEntries(inputs.map((input, i) => [`u${i}`, input])) : inputs;
    const size = Math.min(policies.slots ?? 1, ...chain(group).map((name) => this.#limits(name).concurrency));
    const name = nameOf(policies);
    const known = name === undefined ? undefined : this.#keys.get(name);
    const make = (): Task<unknown> => tasks.task((kwargs: object, context: TaskContext) => this.#called(made, kwargs, context), {
      name: `t${number}`, priority, group, upstream, releaseSlot, join: live ? 'combineLatest' : 'forkJoin',
      slots: size, onUpstreamError,
      flatten: live ? policies.flatten : undefined,
      policies: [
        ...(timeout === undefined ? [] : [withTimeout(timeout)]),
        ...(retry ? [withRetry({ count: retry.count, ...(retry.delay !== undefined && { delay: retry.delay === 'outside' ? () => this.#outside$ : retry.delay }) })] : []),
        ...(expires === undefined ? [] : [withExpiry(expires)]),
      ],
    });
    this.#make = make;
    const task = key === undefined ? make() : this.#family(keepFor)(key);
    if (known !== undefined && task !== known.task) this.#fault(`${task.name} is made, though ${known.task.name} of the same key is ${known.task.status}`);
    const found = this.#made.find((each) => each.task === task);
    if (found !== undefined) {
      if (found !== known) this.#fault(`${task.name} is returned, which is ${task.status}`);
      if (!cold) this.#start(found);
      return;
    }
    const onSettle = (releaseSlot ?? this.#options.releaseSlot) === 'on-settle';
    const made: Made = {
      task, command, outside, onSettle, size, group, own: priority, parents: new Map(), quiet: false,
      upstream: sources.filter((each) => each !== undefined),
      asked: 0, held: -1, order: -1, settled: 0, current: undefined, waitsFor: new Map(), readyAt: undefined, retrying: undefined, failures: 0,
      called: undefined, anew: false, values: [], acts: [...command.acts], seen: undefined,
    };
    if (name !== undefined) this.#keys.set(name, made);
    this.#made.push(made);
    if (this.#options.watch.tasks) {
      task.state$.subscribe((state) => { made.seen = state; });
    }
    if (!cold) this.#start(made);
  }

  #start(made: Made): void {
    if (!this.#closed) {
      this.#ask([made]);
      if (made.task.status !== 'completed') made.held = made.asked;
    }
    made.task.start();
  }

  #subscribe(made: Made, first: boolean, reaction: Reaction | undefined): void {
    const { task } = made;
    const listening: Listening = { made, open: true, subscription: undefined };
    let left = reaction;
    const notified = (kind: Reaction['at']): void => {
      if (!listening.open) this.#fault(`a subscriber that had left ${task.name} is told ${kind}`);
      if (kind !== 'next') listening.open = false;
      if (left?.at !== kind) return;
      const { command } = left;
      left = undefined;
      this.perform(command);
    };
    if (!this.#closed) this.#ask([made]);
    this.#listening.push(listening);
    listening.subscription = (first ? task.pipe(take(1)) : task).subscribe({
      next: () => { notified('next'); },
      error: (error: unknown) => {
        this.#checkError(made, error);
        notified('error');
      },
      complete: () => { notified('complete'); },
    });
  }

  /**
   * Notes what a task's being asked for queues: the task, after the upstream that has to run.
   *
   * @param forgotten - those whose results are about to be forgotten
   * @param parent - whose function runs them: they are in its group for this run, unless they have one
   */
  #ask(all: readonly Made[], forgotten: readonly Made[] = [], parent?: Made): void {
    const need = (each: Made): boolean => !isUnsettled(each) && !this.#about.has(each) && (each.task.status !== 'completed' || forgotten.includes(each));
    // Upstream first; a task that several need, once.
    const [asked, visited] = [new Set<Made>(), new Set<Made>()];
    const visit = (each: Made): void => {
      if (visited.has(each) || !need(each)) return;
      visited.add(each);
      for (const source of each.upstream) visit(source);
      asked.add(each);
    };
    all.forEach(visit);
    for (const each of asked) {
      each.asked++;
      if (forgotten.length > 0) this.#about.add(each);
      if (this.#letting > 0) each.held = each.asked;
      each.order = this.#orders++;
      each.group = each.command.group ?? (all.includes(each) ? parent?.group : undefined);
      each.readyAt = each.retrying = undefined;
      each.failures = 0;
      if (!this.#about.has(each)) this.#begin(each);
    }
    for (const each of asked) {
      each.waitsFor = new Map(each.upstream.filter((source) => asked.has(source) || isUnsettled(source)).map((source) => [source, source.asked]));
    }
  }

  /** Its groups have something in them that is to settle. */
  #begin(made: Made): void {
    for (const name of chain(made.group)) if (name !== undefined) this.#begun.add(name);
  }

  #runChild({ made, context, children }: Run, index: number): Promise<unknown> {
    // Of those that were made before it, so that no two wait for each other.
    const before = this.#made.slice(0, this.#made.indexOf(made));
    const child = before[index % (before.length || 1)];
    if (child === undefined) return Promise.resolve();
    const run = made.current;
    // What has no group or priority takes them from who runs it.
    if (!context.signal.aborted && run?.context === context && isUnsettled(made) && !this.#closed) {
      if (child.task.status !== 'completed') {
        const settled = !isUnsettled(child);
        if (parentsOf(child).length === 0) child.quiet = settled;
        this.#ask([child], [], made);
        if (child.own === 0) child.parents.set(run, child.asked);
        children.push(child);
        run.lent = true;
      }
    }
    const leave = (): void => {
      if (run) child.parents.delete(run);
      if (children.includes(child)) children.splice(children.indexOf(child), 1);
    };
    this.#lending = run;
    const result = context.run(child.task);
    this.#lending = undefined;
    return result.finally(leave);
  }

  #family(keepFor: number | undefined): TaskFamily<[key: string], unknown> {
    const family = this.#families.get(keepFor) ?? taskFamily((key: string) => this.#make(key), { keepFor });
    this.#families.set(keepFor, family);
    return family;
  }

  #invalidateKeys(key: string, prefix: boolean, keepFor: number | undefined): void {
    const matching = [...this.#keys.values()].filter(({ command: { policies } }) => policies.keepFor === keepFor && (prefix ? policies.key!.startsWith(key) : policies.key === key));
    const reached = this.#downstreamOf(matching);
    const anew = this.#made.filter((made) => reached.includes(made) && isUnsettled(made));
    this.#ask(anew.flatMap(({ upstream }) => upstream), reached);
    for (const made of anew) {
      made.waitsFor = new Map(made.upstream.filter((each) => each.task.status !== 'completed' || reached.includes(each)).map((each) => [each, each.asked]));
      made.anew = true;
      made.readyAt = made.retrying = made.current = undefined;
      made.failures = 0;
    }
    const performed = this.#performed;
    this.#forget(reached, () => {
      if (prefix) this.#family(keepFor).invalidate((each) => each.startsWith(key));
      else this.#family(keepFor).invalidate(key);
    });
    if (this.#performed !== performed) this.#lostOrder = true;
    for (const made of this.#about) made.asked--; // someone has ended what they were to run for
    this.#about.clear();
  }

  /** Looks whether a result is kept that is forgotten: not what has come of a run within the call. */
  #forget(reached: readonly Made[], forget: () => void): void {
    const settled = reached.map((made) => made.settled);
    forget();
    for (const [i, made] of reached.entries()) {
      if (made.task.status === 'completed' && made.settled === settled[i]) this.#fault(`${made.task.name} is kept, though it was invalidated`);
    }
  }

  #downstreamOf(all: readonly Made[]): Made[] {
    const reached = [...all];
    for (const source of reached) {
      for (const each of this.#made) if (each.upstream.includes(source) && !reached.includes(each)) reached.push(each);
    }
    return reached;
  }

  #cancelling({ downstream = true, upstream }: { downstream?: boolean | undefined; upstream?: string | undefined }, cancel: () => void): void {
    if (!downstream) this.#lenient = true;
    if (upstream !== 'none') {
      cancel();
      return;
    }
    // What goes on without its downstream is held by the manager; so may be what is asked for meanwhile.
    for (const made of this.#made) if (isUnsettled(made)) made.held = made.asked;
    this.#letting++;
    cancel();
    this.#letting--;
  }

  #onTaskState(task: Task<unknown>, command: Command): void {
    let notifications = 0;
    const subscription = task.state$.subscribe(() => {
      if (++notifications !== 2) return;
      queueMicrotask(() => { subscription.unsubscribe(); });
      this.perform(command);
    });
  }

  /** The function of every task. */
  #called(made: Made, kwargs: object, context: TaskContext): unknown {
    const run: Run = { made, ask: made.asked, context, ended: false, reported: 0, lent: false, children: [] };
    const { called } = made;
    if (called?.ask === run.ask && called.attempt === context.attempt && !made.command.live && !made.anew) this.#fault(`${made.task.name} is called twice`);
    for (const name of chain(made.group)) this.#starts.set(name, [...(this.#starts.get(name) ?? []), this.#now]);
    // What is not an Observable may go on after it has been stopped.
    if (made.command.work === 'stream' && this.#runs.some((each) => each.made === made && !each.ended)) this.#fault(`${made.task.name} runs beside its last run`);
    made.called = { ask: run.ask, attempt: context.attempt };
    made.anew = false;
    made.current = run;
    this.#checkInputs(made, kwargs);
    this.#runs.push(run);
    try {
      // Once: a task that asks for itself again and again would never let anything end.
      for (const command of made.acts.splice(0)) this.perform(command);
      const result = this.#functions.work(run);
      // One that has been stopped within its own call is over with it, unless it has promised more.
      if (made.command.work !== 'promise' && !isNested(made) && !(made.current === run && isCalled(made))) run.ended = true;
      return result;
    } catch (error) {
      run.ended = true;
      throw error;
    }
  }

  #checkInputs(made: Made, kwargs: object): void {
    const { task } = made;
    const mayLack = this.#lenient || made.command.policies.onUpstreamError !== undefined;
    // Inputs: of every upstream something that it has emitted.
    for (const [i, source] of made.upstream.entries()) {
      const mayBeMissing = mayLack || !['plain', 'promise', 'several'].includes(source.command.work) || source.command.policies.retry?.delay === 'outside';
      if (made.command.dictionary) {
        const key = made.outside ? undefined : `u${i}`;
        if (key === undefined) continue;
        if (!(key in kwargs) ? !mayBeMissing : !mayLack && !source.values.includes((kwargs as Record<string, unknown>)[key])) this.#fault(`${task.name} gets a wrong ${key}`);
      } else if (!(source.task.name in kwargs) && !mayBeMissing) this.#fault(`${task.name} lacks ${source.task.name}`);
    }
  }

  #happened(event: TaskEvent): void {
    if (event.type === 'groupFinished') {
      const { group } = event;
      if (this.#made.some((made) => isWithin(made.task.group, group) && isUnsettled(made))) this.#fault(`group ${group} finishes with tasks in it`);
      if (!this.#begun.delete(group)) this.#fault(`group ${group} finishes twice`);
      return;
    }
    const made = this.#made.find(({ task }) => task === event.task);
    if (made === undefined) throw new Error('an event of an unknown task');
    this.#observe(made);
    if (this.#about.delete(made)) this.#begin(made);
    if (event.type === 'started') this.#started(made);
    if (event.type === 'retrying') this.#retries(made, event.attempt);
    if (event.type === 'completed' || event.type === 'failed' || event.type === 'cancelled' || event.type === 'skipped') {
      this.#counts[event.type]++;
      made.settled++;
      if (made.settled > made.asked) this.#fault(`${made.task.name} settles more often than it was asked for`);
      if (event.type === 'failed') this.#checkFailure(made, event.error);
      if (made.settled === made.asked) made.retrying = undefined;
    }
  }

  /** What holds for who listens to one stream alone: behind those who do something there, at each level. */
  #follow(where: string, { events$ }: TaskManager | TaskGroup): void {
    // How often each is queued and has not ended, as this listener hears it: below 0 where one before it has ended what is queued.
    const open = new Map<Task<unknown>, number>();
    events$.subscribe((event) => {
      if (event.type === 'groupFinished') {
        for (const [task, count] of open) {
          if (count > 0 && SETTLED.some((status) => status === task.status) && isWithin(task.group, event.group)) this.#fault(`${where} hears of the end of ${event.group} before that of ${task.name}`);
        }
      } else if (event.type === 'queued') open.set(event.task, (open.get(event.task) ?? 0) + 1);
      else if (SETTLED.some((status) => status === event.type)) open.set(event.task, (open.get(event.task) ?? 0) - 1);
    });
  }

  #checkFailure(made: Made, error: unknown): void {
    this.#checkError(made, error);
    const { task, command: { policies: { retry, timeout = NaN } } } = made;
    if (made.settled < made.asked) return; // it has been asked for again by who was told before
    if (error instanceof IntendedError && error.message === task.name && retry && retry.delay !== 'outside' && !made.command.live && made.failures < retry.count) {
      this.#fault(`${task.name} fails after ${made.failures} of ${retry.count} attempts more`);
    }
    if (error instanceof TimeoutError && !isNested(made) && !(this.#now - task.state.startedAt! >= timeout)) this.#fault(`${task.name} has not run for ${timeout} ms`);
  }

  #checkError(made: Made, error: unknown): void {
    const { command: { policies }, task } = made;
    const known =
      error instanceof IntendedError ||
      error instanceof TaskCancelledError ||
      (error instanceof UpstreamFailedError && error.path.at(-1) === task.name && error.path.length > 1 && this.#isCause(error.cause)) ||
      (error instanceof TimeoutError && policies.timeout !== undefined) ||
      (error instanceof TaskExpiredError && policies.expires !== undefined) ||
      // Two upstream in a list have failed, and what is given instead has the same key.
      (isFallbackConflict(error) && !made.command.dictionary && made.upstream.length + Number(made.outside) > 1) ||
      // What the tasks have failed with that its function has run.
      (isNested(made) && (this.#isCause(error) || error instanceof UpstreamFailedError || error instanceof EmptyError)) ||
      (this.#closed && error instanceof TaskManagerClosedError);
    if (!known) this.#fault(`${task.name} fails with ${String(error)}`);
  }

  #isCause(error: unknown): boolean {
    return error instanceof IntendedError || isFallbackConflict(error) || (this.#options.pass !== undefined && (error instanceof TimeoutError || error instanceof TaskExpiredError || error instanceof EmptyError || error instanceof TaskCancelledError || error instanceof UpstreamFailedError));
  }

  /** A task has got its slots: the right one, in its turn, and within the limits. */
  #started(made: Made): void {
    const { task, size } = made;
    made.current = undefined; // of what it was called for before
    made.retrying = undefined;
    const order = this.#order(made);
    // Who is told of an end may have others start, while the slots of what has ended are not free yet.
    const before = this.#order(made, (name) => this.#limits(name).running - (isWithin(made.group, name) ? size : 0));
    if (!this.#lostOrder && !order.possible().includes(made) && !before.possible().includes(made)) {
      this.#fault(`${task.name} starts, not ${order.possible().map((each) => each?.task.name ?? 'no one').join(' or ')}`);
    }
    for (const name of chain(made.group)) {
      const { running, concurrency, rate, starts } = this.#groupNow(name);
      if (running > 0 && running + size > concurrency) this.#fault(`${running + size} slots of ${String(name)} are taken at once`);
      if (rate && starts.filter((start) => start > this.#now - rate.per).length >= rate.limit) this.#fault(`more than ${rate.limit} of ${String(name)} start within ${rate.per} ms`);
      this.#checkShares(made, name, before);
    }
    made.readyAt = undefined;
  }

  #checkShares(made: Made, parent: string | undefined, order: TurnOrder): void {
    if (!this.#groupNow(parent).fair || made.group === parent) return;
    const children = order.children(parent);
    const own = children.find((name) => isWithin(made.group, name)) as string;
    const { priority } = made.task;
    const could = children.filter((name) => name !== own && order.possible(name).every((each) => each?.task.priority === priority && order.due(each) === undefined));
    const rest = this.#options.names.filter((name) => name !== own && !could.includes(name));
    if (order.due(made) !== undefined) this.#shares.begin();
    const fault = this.#shares.served(own, priority, made.size, could, rest);
    if (fault !== undefined) this.#fault(`${made.task.name} starts: ${fault}`);
  }

  #retries(made: Made, attempt: number): void {
    const { task, command: { policies: { retry } } } = made;
    if (!isUnsettled(made)) this.#fault(`${task.name} is ${task.status}, but is to be tried again`);
    made.failures++;
    if (!made.command.live && made.failures > (retry?.count ?? 0)) this.#fault(`${task.name} is tried again too often`);
    this.#equal(`attempt of ${task.name} that has failed`, attempt, task.state.attempt);
    made.retrying = attempt;
    made.readyAt = made.current = undefined;
  }

  /** Looks at what no event tells: since when tasks are ready, and which have taken their slots back. To be called before the clock goes on. */
  #observe(except?: Made): void {
    for (const made of this.#made) {
      if (made === except) continue;
      const { task, current } = made;
      if (task.status === 'running' && current?.lent === true && current !== this.#lending && isCalled(made)) {
        current.lent = false;
      }
      made.readyAt = task.status === 'queued' ? made.readyAt ?? this.#now : undefined;
    }
    for (const [name, { weight }] of Object.entries(this.#options.groups)) {
      const parent = chain(name)[1];
      if (weight !== undefined && !this.#made.some(({ task }) => task.status === 'queued' && isWithin(task.group, parent))) this.#shares.begin();
    }
  }

  #checkPriority(made: Made): void {
    const { inheritPriority = true } = this.#options;
    const wanted = inheritPriority ? this.#made.filter((each) => waitsFor(each, made)).map(({ task }) => task.priority) : [];
    const parents = parentsOf(made).map((run) => run.made.task.priority);
    const own = parents.length > 0 && made.quiet ? [] : [made.own];
    this.#equal(`priority of ${made.task.name}`, made.task.priority, isUnsettled(made) ? Math.max(...own, ...wanted, ...parents) : made.own);
  }

  #checkTimes(made: Made): void {
    if (!this.#options.pass || (this.#options.host as { readonly late?: boolean }).late === true) return;
    const { task, command: { policies: { timeout = Infinity, expires = Infinity, keepFor = Infinity, key } } } = made;
    const { startedAt, settledAt } = task.state;
    if (isCalled(made) && this.#now - startedAt! >= timeout) this.#fault(`${task.name} has run for ${this.#now - startedAt!} ms`);
    if (task.status === 'queued' && !isLent(made) && made.readyAt !== undefined && this.#now - made.readyAt >= expires) this.#fault(`${task.name} has been queued for ${this.#now - made.readyAt} ms`);
    if (key !== undefined && task.status === 'completed' && this.#now - settledAt! >= keepFor) this.#fault(`${task.name} is kept for ${this.#now - settledAt!} ms`);
  }

  #fire(event: TaskEvent['type'] | 'state'): void {
    const at = this.#armed.findIndex((each) => each.event === event);
    if (at >= 0) this.perform(this.#armed.splice(at, 1)[0]!.command);
  }

  /** The slots that are taken in a group, or in all. */
  #taken(group: string | undefined, without?: Made): number {
    const called = this.#made.flatMap((made) => made !== without && isCalled(made) && !made.current!.lent ? [made.current!] : []);
    const left = this.#runs.filter((run) => run.made.onSettle && !run.ended && !run.lent && !called.includes(run));
    return [...called, ...left].filter(({ made }) => isWithin(made.group, group)).reduce((sum, { made }) => sum + made.size, 0);
  }

  #limits(name: string | undefined): { readonly paused: boolean; readonly concurrency: number; readonly running: number } {
    return name === undefined ? this.tasks.scheduler : this.tasks.scheduler.group(name);
  }

  #optionsOf(name: string | undefined): Limits {
    return name === undefined ? this.#options : this.#options.groups[name] ?? {};
  }

  #groupNow(name: string | undefined, running = this.#taken(name)): GroupNow {
    const { paused, concurrency } = this.#limits(name);
    return {
      paused, concurrency, running,
      rate: name === undefined ? undefined : this.#optionsOf(name).rate,
      starts: this.#starts.get(name) ?? [],
      maxWait: chain(name).map((each) => each === undefined ? this.#options.maxWait : this.#options.groups[each]?.maxWait).find((each) => each !== undefined) ?? Infinity,
      fair: Object.entries(this.#options.groups).some(([each, { weight }]) => weight !== undefined && chain(each)[1] === name),
    };
  }

  /** Who may go next, now or as `starting` has not got its slots yet. */
  #order(starting?: Made, taken = (name: string | undefined): number => this.#taken(name, starting)): TurnOrder {
    const groups = new Map([undefined, ...this.#options.names].map((name) => [name, this.#groupNow(name, taken(name))]));
    const waiting = this.#made.filter((made) => made === starting || made.task.status === 'queued');
    return new TurnOrder(waiting, this.#now, (name) => groups.get(name)!);
  }

  get #now(): number {
    return this.#options.pass ? this.#options.host.now() : 0;
  }

  #isWanted(made: Made): boolean {
    return made.held === made.asked
      || this.#listening.some((each) => each.made === made && each.open)
      || this.#made.some((each) => each.upstream.includes(made) && isUnsettled(each))
      || this.#runs.some(({ children }) => children.includes(made));
  }

  #checkCounts(where: string, counts: ManagerState['counts'], members: readonly Made[]): void {
    for (const status of ['waiting', 'queued', 'running'] as const) {
      this.#equal(`${status} of ${where}`, counts[status], members.filter(({ task }) => task.status === status).length);
    }
  }

  #equal(what: string, received: unknown, expected: unknown): void {
    if (received !== expected) this.#fault(`${what}: ${String(received)}, not ${String(expected)}`);
  }

  #fault(fault: string): void {
    this.faults.push(fault);
  }
}

function groupOf(event: TaskEvent): string | undefined {
  return event.type === 'groupFinished' ? event.group : event.task.group;
}

/** A task that holds its slots until it is told to end. */
function many(group: string, slots: number): AddCommand {
  return {
    do: 'add', cold: false, work: 'stream', priority: 0, group, upstream: [], dictionary: false, live: false, releaseSlot: undefined, acts: [],
    policies: slots === 1 ? {} : { slots },
  };
}

/** A task of a family goes by its key and by how long its result is kept, which is its family's. */
function nameOf({ key, keepFor }: Policies): string | undefined {
  return key === undefined ? undefined : `${key} ${keepFor ?? ''}`;
}

/** Whether a run that has started tasks still waits for them. */
function isWaiting({ made, context, ended }: Run): boolean {
  return made.current?.context === context && isUnsettled(made) && !ended && !context.signal.aborted;
}

/** Runs that wait for what a task does now: one that has failed may run again before its parent has been told. */
function parentsOf(child: Made): Run[] {
  return [...child.parents].filter(([run, asked]) => asked === child.asked && isUnsettled(child) && isWaiting(run)).map(([run]) => run);
}

function isFallbackConflict(error: unknown): boolean {
  return error instanceof KwargsConflictError && error.key === 'instead';
}
