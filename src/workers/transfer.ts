/**
 * What can move from one thread to another: buffers, ports, streams, bitmaps. (As the DOM library's `Transferable`, which
 * programs for Node need not have.) A view is none; its buffer is.
 */
export type Movable = ArrayBuffer | (object & { readonly BYTES_PER_ELEMENT?: never; readonly length?: never });

/** What moves with a value. An entry lives as long as the value, and is read whenever it is sent. */
const moving = new WeakMap<object, readonly Movable[]>();

const NOTHING: readonly Movable[] = [];

/**
 * Says that buffers (or ports, streams, bitmaps) move with a value instead of being copied when it is sent to
 * another thread, or back. Returns the value itself.
 *
 * It is heeded for kwargs, for each of them, for what a function returns or emits, and for each property of
 * that. When the value has been sent, its buffers are empty here (`byteLength` 0): so a call whose buffers
 * move can be subscribed to once.
 *
 * @param value - an object
 * @param transferables - what moves with it: part of it, or it
 *
 * @example
 * ```ts
 * import { transfer, workerPool } from 'sluice/workers';
 *
 * declare const createWorker: () => Worker;
 * const pool = workerPool<{ invert: (kwargs: { bytes: Uint8Array }) => Uint8Array }>(createWorker);
 * const bytes = new Uint8Array(1_000_000);
 * pool.invert({ bytes: transfer(bytes, [bytes.buffer]) }).subscribe();
 * ```
 */
export function transfer<T extends object>(value: T, transferables: readonly Movable[]): T {
  moving.set(value, transferables);
  return value;
}

/** What has moved with a call whose worker has crashed, and the crash. */
const lost = new WeakMap<object, Error>();

export function lose(moved: readonly Movable[], crash: Error): void {
  for (const one of moved) lost.set(one, crash);
}

export function lostTo(moved: readonly Movable[]): Error | undefined {
  return moved.map((one) => lost.get(one)).find((crash) => crash !== undefined);
}

/** Whether a buffer of these is no more here. Of what else can move, sending it tells. */
export function hasMoved(moved: readonly Movable[]): boolean {
  return moved.some((one) => {
    if (!(one instanceof ArrayBuffer)) return false;
    try {
      return new Uint8Array(one).byteLength < 0;
    } catch {
      return true;
    }
  });
}

/** What moves with a value that is about to be sent. */
export function transferablesOf(value: unknown): readonly Movable[] {
  if (typeof value !== 'object' || value === null) return NOTHING;
  let found: Set<Movable> | undefined;
  const add = (part: unknown): void => {
    const transferables = typeof part === 'object' && part !== null ? moving.get(part) : undefined;
    if (transferables === undefined) return;
    found ??= new Set();
    for (const one of transferables) found.add(one); // the same buffer twice would be refused
  };
  add(value);
  // A list of bytes has a key a byte, and a frozen list nothing that could move by itself.
  if (Object.getPrototypeOf(value) === Object.prototype) for (const key in value) add((value as Record<string, unknown>)[key]);
  return found === undefined ? NOTHING : [...found];
}
