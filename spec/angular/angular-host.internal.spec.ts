import { NgZone } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { config, type SchedulerAction } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';

import { makeHost } from '../../src/angular/angular-host.ts';
import { turns } from './support/turns.ts';

afterEach(() => { config.onUnhandledError = null; });

const macrotasks = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 5); });

describe('the host of an Angular application', () => {
  it('calls in a microtask, after a look, all that is due by then', async () => {
    const log: string[] = [];
    const host = makeHost(TestBed.inject(NgZone), false, () => { log.push('look'); });
    host.schedule(() => {
      log.push('a');
      host.schedule(() => { log.push('c'); });
    });
    host.schedule(function (state) { log.push(`b${state}`); }, 0, 7);
    host.schedule(() => { log.push('never'); }).unsubscribe();
    expect(log).toEqual([]);
    await turns();
    expect(log).toEqual(['look', 'a', 'b7', 'look', 'c']);
  });

  it('calls what is due at once when it is told to, on a clock that stands still', async () => {
    const times: number[] = [];
    const host = makeHost(TestBed.inject(NgZone), false, () => {});
    host.schedule(() => {
      times.push(host.now());
      const start = Date.now();
      while (Date.now() - start < 2);
      host.flush(); // within itself, which changes nothing
    });
    host.schedule(() => { times.push(host.now()); });
    host.flush();
    expect(times).toHaveLength(2);
    expect(times[0]).toBe(times[1]);
    host.schedule(() => { times.push(1); });
    await turns();
    expect(times).toHaveLength(3);
  });

  it('calls an action again that schedules itself, soon or later, until it is unsubscribed from', async () => {
    const states: number[] = [];
    const host = makeHost(TestBed.inject(NgZone), false, () => {});
    const work = function (this: SchedulerAction<number>, state: number): void {
      states.push(state);
      if (state < 4) this.schedule(state + 1, state === 2 ? 1 : 0);
      if (state === 3) this.unsubscribe();
    };
    const action = host.schedule(work, 0, 1);
    await turns();
    expect([states, action.closed]).toEqual([[1, 2], false]);
    await macrotasks();
    expect([states, action.closed]).toEqual([[1, 2, 3], true]);
  });

  it('reports what an action throws, as RxJS does, and calls the others', async () => {
    const errors: unknown[] = [];
    config.onUnhandledError = (error): void => { errors.push(error); };
    const host = makeHost(TestBed.inject(NgZone), false, () => {});
    let called = false;
    host.schedule(() => { throw new Error('broken'); });
    host.schedule(() => { called = true; });
    await turns();
    await macrotasks();
    expect([called, errors]).toEqual([true, [new Error('broken')]]);
  });
});
