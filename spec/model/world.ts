import { concat, EMPTY, firstValueFrom, Observable, of, type SchedulerLike, Subject, type Subscriber, type Subscription, take, throwError } from 'rxjs';
import {
  type ManagerState,
  type Task,
  TaskCancelledError,
  type TaskContext,
  type TaskEvent,
  TaskManager,
  TaskManagerClosedError,
  type TaskState,
  type TaskStatus,
  UpstreamFailedError,
} from 'sluice';

import { type AddCommand, type Command, GROUPS, type Reaction } from './command.ts';

/** What a world fails with on purpose: anything else that is thrown is a fault. */
export class IntendedError extends Error {}

export interface WorldOptions {
  readonly host: SchedulerLike;
  readonly concurrency: number;
  readonly limited: number;
  readonly releaseSlot: 'on-cancel' | 'on-settle';
  /** Whether the manager's state$, each task's state$ and each group's events$ are looked at. */
  readonly watch: { readonly state: boolean; readonly tasks: boolean; readonly groups: boolean };
}

/** A task, and what is known of it from outside. */
interface Made {
  readonly task: Task<unknown>;
  readonly command: AddCommand;
  readonly upstream: readonly Made[];
  readonly outside: boolean;
  readonly onSettle: boolean;
  /** How often it has been asked for, and which of these the manager itself wants or may want. */
  asked: number;
  held: number;
  order: number;
  settled: number;
  current: Run | undefined;
  /** Something acted between its getting a slot and the call of its function. */
  disturbed: boolean;
  /** Every value it ever emitted. */
  readonly values: unknown[];
  /** What its function still has to do within its own call. */
  readonly acts: Command[];
  /** What its state$ has shown last. */
  seen: TaskState | undefined;
}

/** A call of a function. */
interface Run {
  readonly made: Made;
  readonly ask: number;
  readonly context: TaskContext;
  ended: boolean;
  reported: number;
}

/** How a run is ended by hand. */
interface Gate {
  readonly run: Run;
  emit(): void;
  complete(): void;
  fail(): void;
}

interface Listening {
  readonly made: Made;
  subscription: Subscription | undefined;
  open: boolean;
}

/** Ends an iterable. */
const DONE = Symbol('done');

