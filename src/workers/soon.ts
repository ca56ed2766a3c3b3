const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void };
let channel: MessageChannel | undefined;
const due: (() => void)[] = [];

/** In a turn of the event loop of its own. */
export function soon(run: () => void): void {
  if (setImmediate !== undefined) {
    setImmediate(run);
    return;
  }
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => { due.shift()?.(); };
  }
  due.push(run);
  channel.port2.postMessage(0);
}
