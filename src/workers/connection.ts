import type { FromWorker, ToWorker } from './protocol.ts';

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

/** A worker of a page, as far as it is used. */
interface PageWorker extends WorkerLike {
  addEventListener(event: string, listener: (event: { readonly data: unknown } & Partial<ErrorEvent>) => void): void;
}

/** What a connection tells. */
export interface ConnectionListener {
  message(message: FromWorker): void;
  /** Once, and the last of all: the worker is no more. */
  gone(cause: unknown): void;
}

/** The way to a worker, the same in both worlds. */
export interface Connection {
  post(message: ToWorker, transfer: readonly Transferable[]): void;
  /** Ends the worker. `gone` tells when it has ended. */
  terminate(): void;
  /** Whether the worker keeps a Node process alive. */
  hold(alive: boolean): void;
}

export function connect(worker: WorkerLike, listener: ConnectionListener): Connection {
  return 'on' in worker && 'unref' in worker ? connectInNode(worker as NodeWorker, listener) : connectInPage(worker as PageWorker, listener);
}

function connectInNode(worker: NodeWorker, listener: ConnectionListener): Connection {
  let cause: unknown;
  const end = (error: unknown): void => {
    cause ??= error;
    void worker.terminate();
  };
  worker.on('message', (message: unknown) => { if (isOurs(message)) listener.message(message); });
  worker.on('error', end);
  worker.on('messageerror', end);
  // All that the worker has posted has come by then.
  worker.on('exit', (code: number) => { listener.gone(cause ?? new Error(`It exited with code ${code}.`)); });
  return {
    post: (message, transfer) => { worker.postMessage(message, transfer as never[]); },
    terminate: () => void worker.terminate(),
    hold: (alive) => { if (alive) worker.ref(); else worker.unref(); },
  };
}

function connectInPage(worker: PageWorker, listener: ConnectionListener): Connection {
  let cause: unknown;
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
    if (!watched) queueMicrotask(tell);
  };
  worker.addEventListener('message', ({ data }) => {
    if (gone || !isOurs(data)) return;
    if (data[0] === 'ready' && data[1] !== undefined) {
      watched = true;
      void navigator.locks.request(data[1], () => {}).then(tell);
    }
    listener.message(data);
  });
  // Unlike Node's, a page's worker lives on when an error is not caught.
  worker.addEventListener('error', ({ error, message, filename, lineno }) => {
    end(error ?? new Error(message ? `${message} (${filename}:${lineno})` : 'It could not be loaded.'));
  });
  worker.addEventListener('messageerror', () => { end(new Error('A message of it could not be read.')); });
  return {
    post: (message, transfer) => { worker.postMessage(message, transfer as never[]); },
    terminate: () => { end(); },
    hold: () => {},
  };
}

/** A worker's module, or what it imports, may have messages of its own. */
function isOurs(message: unknown): message is FromWorker {
  return Array.isArray(message);
}
