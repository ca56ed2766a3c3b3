import type { NgZone } from '@angular/core';
import { animationFrames, merge, type Subscription, take, timer } from 'rxjs';

/** Writes signals that are behind. */
export type Publish = () => void;

/**
 * Writes signals, many at once and each once, in one turn of the Angular zone: work that runs outside
 * the zone then costs a zone application one check of its views, not one for each step.
 */
export interface Publisher {
  /** Has it called at the end of this turn of the event loop. */
  readonly soon: (publish: Publish) => void;
  /** Has it called with the next frame, or sooner if something else is written sooner. */
  readonly inFrame: (publish: Publish) => void;
  /** Has it called in the next frame, and not before. */
  readonly nextFrame: (publish: Publish) => void;
  /** What is still to be called. */
  readonly behind: Set<Publish>;
  /** Calls all of it now. */
  readonly flush: () => void;
  /** Leaves the signals as they are, for good. */
  readonly stop: () => void;
}

/**
 * @param frames - whether there are any to wait for
 * @param immediate - whether nothing is to wait: in tests
 * @param published - called when nothing is behind any more
 */
export function makePublisher(zone: NgZone, frames: boolean, immediate: boolean, published: () => void): Publisher {
  const behind = new Set<Publish>();
  let asked = false;
  let stopped = false;
  let frame: Subscription | undefined;
  const write = (): void => {
    const calls = [...behind];
    behind.clear();
    for (const publish of calls) publish();
  };
  const flush = (): void => {
    asked = false;
    frame?.unsubscribe();
    frame = undefined;
    if (behind.size > 0 && !stopped) zone.run(write);
    published();
  };
  const soon = (publish: Publish): void => {
    behind.add(publish);
    if (asked) return;
    asked = true;
    zone.runOutsideAngular(() => { queueMicrotask(flush); });
  };
  // A page that is not shown has no frames.
  const onFrame = (call: () => void): Subscription => zone.runOutsideAngular(() => merge(animationFrames(), timer(100)).pipe(take(1)).subscribe(call));
  const inFrame = (publish: Publish): void => {
    behind.add(publish);
    if (!asked) frame ??= onFrame(flush);
  };
  const nextFrame = (publish: Publish): void => { onFrame(() => { soon(publish); }); };
  const now = (publish: Publish): void => {
    behind.add(publish);
    if (asked) return; // by a signal that is being written
    asked = true;
    while (behind.size > 0 && !stopped) write(); // in no zone: this may be in the midst of a check, and a zone would begin another
    asked = false;
    published();
  };
  const rest = { behind, flush, stop: () => { stopped = true; } };
  if (immediate) return { ...rest, soon: now, inFrame: now, nextFrame: now };
  return { ...rest, soon, ...(frames ? { inFrame, nextFrame } : { inFrame: soon, nextFrame: soon }) };
}
