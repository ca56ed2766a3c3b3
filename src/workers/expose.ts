import { InvalidInputError } from '../index.ts';
import type { Post, WorkerFunction } from './execution.ts';
import type { ToWorker } from './protocol.ts';
import { serve } from './serve.ts';
import type { WorkerPoolControls } from './worker-pool.ts';

/** Names of what a pool has besides its functions. */
const TAKEN: readonly string[] = ['close', 'limits', 'then'] satisfies (keyof WorkerPoolControls)[];

/** Node's `parentPort`, as far as it is used. */
interface ParentPort {
  postMessage: (message: unknown, transfer: readonly unknown[]) => void;
  on: (event: 'message', listener: (message: ToWorker) => void) => unknown;
}

/** A page's worker, as seen from inside. */
interface WorkerScope {
  postMessage: (message: unknown, transfer: readonly unknown[]) => void;
  addEventListener: (event: 'message', listener: (event: { readonly data: ToWorker }) => void) => void;
}

interface Surroundings {
  readonly process?: { getBuiltinModule?: (name: string) => unknown };
  readonly WorkerGlobalScope?: abstract new () => object;
}

/**
 * Makes functions callable from a `workerPool`. To be called once, in the worker's module.
 *
 * A function is called as `(kwargs, context)`, one call at a time, and returns what a task's function may
 * return: a value, or a promise, an Observable or an async iterable of values, which cross as they come.
 * When the subscriber leaves, `context.signal` is aborted, and what it has returned is unsubscribed from.
 * What it throws reaches the subscriber with name, message, stack, cause and fields. Whatever is thrown
 * outside of a call, or never caught, ends the worker.
 *
 * @param functions - by the names by which they are called; own properties count. A pool has a `close`, `limits`
 * and `then` of its own, so these are refused
 * @throws InvalidInputError if it is not called in a worker, or with anything but functions
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
export function expose(functions: Readonly<Record<string, WorkerFunction>> & { readonly [Name in keyof WorkerPoolControls]?: never }): void {
  for (const [name, fn] of Object.entries<unknown>(functions)) {
    if (TAKEN.includes(name)) throw new InvalidInputError('expose(): the name of a function', `none of ${TAKEN.join(', ')}`, name, 'A pool has something else of that name.');
    if (typeof fn !== 'function') throw new InvalidInputError(`expose(): ${name}`, 'a function', fn);
  }
  const { process, WorkerGlobalScope } = globalThis as unknown as Surroundings;
  const node = process?.getBuiltinModule?.('node:worker_threads') as { readonly parentPort: ParentPort | null } | undefined;
  if (node?.parentPort) exposeInNode(functions, node.parentPort);
  else if (WorkerGlobalScope !== undefined && globalThis instanceof WorkerGlobalScope) exposeInPage(functions, globalThis as unknown as WorkerScope);
  else throw new InvalidInputError('expose(): the place where it is called', 'a worker', 'the main thread', 'Call it in the module that `new Worker()` loads.');
}

export function exposeInNode(functions: Readonly<Record<string, WorkerFunction>>, port: ParentPort): void {
  const post: Post = (message, transfer) => { port.postMessage(message, transfer); };
  port.on('message', serve(functions, post));
  post(['ready', undefined], []);
}

export function exposeInPage(functions: Readonly<Record<string, WorkerFunction>>, scope: WorkerScope): void {
  const post: Post = (message, transfer) => { scope.postMessage(message, transfer); };
  const take = serve(functions, post);
  scope.addEventListener('message', ({ data }) => { take(data); });
  // A page hears nothing of a worker that closes itself or is terminated by others. But its locks are free then.
  // There are none, nor random UUIDs, in a page that came by http from elsewhere.
  const locks = (navigator as Partial<Navigator>).locks;
  if (locks === undefined) {
    post(['ready', undefined], []);
    return;
  }
  const lock = `sluice-worker-${crypto.randomUUID()}`;
  void locks.request(lock, () => {
    post(['ready', lock], []);
    return new Promise<never>(() => {});
  });
}
