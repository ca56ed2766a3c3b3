import type { NgZone } from '@angular/core';

/** Something with signals that are behind. */
export interface Publishable {
  /** Writes the signals. */
  publish(): void;
}

/**
 * Writes signals, many at once and each once, in one turn of the Angular zone: work that runs outside
 * the zone then costs a zone application one check of its views, not one for each step.
 */
export class Publisher {
  readonly #zone: NgZone;
  readonly #window: Window | undefined;
  readonly #behind: Set<Publishable> = new Set();
  #soon = false;
  #frame: (() => void) | undefined;
  /** Called when all that was behind has been written. */
  onPublished: (() => void) | undefined;

  /** @param window - where there are frames to wait for */
  constructor(zone: NgZone, window: Window | undefined) {
    this.#zone = zone;
    this.#window = window;
  }

  /** Whether there are signals to be written yet. */
  get busy(): boolean {
    return this.#behind.size > 0;
  }

  /** Has it published at the end of this turn of the event loop. */
  soon(item: Publishable): void {
    this.#behind.add(item);
    if (this.#soon) return;
    this.#soon = true;
    this.#zone.runOutsideAngular(() => { queueMicrotask(this.flush); });
  }

  /** Has it published with the next frame. */
  inFrame(item: Publishable): void {
    if (this.#window === undefined) {
      this.soon(item);
      return;
    }
    this.#behind.add(item);
    if (this.#frame || this.#soon) return;
    const window = this.#window;
    this.#zone.runOutsideAngular(() => {
      // A page that is not shown has no frames.
      const frame = window.requestAnimationFrame(() => { this.flush(); });
      const timer = window.setTimeout(() => { this.flush(); }, 100);
      this.#frame = (): void => {
        window.cancelAnimationFrame(frame);
        window.clearTimeout(timer);
      };
    });
  }

  /** It is not to be published any more, or was just now. */
  forget(item: Publishable): void {
    this.#behind.delete(item);
  }

  /** Publishes all that is behind, now. */
  readonly flush = (): void => {
    this.#soon = false;
    this.#frame?.();
    this.#frame = undefined;
    if (this.#behind.size > 0) {
      const items = [...this.#behind];
      this.#behind.clear();
      this.#zone.run(() => { for (const item of items) item.publish(); });
    }
    this.onPublished?.();
  };

  /** Publishes nothing any more. */
  stop(): void {
    this.#frame?.();
    this.#behind.clear();
    this.soon = this.inFrame = (): void => {};
  }
}
