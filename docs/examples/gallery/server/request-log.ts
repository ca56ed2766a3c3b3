/** A kind of request: what is logged, held and failed together. */
export type Kind = 'albums' | 'thumb' | 'image' | 'photo' | 'photographer' | 'related' | 'upload' | 'chunk' | 'conditions';

/** A request as the server saw it. `started` and `ended` count what happened at this server, in order. */
export interface Entry {
  readonly kind: Kind;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly started: number;
  readonly ended?: number;
  /** `aborted`: the client hung up before it had its answer. */
  readonly state: 'open' | 'answered' | 'failed' | 'aborted';
}

export class RequestLog {
  readonly #entries: Entry[] = [];
  #happened = 0;

  /** Notes a request, and returns what notes its end. */
  start(kind: Kind, method: string, path: string): (state: Exclude<Entry['state'], 'open'>) => void {
    const at = this.#entries.push({ kind, method, path, started: this.#happened++, state: 'open' }) - 1;
    return (state) => { this.#entries[at] = { ...this.#entries[at]!, ended: this.#happened++, state }; };
  }

  /** The requests of a kind, or all, in the order in which they came. */
  of(kind?: Kind, state?: Entry['state']): Entry[] {
    return this.#entries.filter((entry) => (kind === undefined || entry.kind === kind) && (state === undefined || entry.state === state));
  }

  /** Forgets what has ended. */
  clear(): void {
    this.#entries.length = 0;
  }
}
