import { soon } from './soon.ts';
import { type Movable, transferablesOf } from './transfer.ts';

/** Sends some values of a stream, which weigh so much. */
export type SendValues = (values: readonly unknown[], units: number, moved: readonly Movable[]) => void;

interface Kept {
  readonly value: unknown;
  readonly units: number;
  readonly moved: readonly Movable[];
}

/**
 * The sending end of a stream between threads. No more is on its way than fits into the window; the other side tells
 * how much it has taken. What comes when there is no room waits here, as a copy, since its owner may go on to change it.
 *
 * The first value in a turn of the event loop is sent at once, those after it in one message, at the end of the turn or when
 * they are a quarter of the window.
 *
 * A value weighs one unit, and one more for each kilobyte of bytes and text in it.
 */
export class Outlet {
  readonly #window: number;
  readonly #send: SendValues;
  #sent = 0;
  #taken = 0;
  /** Not sent, though there may be room: they are to go together. */
  #batch: unknown[] = [];
  #batchUnits = 0;
  /** No room. */
  #kept: Kept[] = [];
  #keptUnits = 0;
  /** Whether something was sent in this turn of the event loop. */
  #busy = false;
  #ended = false;
  #onRoom: (() => void) | undefined;
  #onEnd: (() => void) | undefined;

  constructor(window: number, send: SendValues) {
    this.#window = window;
    this.#send = send;
  }

  /** Whether the next value would be sent without waiting for the other side. */
  get room(): boolean {
    return this.#kept.length === 0 && this.#sent + this.#batchUnits - this.#taken < this.#window;
  }

  /** Whether as much waits here as may be on its way. */
  get full(): boolean {
    return this.#keptUnits >= this.#window;
  }

  /** How much the other side has taken, as far as is known. */
  get acknowledged(): number {
    return this.#taken;
  }

  /** @throws DataCloneError for what cannot be sent; what was given before it has been sent then, or waits */
  next(value: unknown): void {
    if (this.#ended) return;
    const moved = transferablesOf(value);
    const units = weigh(value);
    if (!this.room) this.#keep(value, units, moved);
    else if (this.#busy && moved.length === 0 && units === 1) this.#add(value);
    else {
      this.flush();
      this.#post([value], units, moved);
    }
  }

  /** The other side has taken so much, in all. */
  taken(units: number): void {
    if (units <= this.#taken) return;
    this.#taken = units;
    let at = 0;
    while (at < this.#kept.length && this.#sent + this.#batchUnits - this.#taken < this.#window) {
      const { value, units, moved } = this.#kept[at++]!;
      this.#keptUnits -= units;
      if (moved.length === 0) this.#batched(value, units);
      else {
        this.flush();
        this.#post([value], units, moved);
      }
    }
    this.#kept.splice(0, at);
    this.flush();
    if (this.#kept.length > 0) return;
    this.#onEnd?.();
    if (this.room) this.#onRoom?.();
  }

  /** Resolves when there is room, or the stream is over. */
  whenRoom(): Promise<void> {
    this.flush();
    return new Promise((resolve) => {
      if (this.#ended) resolve();
      else this.#onRoom = resolve;
    });
  }

  /** Calls back when all has been sent. */
  end(ended: () => void): void {
    this.flush();
    const end = (): void => {
      this.stop();
      ended();
    };
    if (this.#kept.length === 0) end();
    else this.#onEnd = end;
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#ended = true;
    this.#batch = [];
    this.#kept = [];
    this.#onEnd = undefined;
    this.#onRoom?.();
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    const [values, units] = [this.#batch, this.#batchUnits];
    this.#batch = [];
    this.#batchUnits = 0;
    this.#post(values, units, []);
  }

  #add(value: unknown): void {
    this.#batched(typeof value === 'object' ? structuredClone(value) : checked(value), 1);
  }

  #batched(value: unknown, units: number): void {
    this.#batch.push(value);
    this.#batchUnits += units;
    if (this.#batchUnits * 4 >= this.#window) this.flush();
  }

  #keep(value: unknown, units: number, moved: readonly Movable[]): void {
    const [copy, copies] = structuredClone([value, moved] as const, { transfer: moved as never[] });
    this.#kept.push({ value: copy, units, moved: copies });
    this.#keptUnits += units;
  }

  #post(values: readonly unknown[], units: number, moved: readonly Movable[]): void {
    this.#send(values, units, moved);
    this.#sent += units;
    if (this.#busy) return;
    this.#busy = true;
    soon(() => {
      this.flush();
      this.#busy = false;
    });
  }
}

/** As sending it would. */
function checked(value: unknown): unknown {
  return typeof value === 'function' || typeof value === 'symbol' ? structuredClone(value) : value;
}

function weigh(value: unknown): number {
  let bytes = sizeOf(value);
  if (typeof value === 'object' && value !== null && bytes === 0) {
    let parts = 0;
    for (const key in value) {
      if (++parts > 100) break;
      bytes += 8 + sizeOf((value as Record<string, unknown>)[key]);
    }
  }
  return 1 + Math.floor(bytes / 1024);
}

/** Bytes and characters, without what is inside of an object. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  const { byteLength } = Object(value) as { readonly byteLength?: unknown };
  return typeof byteLength === 'number' ? byteLength : 0;
}
