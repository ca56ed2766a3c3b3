import { ChangeDetectionStrategy, Component, signal, type Type } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NEVER, Subject } from 'rxjs';
import { injectTask, injectTaskManager, injectTaskRunner } from 'sluice/angular';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { make, setUp } from './support/set-up.ts';
import { turns } from './support/turns.ts';

// Frames come when a spec says so.
beforeEach(() => { vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'requestAnimationFrame', 'cancelAnimationFrame', 'performance'] }); });
afterEach(() => { vi.useRealTimers(); });

async function frame(): Promise<void> {
  await turns();
  vi.advanceTimersToNextFrame();
  await turns();
}

/** The checks of so many rows until all are loaded, where so many are loaded in each frame. */
async function checksOf(rows: number, each: number, template: string): Promise<number> {
  let checks = 0;
  const running: Subject<number>[] = [];
  @Component({ selector: 'app-row', template: `{{ check() }} ${template}`, changeDetection: ChangeDetectionStrategy.OnPush })
  class Row {
    readonly row = injectTask({
      group: 'rows',
      run: () => {
        const answer = new Subject<number>();
        running.push(answer);
        return answer;
      },
    });
    check(): string {
      checks++;
      return '';
    }
  }
  @Component({ selector: 'app-list', template: '@for (id of ids(); track id) { <app-row /> }', imports: [Row as Type<unknown>] })
  class List {
    readonly ids = signal(Array.from({ length: rows }, (_, id) => id));
  }
  setUp({ groups: { rows: { concurrency: each } } });
  const fixture = TestBed.createComponent(List);
  const check = (): void => { fixture.detectChanges(false); };
  check();
  let loaded = 0;
  while (loaded < rows) {
    await frame();
    check();
    for (const answer of running.splice(0)) {
      answer.next(++loaded);
      answer.complete();
    }
  }
  await frame();
  check();
  expect((fixture.nativeElement as HTMLElement).textContent.match(/\d+/g)).toHaveLength(rows);
  TestBed.resetTestingModule();
  return checks;
}

describe('the places of a queue', () => {
  it.each([[2_000, 6], [2_000, 50], [300, 1], [6, 1]])('cost at most as many checks again as a page of %i rows without them has, where %i are loaded a frame', async (rows, each) => {
    const without = await checksOf(rows, each, '{{ row.hasValue() ? row.value() : row.phase() }}');
    const shown = await checksOf(rows, each, '{{ row.hasValue() ? row.value() : row.phase() }} @if (!row.hasValue()) { no {{ row.position() }} }');
    expect(shown).toBeGreaterThan(without);
    expect(shown).toBeLessThanOrEqual(2 * without);
  });

  /** A queue of so many, all places of which are read. */
  function queue(length: number, each = 1): { places: () => number[]; next: () => void } {
    setUp({ groups: { files: { concurrency: each } } });
    const running: Subject<void>[] = [];
    const runner = make(() => injectTaskRunner({
      group: 'files',
      run: () => {
        const end = new Subject<void>();
        running.push(end);
        return end;
      },
    }));
    for (let n = 0; n < length + each; n++) runner.run(undefined);
    return {
      places: () => runner.handles().map(({ position }) => position()).filter((place) => place !== undefined),
      next: () => { running.shift()?.complete(); },
    };
  }

  it('are exact in every frame while the queue is short', async () => {
    const { places, next } = queue(10);
    await frame();
    for (let left = 10; left > 0; left--) {
      expect(places()).toEqual(Array.from({ length: left }, (_, i) => i + 1));
      next();
      await frame();
    }
    expect(places()).toEqual([]);
  });

  it('have two digits in a long one, and are all right soon after it stands still', async () => {
    const { places, next } = queue(1_500);
    await frame();
    const right = (left: number): number[] => Array.from({ length: left }, (_, i) => Number((i + 1).toPrecision(2)));
    expect(places()).toEqual(right(1_500));
    expect(places().at(-1)).toBe(1_500);
    for (let ends = 0; ends < 300; ends++) {
      next();
      await frame();
      places();
    }
    expect(places()).not.toEqual(right(1_200));
    for (let quiet = 0; quiet < 60; quiet++) {
      await frame();
      places();
    }
    expect(places()).toEqual(right(1_200));
  });

  it('are written in the order of how wrong they are, so that none is left behind', async () => {
    const { places, next } = queue(400, 6);
    await frame();
    const worst: number[] = [];
    for (let left = 400; left > 0; left -= 6) {
      worst.push(Math.max(...places().map((place, i) => place / (i + 1))));
      for (let ends = 0; ends < 6; ends++) next();
      await frame();
    }
    expect(worst[0]).toBeLessThan(1.1);
    expect(Math.max(...worst)).toBeLessThan(6); // in the order of queueing it would be more than 50
  });

  it('are worked out once a frame at most, and for those alone that are read', async () => {
    const { places, next } = queue(100);
    await frame();
    const rounded = vi.spyOn(Number.prototype, 'toPrecision');
    const inOneFrame = async (): Promise<number> => {
      rounded.mockClear();
      for (let ends = 0; ends < 10; ends++) {
        next();
        await turns();
      }
      await frame();
      return rounded.mock.calls.length;
    };
    expect(await inOneFrame()).toBe(0);
    places();
    const calls = await inOneFrame();
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThanOrEqual(90);
    rounded.mockRestore();
  });

  it('put a task that is queued in the midst of a frame behind the others, and then where it belongs', async () => {
    setUp({ concurrency: 1 });
    const runner = make(() => injectTaskRunner({ priority: 0, run: () => NEVER }));
    const handles = [0, 0, 0].map(() => runner.run(undefined));
    await frame();
    expect(handles.map(({ position }) => position())).toEqual([undefined, 1, 2]);
    const urgent = make(() => injectTask({ priority: 1, run: () => NEVER }));
    TestBed.tick();
    expect(urgent.position()).toBe(3);
    await frame();
    expect([urgent, ...handles].map(({ position }) => position())).toEqual([1, undefined, 2, 3]);
    make(injectTaskManager).cancelAll();
  });
});
