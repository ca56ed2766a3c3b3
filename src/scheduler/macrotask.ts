interface Timers {
  readonly setImmediate?: (callback: () => void) => unknown;
}

/**
 * Calls back after the event loop has had a turn: input handled, a frame painted, timers fired.
 *
 * A timer would be the obvious way, but nested timers wait at least 4 ms in a browser: as long as a
 * time slice, so work that gives way in between would take twice as long.
 */
export function macrotask(callback: () => void): void {
  const { setImmediate } = globalThis as Timers;
  if (setImmediate !== undefined) setImmediate(callback);
  else if (typeof MessageChannel === 'function') {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (): void => {
      port1.close();
      callback();
    };
    port2.postMessage(undefined);
  } else setTimeout(callback);
}
