import { builtin } from './builtin.ts';

/** Where a function runs with the async context of another moment: its `AsyncLocalStorage`s hold what they held then. */
export interface AsyncScope {
  runInAsyncScope<Inputs extends unknown[]>(fn: (...inputs: Inputs) => void, self: undefined, ...inputs: Inputs): void;
}

type AsyncResourceClass = new (type: string, options: { requireManualDestroy: boolean }) => AsyncScope;

let AsyncResource: AsyncResourceClass | undefined;
let looked = false;

/** The async context of this moment. A page has none. */
export function captureScope(): AsyncScope | undefined {
  if (!looked) {
    looked = true;
    AsyncResource = builtin<{ AsyncResource: AsyncResourceClass }>('node:async_hooks')?.AsyncResource;
  }
  return AsyncResource && new AsyncResource('SluiceCall', { requireManualDestroy: true });
}
