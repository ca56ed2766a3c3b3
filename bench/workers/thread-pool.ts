/** One that is compared: a pool that has loaded its threads. */
export interface ThreadPool {
  noop(): Promise<unknown>;
  burn(): Promise<number>;
  /** There and back without a copy. */
  move(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** There and back as copies. */
  copy(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Opens a pool of so many threads. */
export type OpenPool = (threads: number) => ThreadPool;
