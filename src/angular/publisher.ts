import type { NgZone } from '@angular/core';
import { animationFrames, merge, type Subscription, timer } from 'rxjs';

/** Writes signals that are behind. */
export type Publish = () => void;

/**
 * Writes signals, many at once and each once, in one turn of the Angular zone: work that runs outside
 * the zone then costs a zone application one check of its views, not one for each step.
 */
export interface Publisher {
  /** Has it called at the end of this turn of the event loop. */
  readonly soon: (publish: Publish) => void;
  /** Has it called with the next frame. */
  readonly inFrame: (publish: Publish) => void;
  /** What is still to be called. */
  readonly behind: Set<Publish>;
  /** Calls all of it now. */
  readonly flush: () => void;
  /** Leaves the signals as they are, for good. */
  readonly stop: () => void;
}

/**
 * @param frames - whether there are any to wait for
 * @param published - called when nothing is behind any more
 */
export function makePublisher(zone: NgZone, frames: boolean, published: () => void): Publisher {
  const behind = new Set<Publish>();
  let asked = false;
  let stopped = false;
  let frame: Subscription | undefined;
  const flush = (): void => {
    asked = false;
    frame?.unsubscribe();
    frame = undefined;
    if (behind.size > 0 && !stopped) {
      zone.run(() => {
        const calls = [...behind];
        behind.clear();
        for (const publish of calls) publish();
      });
    }
    published();
  };
  const soon = (publish: Publish): void => {
    behind.add(publish);
    if (asked) return;
    asked = true;
    zone.runOutsideAngular(() => { queueMicrotask(flush); });
  };
  const inFrame = (publish: Publish): void => {
    behind.add(publish);
    // A page that is not shown has no frames.
    if (!asked) frame ??= zone.runOutsideAngular(() => merge(animationFrames(), timer(100)).subscribe(flush));
  };
  return { soon, inFrame: frames ? inFrame : soon, behind, flush, stop: () => { stopped = true; } };
}
