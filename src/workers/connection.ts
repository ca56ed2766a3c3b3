import { type FromWorker, isOurs, type ToWorker } from './protocol.ts';
import { unpack } from './thrown.ts';
import type { Movable } from './transfer.ts';

/**
 * A worker as both worlds make it: `new Worker(…)` of a page, or of `node:worker_threads`.
 */
export interface WorkerLike {
  postMessage(message: unknown, transfer: never[]): void;
  terminate(): unknown;
}

/** A worker of `node:worker_threads`, as far as it is used. */
interface NodeWorker extends WorkerLike {
  on(event: string, listener: (value: never) => void): unknown;
  ref(): void;
  unref(): void;
}

/** What an event of a page's worker may have. */
interface PageEvent {
  readonly data: unknown;
  readonly error?: unknown;
  readonly message?: string;
  readonly filename?: string;
  readonly lineno?: number;
}

/** A worker of a page, as far as it is used. */
interface PageWorker extends WorkerLike {
  addEventListener(event: string, listener: (event: PageEvent) => void): void;
}

/** What a connection tells. */
export interface ConnectionListener {
  message(message: FromWorker): void;
  /** Once, and the last of all: the worker is no more. */
  gone(cause: unknown): void;
  /** Whether a worker that was terminated is to be waited for, however long it goes on. */
  patient(): boolean;
}

/** The way to a worker, the same in both worlds. */
export interface Connection {
  readonly post: (message: ToWorker, transfer: readonly Movable[]) => void;
  /** Ends the worker, for a reason if it is the worker's fault. `gone` tells when it has ended. */
  terminate(cause?: unknown): void;
  /** Whether the worker keeps a Node process alive. */
  hold(alive: boolean): void;
}

/** How long a page waits to see a worker end that it has terminated. Chromium lets a function that goes on do so for 2 s. */
const SEEN_TO_END = 100;

export function connect(worker: WorkerLike, listener: ConnectionListener): Connection {
  return 'on' in worker && 'unref' in worker ? connectInNode(worker as NodeWorker, listener) : connectInPage(worker as PageWorker, listener);
}

function connectInNode(worker: NodeWorker, listener: ConnectionListener): Connection {
  let cause: unknown;
  const end = (error: unknown): void => {
    cause ??= error;
    void worker.terminate();
  };
  worker.on('message', (message: unknown) => { if (isOurs(message)) listener.message(message as FromWorker); });
  worker.on('error', end);
  worker.on('messageerror', end);
  // All that the worker has posted has come by then.
  worker.on('exit', (code: number) => { listener.gone(cause ?? new Error(`It exited with code ${code}.`)); });
  return {
    post: (message, transfer) => { worker.postMessage(message, transfer as never[]); },
    terminate: end,
    hold: (alive) => { if (alive) worker.ref(); else worker.unref(); },
  };
}

function connectInPage(worker: PageWorker, listener: ConnectionListener): Connection {
  let cause: unknown;
  let loaded = false;
  let watched = false;
  let gone = false;
  const tell = (): void => {
    if (gone) return;
    gone = true;
    listener.gone(cause ?? new Error('It was closed or terminated.'));
  };
  const end = (error?: unknown): void => {
    cause ??= error;
    worker.terminate();
    // Its lock is free when it has really ended. One that was never ready has none, and is ended in any case.
    if (watched) setTimeout(() => { if (!listener.patient()) tell(); }, SEEN_TO_END);
    else queueMicrotask(tell);
  };
  worker.addEventListener('message', ({ data }) => {
    if (gone || !isOurs(data)) return;
    const message = data as FromWorker;
    if (message[0] === 'crash') {
      end(unpack(message[1]));
      return;
    }
    if (message[0] === 'ready') loaded = true;
    if (message[0] === 'ready' && message[1] !== undefined) {
      watched = true;
      void navigator.locks.request(message[1], () => {}).then(tell);
    }
    listener.message(message);
  });
  // A worker that could not be loaded; what one throws that could, it tells itself.
  worker.addEventListener('error', ({ error, message, filename, lineno }) => {
    if (!loaded) end(error ?? new Error(message ? `${message} (${filename}:${lineno})` : 'It could not be loaded.'));
  });
  worker.addEventListener('messageerror', () => { end(new Error('A message of it could not be read.')); });
  return {
    post: (message, transfer) => { worker.postMessage(message, transfer as never[]); },
    terminate: end,
    hold: () => {},
  };
}
