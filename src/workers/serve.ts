import { claim } from './claims.ts';
import { Execution, type Post, type WorkerFunction } from './execution.ts';
import { Inlets } from './inlets.ts';
import { isOurs, type ToWorker } from './protocol.ts';
import { unpack } from './thrown.ts';

/** What takes the messages of the pool. */
export interface Server {
  readonly message: (message: unknown) => void;
  /** A message that could not be read. */
  readonly unread: () => void;
}

interface Running {
  readonly execution: Execution;
  readonly inlets: Inlets | undefined;
}

/** Serves calls in the order in which they come, so many at a time as the pool says: one, if it says nothing. */
export function serve(functions: Readonly<Record<string, WorkerFunction>>, post: Post): Server {
  const ahead: Extract<ToWorker, readonly ['call', ...unknown[]]>[] = [];
  const running = new Map<number, Running>();
  let words: Int32Array | undefined;
  let perThread = 1;
  let window = 1024;
  let starting = false;
  let calls = 0;

  // A loop, as calls which end at once would otherwise start one another ever deeper.
  const startNext = (): void => {
    if (starting) return;
    starting = true;
    while (running.size < perThread) {
      const call = ahead.shift();
      if (call === undefined) break;
      const [, id, name, kwargs, slot, links] = call;
      if (words !== undefined && slot >= 0 && !claim(words, id, slot)) continue; // taken back
      if (!Object.hasOwn(functions, name)) {
        post(['unknown', id, Object.keys(functions)], []);
        continue;
      }
      const inlets = links === undefined ? undefined : new Inlets(id, links, post);
      const execution = new Execution(id, name, {
        post, window, words, slot,
        shared: perThread > 1,
        done: () => {
          running.delete(id);
          inlets?.close();
          startNext();
        },
      });
      running.set(id, { execution, inlets });
      execution.start(functions[name]!, inlets === undefined ? kwargs : inlets.into(kwargs as object));
    }
    starting = false;
  };

  const message = (message: ToWorker): void => {
    switch (message[0]) {
      case 'setup':
        [, words, perThread, window] = message;
        return;
      case 'call':
        calls++;
        ahead.push(message);
        startNext();
        return;
    }
    // The call may have ended meanwhile.
    const call = running.get(message[1]);
    switch (message[0]) {
      case 'abort':
        call?.execution.abort(unpack(message[2]));
        break;
      case 'taken':
        call?.execution.taken(message[2]);
        break;
      default:
        call?.inlets?.message(message);
    }
  };

  return {
    message: (one) => { if (isOurs(one)) message(one as ToWorker); },
    unread: () => { post(['unread', ++calls], []); },
  };
}
