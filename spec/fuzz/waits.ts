import { AsyncSubject, type Observable } from 'rxjs';

import type { Random } from './random.ts';

/** How functions pass time, by real clocks and promises; and the end of all that would go on for ever. */
export class Waits {
  readonly #gates: Set<() => void> = new Set();
  readonly #end$: AsyncSubject<void> = new AsyncSubject();
  #over = false;

  /** Completes, with a value, when everything is to end. */
  get end$(): Observable<void> {
    return this.#end$;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Waits for a moment, or until someone opens the gate. */
  wait(random: Random): Promise<void> {
    if (this.#over) return Promise.resolve();
    return random.weigh([
      [4, () => Promise.resolve()],
      [3, () => new Promise<void>((resolve) => { setImmediate(resolve); })],
      [3, () => new Promise<void>((resolve) => { setTimeout(resolve, random.between(0, 4)); })],
      [2, () => this.gate()],
    ] as const)();
  }

  /** Waits until someone opens the gate. */
  gate(): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      const open = (): void => {
        this.#gates.delete(open);
        resolve();
      };
      this.#gates.add(open);
    });
  }

  openOne(random: Random): void {
    random.pickFrom([...this.#gates])?.();
  }

  /** Lets end what waits for something of its own. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    for (const open of [...this.#gates]) open();
    this.#end$.next();
    this.#end$.complete();
  }
}
