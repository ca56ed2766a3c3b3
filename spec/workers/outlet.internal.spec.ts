import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Outlet } from '../../src/workers/outlet.ts';
import { transfer } from '../../src/workers/transfer.ts';
import { macrotask } from '../support/event-loop.ts';
import { propertyRuns } from '../support/property-runs.ts';

const WINDOW = 16;

/** The other side, which takes what it is sent when it is told to. */
function open(window = WINDOW) {
  const messages: { readonly values: readonly unknown[]; readonly units: number }[] = [];
  let taken = 0;
  const outlet = new Outlet(window, (values, units, moved) => { messages.push({ values: structuredClone(values, { transfer: moved as never[] }), units }); });
  return {
    outlet, messages,
    sent: () => messages.flatMap(({ values }) => values),
    onTheWay: () => messages.reduce((sum, { units }) => sum + units, 0) - taken,
    take: (units = messages.reduce((sum, one) => sum + one.units, 0)) => { outlet.taken(taken = Math.max(taken, units)); },
  };
}

type Command = { readonly do: 'next'; readonly kilobytes: number } | { readonly do: 'take' } | { readonly do: 'turn' };

describe('what a stream sends', () => {
  it('is all of it, once and in order, and never more than the window has room for', async () => {
    const command = fc.oneof<fc.Arbitrary<Command>[]>(
      fc.record({ do: fc.constant('next' as const), kilobytes: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('turn' as const) }),
    );
    await fc.assert(fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const { outlet, sent, onTheWay, take } = open();
      const given: string[] = [];
      const ends: string[] = [];
      for (const [i, { do: what, ...rest }] of commands.entries()) {
        if (what === 'next') {
          const value = `${i}${'x'.repeat(1024 * (rest as { kilobytes: number }).kilobytes)}`;
          given.push(value);
          outlet.next(value);
        } else if (what === 'take') take();
        else await macrotask();
        // The value that fills the window may weigh up to four.
        expect(onTheWay()).toBeLessThan(WINDOW + 4);
      }
      outlet.end(() => { ends.push('ended'); });
      for (let i = 0; i < commands.length && ends.length === 0; i++) take();
      expect(sent()).toEqual(given);
      expect(ends).toEqual(['ended']);
    }), propertyRuns(200));
  });

  it('is one message a turn of the event loop for the first value, and one for those after it', async () => {
    const { outlet, messages } = open(1_000);
    for (let i = 0; i < 100; i++) outlet.next(i);
    expect(messages).toHaveLength(1);
    await macrotask();
    expect(messages.map(({ values }) => values.length)).toEqual([1, 99]);
    outlet.next('alone');
    expect(messages).toHaveLength(3);
  });

  it('is what a value was when it was given, though its owner goes on to change it', async () => {
    const { outlet, sent, take } = open(4);
    const row = { n: 0 };
    for (let n = 0; n < 12; n++) {
      row.n = n;
      outlet.next(row);
    }
    expect(outlet.full).toBe(true);
    await macrotask();
    while (sent().length < 12) take();
    expect(sent()).toEqual(Array.from({ length: 12 }, (_, n) => ({ n })));
  });

  it('moves, while it waits for room as well', () => {
    const { outlet, sent, take } = open(1);
    const all = [1, 2, 3].map((size) => new Uint8Array(size));
    for (const bytes of all) outlet.next(transfer(bytes, [bytes.buffer]));
    expect(all.map(({ byteLength }) => byteLength)).toEqual([0, 0, 0]);
    for (let i = 0; i < 3; i++) take();
    expect(sent()).toEqual([Uint8Array.of(0), Uint8Array.of(0, 0), Uint8Array.of(0, 0, 0)]);
  });

  it('weighs a unit, and one for each kilobyte of bytes and text in it', () => {
    const { outlet, messages } = open();
    for (const value of [7, 'x'.repeat(1024), new Uint8Array(2048), { text: 'x'.repeat(1020) }, ['x'.repeat(2100)], null]) outlet.next(value);
    expect(messages.map(({ units }) => units)).toEqual([1, 2, 3, 2, 3]);
  });

  it('is refused at once when it cannot be sent, and what was given before it is sent', () => {
    const { outlet, sent } = open(1_000);
    outlet.next(1);
    outlet.next(2);
    for (const wrong of [() => {}, { fn: () => {} }, Symbol('s')]) expect(() => { outlet.next(wrong); }).toThrow(DOMException);
    outlet.end(() => {});
    expect(sent()).toEqual([1, 2]);
  });

  it('is nothing once it is stopped', async () => {
    const { outlet, sent, take } = open(2);
    for (let i = 0; i < 9; i++) outlet.next(i);
    const room = outlet.whenRoom();
    outlet.stop();
    await room; // who waits is told
    take();
    outlet.next(10);
    await macrotask();
    expect(sent()).toEqual([0, 1]);
  });
});
