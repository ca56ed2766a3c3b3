import { from } from 'rxjs';

import { functionOf } from './callback.ts';
import { has, isStream } from './execution.ts';
import { Outlet } from './outlet.ts';
import type { FromWorker, Link, ToWorker } from './protocol.ts';
import { pack } from './thrown.ts';
import { type Movable, transferablesOf } from './transfer.ts';

type Post = (message: ToWorker, moved: readonly Movable[]) => void;

interface Open {
  readonly outlet: Outlet;
  readonly stop: () => void;
}

/** What the kwargs of a call have that cannot be cloned, but linked: Observables, async iterables and callbacks. */
export class Sources {
  readonly links: readonly Link[];
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #window: number;
  readonly #open = new Map<number, Open>();
  #post: Post = () => {};
  #call = 0;

  constructor(links: readonly Link[], values: Readonly<Record<string, unknown>>, window: number) {
    this.links = links;
    this.#values = values;
    this.#window = window;
  }

  /** The kwargs as they can be sent. */
  get kwargs(): unknown {
    const kwargs = { ...this.#values };
    for (const [key] of this.links) Reflect.deleteProperty(kwargs, key);
    return kwargs;
  }

  /** The call has been given to a thread. */
  connect(call: number, post: Post): void {
    this.#call = call;
    this.#post = post;
  }

  message(message: Extract<FromWorker, readonly ['open' | 'need' | 'leave' | 'ask', ...unknown[]]>): void {
    switch (message[0]) {
      case 'open':
        this.#start(message[2], this.#values[message[3]]);
        break;
      case 'need':
        this.#open.get(message[2])?.outlet.taken(message[3]);
        break;
      case 'leave':
        this.#stop(message[2]);
        break;
      case 'ask':
        void this.#answer(message[2], functionOf(this.#values[message[3]])!, message[4]);
        break;
    }
  }

  /** The call has ended. */
  close(): void {
    this.#post = () => {};
    for (const stream of [...this.#open.keys()]) this.#stop(stream);
  }

  #start(stream: number, source: unknown): void {
    const outlet = new Outlet(this.#window, (values, units, moved) => { this.#post(['feed', this.#call, stream, values, units], moved); });
    const end = (message: ToWorker): void => { outlet.end(() => {
      this.#open.delete(stream);
      this.#post(message, []);
    }); };
    const complete = (): void => { end(['fed', this.#call, stream]); };
    const fail = (error: unknown): void => { end(['fed', this.#call, stream, pack(error)]); };
    const next = (value: unknown): void => {
      try {
        outlet.next(value);
      } catch (error) {
        fail(error);
        this.#stop(stream);
      }
    };
    if (isStream(source)) {
      const subscription = from(source).subscribe({ next, error: fail, complete });
      this.#keep(stream, outlet, subscription.closed, () => { subscription.unsubscribe(); });
    } else {
      const iterator = (source as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      this.#keep(stream, outlet, false, () => { void iterator.return?.().then(undefined, () => {}); });
      void pull(iterator, outlet, () => this.#open.has(stream), next).then(complete, fail);
    }
  }

  #keep(stream: number, outlet: Outlet, over: boolean, stop: () => void): void {
    if (!over || !outlet.room) this.#open.set(stream, { outlet, stop });
  }

  #stop(stream: number): void {
    const open = this.#open.get(stream);
    if (!this.#open.delete(stream)) return;
    open!.outlet.stop();
    open!.stop();
  }

  async #answer(question: number, fn: (...inputs: never[]) => unknown, inputs: readonly unknown[]): Promise<void> {
    try {
      const value = await fn(...inputs as never[]);
      this.#post(['answer', this.#call, question, value], transferablesOf(value));
    } catch (error) {
      this.#post(['answer', this.#call, question, undefined, pack(error)], []);
    }
  }
}

/** An async iterable is asked for no more than there is room for. */
async function pull(iterator: AsyncIterator<unknown>, outlet: Outlet, open: () => boolean, next: (value: unknown) => void): Promise<void> {
  while (open()) {
    const step = await iterator.next();
    if (step.done === true) return;
    next(step.value);
    if (!outlet.room && open()) await outlet.whenRoom();
  }
}

/** Those of the kwargs that are to be linked; undefined if there are none, as with most calls. */
export function sourcesOf(kwargs: unknown, moved: readonly Movable[], window: number): Sources | undefined {
  if (typeof kwargs !== 'object' || kwargs === null || Array.isArray(kwargs)) return undefined;
  let links: Link[] | undefined;
  for (const key of Object.keys(kwargs)) {
    const value = (kwargs as Record<string, unknown>)[key];
    const kind = kindOf(value);
    if (kind !== undefined && !moved.includes(value as Movable)) (links ??= []).push([key, kind]);
  }
  return links && new Sources(links, kwargs as Record<string, unknown>, window);
}

function kindOf(value: unknown): Link[1] | undefined {
  if (typeof value === 'function') return functionOf(value) && 'callback';
  if (typeof value !== 'object' || value === null) return undefined;
  if (isStream(value)) return 'observable';
  return has(value, Symbol.asyncIterator) ? 'iterable' : undefined;
}

