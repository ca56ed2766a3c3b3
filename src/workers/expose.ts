import { InvalidInputError } from '../index.ts';
import { builtin } from './builtin.ts';
import type { Post, WorkerFunction } from './execution.ts';
import { serve } from './serve.ts';
import { pack } from './thrown.ts';
import { isReserved, RESERVED_NAMES, type ReservedName } from './reserved-names.ts';

/** Node's `parentPort`, as far as it is used. */
interface ParentPort {
  postMessage: (message: unknown, transfer: readonly unknown[]) => void;
  on: (event: 'message' | 'messageerror', listener: (message: unknown) => void) => unknown;
}

/** An event of a page's worker, as far as it is used. */
interface WorkerEvent {
  readonly data?: unknown;
  readonly reason?: unknown;
  readonly error?: unknown;
  readonly message?: string;
  readonly defaultPrevented?: boolean;
}

/** A page's worker, as seen from inside. */
interface WorkerScope {
  readonly location?: { readonly href: string };
  postMessage: (message: unknown, transfer: readonly unknown[]) => void;
  addEventListener: (event: 'message' | 'messageerror' | 'error' | 'unhandledrejection', listener: (event: WorkerEvent) => void) => void;
}

interface Surroundings {
  readonly process?: { readonly argv?: readonly string[] };
  readonly WorkerGlobalScope?: abstract new () => unknown;
}

const exposed = new WeakSet();

/**
 * Makes functions callable from a `workerPool`. To be called once, in the worker's module.
 *
 * A function is called as `(kwargs, context)`, one call at a time unless the pool has `perThread`, and returns what a task's
 * function may return: a value, or a promise, an Observable or an async iterable of values. Values cross as they come, as many
 * as the pool's `window` has room for: an async iterable is not asked for more before, what an Observable emits waits in the
 * worker. When the subscriber leaves, `context.signal` is aborted, and what it has returned is unsubscribed from.
 * What it throws reaches the subscriber with name, message, stack, cause and fields. Whatever is thrown
 * outside of a call, or never caught, a rejection too, ends the worker.
 *
 * @param functions - by the names by which they are called; own properties count. The names of what a pool has itself, such
 * as `close`, are refused
 * @throws InvalidInputError if it is not called in a worker, is called twice, or with anything but functions
 *
 * @example
 * ```ts
 * import { expose, transfer } from 'sluice/workers';
 *
 * export const images = {
 *   invert: ({ bytes }: { bytes: Uint8Array<ArrayBuffer> }) => {
 *     const inverted = bytes.map((byte) => 255 - byte);
 *     return transfer(inverted, [inverted.buffer]);
 *   },
 * };
 * expose(images);
 * ```
 */
export function expose(functions: Readonly<Record<string, WorkerFunction>> & { readonly [Name in ReservedName]?: never }): void {
  for (const [name, fn] of Object.entries<unknown>(functions)) {
    if (isReserved(name)) throw new InvalidInputError('expose(): the name of a function', `none of ${RESERVED_NAMES.join(', ')}`, name, 'A pool has something else of that name.');
    if (typeof fn !== 'function') throw new InvalidInputError(`expose(): ${name}`, 'a function', fn);
  }
  const { process, WorkerGlobalScope } = globalThis as unknown as Surroundings;
  const port = builtin<{ readonly parentPort: ParentPort | null }>('node:worker_threads')?.parentPort;
  if (port) {
    once(port);
    exposeInNode(functions, port, process?.argv?.[1]);
  } else if (WorkerGlobalScope !== undefined && globalThis instanceof WorkerGlobalScope) {
    once(globalThis);
    exposeInPage(functions, globalThis as unknown as WorkerScope);
  } else throw new InvalidInputError('expose(): the place where it is called', 'a worker', 'the main thread', 'Call it in the module that `new Worker()` loads.');
}

function once(worker: object): void {
  if (exposed.has(worker)) throw new InvalidInputError('expose()', 'called once in a worker', 'called again', 'Pass all functions as one object: expose({ ...images, ...texts }).');
  exposed.add(worker);
}

export function exposeInNode(functions: Readonly<Record<string, WorkerFunction>>, port: ParentPort, where?: string): void {
  const post: Post = (message, transfer) => { port.postMessage(message, transfer); };
  const server = serve(functions, post);
  port.on('message', server.message);
  port.on('messageerror', server.unread);
  post(['ready', undefined, where], []);
}

export function exposeInPage(functions: Readonly<Record<string, WorkerFunction>>, scope: WorkerScope): void {
  const post: Post = (message, transfer) => { scope.postMessage(message, transfer); };
  const server = serve(functions, post);
  scope.addEventListener('message', ({ data }) => { server.message(data); });
  scope.addEventListener('messageerror', server.unread);
  // Unlike Node's, a page's worker lives on after these; and of an error its page is told the message alone.
  scope.addEventListener('error', ({ error, message, defaultPrevented }) => { if (!defaultPrevented) post(['crash', pack(error ?? new Error(message))], []); });
  scope.addEventListener('unhandledrejection', ({ reason, defaultPrevented }) => { if (!defaultPrevented) post(['crash', pack(reason)], []); });
  const where = scope.location?.href;
  // A page hears nothing of a worker that closes itself or is terminated by others. But its locks are free then.
  // There are none, nor random UUIDs, in a page that came by http from elsewhere.
  const locks = (navigator as Partial<Navigator>).locks;
  if (locks === undefined) {
    post(['ready', undefined, where], []);
    return;
  }
  const lock = `sluice-worker-${crypto.randomUUID()}`;
  void locks.request(lock, () => {
    post(['ready', lock, where], []);
    return new Promise<never>(() => {});
  });
}