const UNSETTLED: readonly TaskStatus[] = ['waiting', 'queued', 'running'];
const SETTLED = ['completed', 'failed', 'cancelled'] as const;

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
  readonly #gates: Gate[] = [];
  readonly #listening: Listening[] = [];
  readonly #armed: { readonly event: TaskEvent['type'] | 'state'; readonly command: Command }[] = [];
  readonly #counts = { completed: 0, failed: 0, cancelled: 0 };
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
  #orders = 0;
  #numbers = 0;
  #idle = { asked: 0, resolved: 0 };
  #state: ManagerState | undefined;
  #closed = false;

  constructor(options: WorldOptions) {
    const { host, concurrency, limited, releaseSlot, watch } = options;
    this.#options = options;
    this.tasks = new TaskManager({ host, concurrency, releaseSlot, groups: { limited: { concurrency: limited } }, timeSlice: Infinity });
    if (watch.groups) {
      this.tasks.events$.subscribe((event) => { if (groupOf(event) === undefined) this.#happened(event); });
      for (const name of GROUPS) this.tasks.group(name).events$.subscribe((event) => { this.#happened(event); this.#fire(event.type); });
    } else this.tasks.events$.subscribe((event) => { this.#happened(event); });
    this.tasks.events$.subscribe((event) => { if (!watch.groups || groupOf(event) === undefined) this.#fire(event.type); });
    if (watch.state) this.tasks.state$.subscribe((state) => { this.#state = state; this.#fire('state'); });
  }

  perform(command: Command): void {
    this.#disturb();
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
    this.#equal('progress.total - done', state.progress.total - state.progress.done, unsettled.length);
    const reported = unsettled.reduce((sum, made) => sum + (this.#isCalled(made) ? made.current!.reported : 0), 0);
    const fraction = state.progress.total === 0 ? 0 : (state.progress.done + reported) / state.progress.total;
    if (Math.abs(state.progress.fraction - fraction) > 1e-9) this.#fault(`fraction is ${state.progress.fraction}, not ${fraction}`);
    this.#equal('status', state.status, this.#closed ? 'closed' : tasks.paused ? 'paused' : unsettled.length > 0 ? 'busy' : 'idle');

    for (const name of GROUPS) {
      const members = this.#made.filter(({ task }) => task.group === name);
      const busy = members.some(isUnsettled);
      const { paused, concurrency } = tasks.group(name);
      this.#checkCounts(name, tasks.group(name).state.counts, members);
      const kept = busy || paused || concurrency !== Infinity || name === 'limited' || this.#options.watch.groups;
      this.#equal(`state has group ${name}`, name in state.groups, kept);
      if (!busy && this.#begun.has(name)) this.#fault(`group ${name} is empty, but has not finished`);
    }

    for (const made of this.#made) {
      const { task, asked, settled } = made;
      const is = isUnsettled(made);
      this.#equal(`runs of ${task.name} that have settled`, settled, is ? asked - 1 : asked);
      this.#equal(`get(${task.id})`, tasks.get(task.id), is ? task : undefined);
      if (made.seen && JSON.stringify(made.seen) !== JSON.stringify(task.state)) {
        this.#fault(`state$ of ${task.name} shows ${JSON.stringify(made.seen)}, not ${JSON.stringify(task.state)}`);
      }
      if (is && !this.#isWanted(made)) this.#fault(`${task.name} is ${task.status}, but no one wants it`);
      if (task.status === 'waiting' && !made.outside && !made.upstream.some(isUnsettled)) this.#fault(`${task.name} waits for nothing`);
      if (task.status === 'running' && !this.#isCalled(made)) this.#fault(`${task.name} is running, but was not called`);
    }
    for (const { made, open } of this.#listening) {
      if (open && !isUnsettled(made)) this.#fault(`a subscriber of ${made.task.name} is left waiting, it is ${made.task.status}`);
    }
    this.#equal('scheduler.queued', tasks.scheduler.queued, this.#made.filter(({ task }) => task.status === 'queued').length);
  }

  /** What holds once the host has had its turn, and promises have told who awaits them. */
  checkQuiet(): void {
    this.checkAlways();
    const { scheduler } = this.tasks;
    this.#equal('scheduler.running', scheduler.running, this.#holding().length);
    for (const name of GROUPS) this.#equal(`running of ${name}`, scheduler.group(name).running, this.#holding().filter(({ made }) => made.task.group === name).length);
    for (const { task } of this.#made) {
      if (task.status === 'queued' && this.#hasSlot(task, 0)) this.#fault(`${task.name} is queued, though it could run`);
    }
    if (this.#options.watch.state && JSON.stringify(this.#state) !== JSON.stringify(this.tasks.state)) {
      this.#fault(`state$ shows ${JSON.stringify(this.#state)}, not ${JSON.stringify(this.tasks.state)}`);
    }
  }

  /** Lets everything end that has been asked for, and whatever comes of it: to be called until it returns true. */
  drain(): boolean {
    const limits = [this.tasks, ...GROUPS.map((name) => this.tasks.group(name))];
    const unlimited = limits.every((each) => each.concurrency === Infinity && (!each.paused || (each === this.tasks && this.#closed)));
    if (unlimited && this.#gates.length + this.#outsiders.size === 0 && !this.#made.some(isUnsettled)) return true;
    for (const group of [undefined, ...GROUPS]) {
      this.perform({ do: 'resume', group });
      this.perform({ do: 'resize', group, concurrency: Infinity });
    }
    for (const each of [...this.#outsiders]) each.complete();
    for (const gate of [...this.#gates]) gate.complete();
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
    if (!this.#options.watch.groups) this.#equal('groups at the end', Object.keys(this.tasks.state.groups).join(), 'limited');
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
      case 'prioritise': this.#with(this.#made, command.task, ({ task }) => { task.setPriority(command.priority); }); break;
      case 'emit': this.#with(this.#gates, command.run, (gate) => { gate.emit(); }); break;
      case 'complete': this.#with(this.#gates, command.run, (gate) => { gate.complete(); }); break;
      case 'fail': this.#with(this.#gates, command.run, (gate) => { gate.fail(); }); break;
      case 'progress': this.#with(this.#runs, command.run, (run) => {
        if (this.#isCalled(run.made) && run.made.current === run) run.reported = command.fraction;
        run.context.progress(command.fraction);
      }); break;
      case 'outside':
        for (const each of [...this.#outsiders]) {
          if (command.as === 'next') each.next({ outside: ++this.#numbers });
          else if (command.as === 'error') each.error(new IntendedError('outside'));
          else each.complete();
        }
        break;
      case 'invalidate': this.#with(this.#made, command.task, (made) => { this.#invalidate(made); }); break;
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
    const { cold, group, priority, live, releaseSlot, dictionary } = command;
    const number = this.#made.length + 1;
    // Each only once, as in the array form a key supplied twice is an error.
    const sources = [...new Set(command.upstream.map((i) => this.#made[i % (this.#made.length + 1)]))];
    const outside = sources.includes(undefined);
    const inputs = sources.map((made) => made?.task ?? this.#outside$);
    const upstream = dictionary ? Object.fromEntries(inputs.map((input, i) => [`u${i}`, input])) : inputs;
    const task: Task<unknown> = tasks.task((kwargs: object, context: TaskContext) => this.#called(made, kwargs, context), {
      name: `t${number}`, priority, group, upstream, releaseSlot, join: live ? 'combineLatest' : 'forkJoin',
    });
    const onSettle = (releaseSlot ?? this.#options.releaseSlot) === 'on-settle';
    const made: Made = {
      task, command, outside, onSettle,
      upstream: sources.filter((each) => each !== undefined),
      asked: 0, held: -1, order: -1, settled: 0, current: undefined, disturbed: false, values: [], acts: [...command.acts], seen: undefined,
    };
    this.#made.push(made);
    if (this.#options.watch.tasks) {
      task.state$.subscribe((state) => { made.seen = state; });
    }
    if (!cold) this.#start(made);
  }

  #start(made: Made): void {
    if (!this.#closed) {
      this.#ask(made);
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
    if (!this.#closed) this.#ask(made);
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

  /** Notes what a task's being asked for queues: the task, after the upstream that has to run. */
  #ask(made: Made): void {
    if (isUnsettled(made) || made.task.status === 'completed') return;
    // Upstream first; a task that several need, once.
    const asked = new Set<Made>();
    const visit = (each: Made): void => {
      if (asked.has(each) || isUnsettled(each) || each.task.status === 'completed') return;
      for (const source of each.upstream) visit(source);
      asked.add(each);
    };
    visit(made);
    for (const each of asked) {
      each.asked++;
      if (this.#letting > 0) each.held = each.asked;
      each.order = this.#orders++;
      each.disturbed = false;
      if (each.task.group !== undefined) this.#begun.add(each.task.group);
    }
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

  #invalidate(made: Made): void {
    made.task.invalidate();
    const reached = [made];
    for (const source of reached) {
      for (const each of this.#made) if (each.upstream.includes(source) && !reached.includes(each)) reached.push(each);
    }
    if (this.#options.watch.tasks) return; // a watcher may have acted
    for (const { task } of reached) if (task.status === 'completed') this.#fault(`${task.name} is kept, though it was invalidated`);
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
    const run: Run = { made, ask: made.asked, context, ended: false, reported: 0 };
    made.current = run;
    this.#checkCall(run, kwargs);
    made.disturbed = false;
    this.#runs.push(run);
    try {
      // Once: a task that asks for itself again and again would never let anything end.
      for (const command of made.acts.splice(0)) this.perform(command);
      const result = this.#work(run);
      // One that has been stopped within its own call is over with it, unless it has promised more.
      if (made.command.work !== 'promise' && !(made.current === run && this.#isCalled(made))) run.ended = true;
      return result;
    } catch (error) {
      run.ended = true;
      throw error;
    }
  }

  #checkCall(run: Run, kwargs: object): void {
    const { made } = run;
    const { task } = made;
    // Limits: no more at once than what is allowed as this one starts.
    const running = this.#holding();
    if (running.length > this.tasks.concurrency) this.#fault(`${running.length} run at once: ${names(running)}`);
    if (task.group !== undefined) {
      const members = running.filter((each) => each.made.task.group === task.group);
      if (members.length > this.tasks.group(task.group).concurrency) this.#fault(`${members.length} of ${task.group} run at once`);
    }
    if (!made.disturbed) {
      if (this.tasks.paused || (task.group !== undefined && this.tasks.group(task.group).paused)) this.#fault(`${task.name} starts while paused`);
      for (const other of this.#made) {
        if (other.task.status === 'queued' && goesBefore(other, made) && this.#hasSlot(other.task, 1, task.group)) {
          this.#fault(`${task.name} starts before ${other.task.name}`);
        }
      }
    }
    // Inputs: of every upstream something that it has emitted.
    for (const [i, source] of made.upstream.entries()) {
      const mayBeMissing = this.#lenient || !['plain', 'promise', 'several'].includes(source.command.work);
      if (made.command.dictionary) {
        const key = made.outside ? undefined : `u${i}`;
        if (key === undefined) continue;
        if (!(key in kwargs) ? !mayBeMissing : !source.values.includes((kwargs as Record<string, unknown>)[key])) this.#fault(`${task.name} gets a wrong ${key}`);
      } else if (!(source.task.name in kwargs) && !mayBeMissing) this.#fault(`${task.name} lacks ${source.task.name}`);
    }
  }

  #work(run: Run): unknown {
    const { made } = run;
    const value = (): unknown => {
      const one = { [made.task.name]: ++this.#numbers };
      made.values.push(one);
      return one;
    };
    switch (made.command.work) {
      case 'plain': run.ended = true; return value();
      case 'nothing': run.ended = true; made.values.push(undefined); return undefined;
      case 'throw': throw new IntendedError(made.task.name);
      case 'several': run.ended = true; return of(value(), value());
      case 'empty': run.ended = true; return EMPTY;
      case 'error': run.ended = true; return concat(of(value()), throwError(() => new IntendedError(made.task.name)));
      case 'stream': return new Observable((subscriber) => {
        const forget = this.#gate(run, {
          emit: () => { subscriber.next(value()); },
          complete: () => { subscriber.complete(); },
          fail: () => { subscriber.error(new IntendedError(made.task.name)); },
        });
        return () => { run.ended = true; forget(); };
      });
      case 'promise': return new Promise((resolve, reject) => {
        const ended = (): void => { run.ended = true; forget(); };
        const forget = this.#gate(run, {
          emit: () => {},
          complete: () => { ended(); resolve(value()); },
          fail: () => { ended(); reject(new IntendedError(made.task.name)); },
        });
      });
      case 'iterable': return this.#iterate(run, value);
    }
  }

  async *#iterate(run: Run, value: () => unknown): AsyncGenerator {
    const steps: (() => unknown)[] = [];
    const more = new Subject<void>();
    const push = (step: () => unknown): void => { steps.push(step); more.next(); };
    const forget = this.#gate(run, {
      emit: () => { push(value); },
      complete: () => { forget(); push(() => DONE); },
      fail: () => { forget(); push(() => { throw new IntendedError(run.made.task.name); }); },
    });
    try {
      for (;;) {
        if (steps.length === 0) await firstValueFrom(more);
        const step = steps.shift()!();
        if (step === DONE) return;
        yield step;
      }
    } finally {
      run.ended = true;
      forget();
    }
  }

  /** Lets a run be ended by hand, until the returned function is called. */
  #gate(run: Run, gate: Omit<Gate, 'run'>): () => void {
    const entry = { run, ...gate };
    this.#gates.push(entry);
    return () => {
      const at = this.#gates.indexOf(entry);
      if (at >= 0) this.#gates.splice(at, 1);
    };
  }

  #happened(event: TaskEvent): void {
    if (event.type === 'groupFinished') {
      const { group } = event;
      if (this.#made.some((made) => made.task.group === group && isUnsettled(made))) this.#fault(`group ${group} finishes with tasks in it`);
      if (!this.#begun.delete(group)) this.#fault(`group ${group} finishes twice`);
      return;
    }
    const made = this.#made.find(({ task }) => task === event.task);
    if (made === undefined) throw new Error('an event of an unknown task');
    if (event.type === 'completed' || event.type === 'failed' || event.type === 'cancelled') {
      this.#counts[event.type]++;
      made.settled++;
      if (made.settled > made.asked) this.#fault(`${made.task.name} settles more often than it was asked for`);
      if (event.type === 'failed') this.#checkError(made, event.error);
    }
  }

  #checkError(made: Made, error: unknown): void {
    const known =
      error instanceof IntendedError ||
      error instanceof TaskCancelledError ||
      (error instanceof UpstreamFailedError && error.cause instanceof IntendedError && error.path.at(-1) === made.task.name && error.path.length > 1) ||
      (this.#closed && error instanceof TaskManagerClosedError);
    if (!known) this.#fault(`${made.task.name} fails with ${String(error)}`);
  }

  #fire(event: TaskEvent['type'] | 'state'): void {
    const at = this.#armed.findIndex((each) => each.event === event);
    if (at >= 0) this.perform(this.#armed.splice(at, 1)[0]!.command);
  }

  /** Something acts: order is not to be judged for a task that has its slot and is not called yet. */
  #disturb(): void {
    for (const made of this.#made) if (made.task.status === 'running' && !this.#isCalled(made)) made.disturbed = true;
  }

  /** Whether the function of this run of it has been called. */
  #isCalled({ task, current, asked }: Made): boolean {
    return task.status === 'running' && current?.ask === asked && current.context.attempt === task.state.attempt;
  }

  /** The runs that hold a slot. */
  #holding(): Run[] {
    return this.#runs.concat(this.#made.flatMap(({ current }) => current && !this.#runs.includes(current) ? [current] : []))
      .filter((run) => (run.made.onSettle && !run.ended) || (run.made.current === run && this.#isCalled(run.made)));
  }

  /** Whether the slots of a task are free, without those that `taken` others in `by` have just taken. */
  #hasSlot({ group }: Task<unknown>, taken: number, by?: string): boolean {
    const { scheduler } = this.tasks;
    if (scheduler.paused || scheduler.running - taken >= scheduler.concurrency) return false;
    if (group === undefined) return true;
    const { paused, running, concurrency } = scheduler.group(group);
    return !paused && running - (group === by ? taken : 0) < concurrency;
  }

  #isWanted(made: Made): boolean {
    return made.held === made.asked
      || this.#listening.some((each) => each.made === made && each.open)
      || this.#made.some((each) => each.upstream.includes(made) && isUnsettled(each));
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

function isUnsettled({ task }: Made): boolean {
  return UNSETTLED.includes(task.status);
}

function goesBefore(a: Made, b: Made): boolean {
  return a.task.priority > b.task.priority || (a.task.priority === b.task.priority && a.order < b.order);
}

function groupOf(event: TaskEvent): string | undefined {
  return event.type === 'groupFinished' ? event.group : event.task.group;
}

function names(runs: readonly Run[]): string {
  return runs.map(({ made }) => made.task.name).join();
}
