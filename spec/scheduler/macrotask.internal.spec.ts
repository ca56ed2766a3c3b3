import { afterEach, describe, expect, it, vi } from 'vitest';

import { macrotask } from '../../src/scheduler/macrotask.ts';

describe('macrotask', () => {
  afterEach(() => { vi.unstubAllGlobals(); });

  /** Lets only one of the three be there, calls macrotask, and returns what was called in which order. */
  async function calledWith(name: 'setImmediate' | 'MessageChannel' | 'setTimeout'): Promise<string[]> {
    const log: string[] = [];
    const { setImmediate, MessageChannel, setTimeout } = globalThis;
    vi.stubGlobal('setImmediate', name === 'setImmediate'
      ? (callback: () => void) => { log.push(name); setImmediate(callback); }
      : undefined);
    vi.stubGlobal('MessageChannel', name === 'MessageChannel'
      ? vi.fn(function () { log.push(name); return new MessageChannel(); })
      : undefined);
    vi.stubGlobal('setTimeout', (callback: () => void) => { log.push('setTimeout'); setTimeout(callback); });
    await new Promise<void>((resolve) => {
      queueMicrotask(() => { log.push('microtask'); });
      macrotask(() => { log.push('macrotask'); resolve(); });
      queueMicrotask(() => { log.push('microtask'); });
    });
    return log;
  }

  it.each([
    { name: 'setImmediate', where: 'where there is one' },
    { name: 'MessageChannel', where: 'in browsers, where nested timers wait 4 ms' },
    { name: 'setTimeout', where: 'where there is nothing else' },
  ] as const)('uses $name $where', async ({ name }) => {
    expect(await calledWith(name)).toEqual([name, 'microtask', 'microtask', 'macrotask']);
  });

  it('closes the port, which would keep a process alive', async () => {
    const closed = vi.spyOn(MessagePort.prototype, 'close');
    vi.stubGlobal('setImmediate', undefined);
    await new Promise<void>((resolve) => { macrotask(resolve); });
    expect(closed).toHaveBeenCalledTimes(1);
    closed.mockRestore();
  });
});
