import { claim } from './claims.ts';
import { Execution, type Post, type WorkerFunction } from './execution.ts';
import type { ToWorker } from './protocol.ts';
import { unpack } from './thrown.ts';

/** Serves calls one at a time, in the order in which they come. Returns what takes the messages of the pool. */
export function serve(functions: Readonly<Record<string, WorkerFunction>>, post: Post): (message: ToWorker) => void {
  const ahead: Extract<ToWorker, readonly ['call', ...unknown[]]>[] = [];
  let running: Execution | undefined;
  let claims: Int32Array | undefined;
  let starting = false;

  // A loop, as calls which end at once would otherwise start one another ever deeper.
  const startNext = (): void => {
    if (starting) return;
    starting = true;
    while (running === undefined) {
      const call = ahead.shift();
      if (call === undefined) break;
      const [, id, name, kwargs, slot] = call;
      if (claims !== undefined && !claim(claims, id, slot)) continue; // taken back
      if (!Object.hasOwn(functions, name)) {
        post(['unknown', id, Object.keys(functions)], []);
        continue;
      }
      running = new Execution(id, name, post, () => {
        running = undefined;
        startNext();
      });
      running.start(functions[name]!, kwargs);
    }
    starting = false;
  };

  return (message) => {
    switch (message[0]) {
      case 'claims':
        claims = message[1];
        break;
      case 'call':
        ahead.push(message);
        startNext();
        break;
      case 'abort':
        // Another one runs when this has ended meanwhile.
        if (running?.id === message[1]) running.abort(unpack(message[2]));
        break;
    }
  };
}
