/** A promise to settle later. A rejection that no one handles is no unhandled one: a run says the same in other ways too. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;

  constructor() {
    let settle: readonly [(value: T) => void, (error: unknown) => void] | undefined;
    this.promise = new Promise((resolve, reject) => { settle = [resolve, reject]; });
    [this.resolve, this.reject] = settle as unknown as readonly [(value: T) => void, (error: unknown) => void];
    this.promise.catch(() => undefined);
  }
}
