import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { check, type Verdict } from './check.ts';
import { predict } from './model.ts';
import { describe as describeVerdict, report } from './report.ts';
import { type Operation, parseScenarios, type Scenario, type TraceEvent } from './scenario.ts';

const scenarios = parseScenarios(readFileSync(new URL('traces.json', import.meta.url), 'utf8'));

function scenario(name: string): Scenario {
  return scenarios.find((each) => each.name === name)!;
}

/** A scenario with something else noted for one of its operations. */
function tampered(name: string, operation: number, change: (events: TraceEvent[]) => readonly unknown[]): Scenario {
  const { trace, ...rest } = scenario(name);
  return { ...rest, trace: trace.map((events, i) => (i === operation ? (change([...events]) as TraceEvent[]) : events)) };
}

/** Which parts of a scenario differ, as `operation what`. */
function differing(verdict: Verdict): readonly string[] {
  return verdict.kind === 'differs' ? verdict.differences.map(({ operation, what }) => `${operation ?? 'end'} ${what}`) : [verdict.kind];
}

/** A scenario without a trace of its own. */
function made(script: readonly Operation[], trace: readonly (readonly TraceEvent[])[], rest: Partial<Scenario> = {}): Scenario {
  return { name: 'made', features: [], max_threads: 1, start: true, script, trace, final: { pending: [], running: [], detached: [] }, ...rest };
}

describe('the reference manager', () => {
  it.each(scenarios.map((each) => [each.name, each] as const))('does the same as Sluice in %s', async (_, each) => {
    expect(describeVerdict(each, await check(each))).toEqual([]);
    expect(await check(each)).toEqual({ kind: 'passed' });
  });
});

describe('the comparison', () => {
  it('sees tasks that start in another order', async () => {
    const swapped = tampered('burst-8', 7, ([first, second, ...rest]) => [second, first, ...rest]);
    expect(differing(await check(swapped))).toEqual(['7 starts']);
  });

  it('sees a start too many and one too few', async () => {
    const early = tampered('pause-13', 8, () => [['start', 4, [], { k0: null }]]);
    expect(differing(await check(early))).toEqual(['8 starts']);
    expect(differing(await check(tampered('pause-13', 9, ([first]) => [first])))).toEqual(['9 starts']);
  });

  it('sees other kwargs, a null that is missing among them', async () => {
    const start = ['start', 4, [], { k2: ['o4'], k4: 'r1', k1: { in: 'o2' } }];
    expect(differing(await check(tampered('pass-6', 8, ([completed]) => [completed, start])))).toEqual(['8 starts']);
  });

  it('sees other args', async () => {
    const changed = tampered('args-and-kwargs', 0, () => [['start', 0, [1, 'two', ['3'], { four: 4 }], { a: null, b: { c: [1] } }]]);
    expect(differing(await check(changed))).toEqual(['0 starts']);
  });

  it('does not mind the order of keys', async () => {
    const reordered = tampered('args-and-kwargs', 0, () => [['start', 0, [1, 'two', [3], { four: 4 }], { b: { c: [1] }, a: null }]]);
    expect(await check(reordered)).toEqual({ kind: 'passed' });
  });

  it('sees a signal that is missing', async () => {
    expect(differing(await check(tampered('stop-all-then-go-on', 7, (events) => events.slice(0, -1))))).toEqual(['7 signals']);
  });

  it('sees a signal too many', async () => {
    const extra = tampered('stop-running-drops-result', 3, (events) => [['completed', 0, 'g', { a: 1 }], ...events]);
    expect(differing(await check(extra))).toEqual(['3 signals']);
  });

  it('sees signals in another order', async () => {
    const swapped = tampered('failure-cascade-is-breadth-first', 6, ([a, b, c, ...rest]) => [a, c, b, ...rest]);
    expect(differing(await check(swapped))).toEqual(['6 signals']);
  });

  it('sees another result, another message and another type of group', async () => {
    expect(differing(await check(tampered('pass-6', 2, ([, ...rest]) => [['completed', 0, 'a', { k4: {} }], ...rest])))).toEqual(['2 signals']);
    expect(differing(await check(tampered('fail-0', 13, (events) => events.map((event) => (event[0] === 'failed' ? [...event.slice(0, 3), 'err'] : event)))))).toEqual(['13 signals']);
    expect(differing(await check(tampered('group-ids-count-up', 6, (events) => events.map((event) => (event[1] === 0 && event[0] === 'group_finished' ? ['group_finished', '0'] : event)))))).toEqual(['6 signals']);
  });

  it('sees what is left at the end, and in which order it waits', async () => {
    const { final, ...rest } = scenario('dag-22');
    const [first, second, ...others] = final.pending as [number, number, ...number[]];
    expect(differing(await check({ ...rest, final: { ...final, pending: [second, first, ...others] } }))).toEqual(['end pending']);
    expect(differing(await check({ ...rest, final: { ...final, running: [19], detached: [22] } }))).toEqual(['end running', 'end detached']);
  });

  it('sees that a trace is longer than its script', async () => {
    const { trace, ...rest } = scenario('priority-order');
    expect(differing(await check({ ...rest, trace: [...trace, [['threw', 'not_callable']]] }))).toEqual(['8 signals']);
  });

  it('fails a scenario whose operations it does not know', async () => {
    expect(await check(made([{ op: 'teleport' } as never], [[]]))).toMatchObject({ kind: 'broke', error: TypeError('There is no operation {"op":"teleport"}.') });
  });
});

describe('the translation', () => {
  const ok = { ok: null };

  it('lets the last upstream that completed win, however many supply a key', async () => {
    const script: Operation[] = [
      ...[0, 1, 2].map((uid) => ({ op: 'add', uid, ret: { ok: { k: uid } } }) as const),
      { op: 'add', uid: 3, upstream: [0, 1, 2], kwargs: { k: 'own' }, ret: ok },
      { op: 'burst', uids: [1, 2, 0] },
    ];
    const trace: TraceEvent[][] = [
      [['start', 0, [], {}]], [['start', 1, [], {}]], [['start', 2, [], {}]], [],
      [['completed', 1, null, { k: 1 }], ['completed', 2, null, { k: 2 }], ['completed', 0, null, { k: 0 }], ['start', 3, [], { k: 0 }]],
    ];
    const rest = { max_threads: 3, final: { pending: [], running: [3], detached: [] } };
    expect(await check(made(script, trace, rest))).toEqual({ kind: 'passed' });
  });

  it('does not start what a stop has left behind before the next occasion to look', async () => {
    const script: Operation[] = [
      { op: 'add', uid: 0, ret: ok },
      { op: 'add', uid: 1, upstream: [0], ret: ok },
      { op: 'stop', uid: 0, stop_downstream: false },
      { op: 'add', uid: 2, priority: 1, ret: ok },
      { op: 'drain' },
    ];
    const trace: TraceEvent[][] = [
      [['start', 0, [], {}]], [], [], [['start', 2, [], {}]],
      [['start', 1, [], {}], ['completed', 2, null, null], ['completed', 1, null, null], ['group_finished', null]],
    ];
    expect(await check(made(script, trace, { max_threads: 2 }))).toEqual({ kind: 'passed' });
  });

  it('lets listeners wait for the end of the tasks that have no group', async () => {
    const script: Operation[] = [
      { op: 'hook', on: 'group_finished', do: [{ op: 'add', uid: 1, ret: ok }] },
      { op: 'add', uid: 0, ret: ok },
      { op: 'finish', uid: 0 },
      { op: 'stop_group' },
    ];
    const trace: TraceEvent[][] = [
      [], [['start', 0, [], {}]], [['completed', 0, null, null], ['group_finished', null], ['start', 1, [], {}]], [],
    ];
    const final = { pending: [], running: [], detached: [1] };
    expect(await check(made(script, trace, { final }))).toEqual({ kind: 'passed' });
    expect(differing(await check(made(script, [[], trace[1]!, [trace[2]![0]!, trace[2]![2]!], []], { final })))).toEqual(['2 signals']);
  });

  it('decides that a group has ended before the listeners to its last task, whatever they add, and stop again', async () => {
    const added = { op: 'add', uid: 1, group: 'g', ret: ok } as const;
    const ends: readonly (readonly [Operation[], TraceEvent[][], number[]])[] = [
      [[], [[['start', 1, [], {}]], [['completed', 1, 'g', null], ['group_finished', 'g']]], []],
      [[{ op: 'stop', uid: 1 }], [[], []], []],
      [[{ op: 'stop', uid: 1 }, { op: 'add', uid: 2, group: 'g', ret: ok }], [[['start', 2, [], {}]], []], [2]],
    ];
    for (const [more, [now, later], running] of ends) {
      for (const [signal, ret] of [[['completed', 0, 'g', null], ok], [['failed', 0, 'g', 'x'], { fail: 'x' }]] as const) {
        const script: Operation[] = [
          { op: 'add', uid: 0, group: 'g', ret },
          { op: 'hook', on: signal[0], uid: 0, do: [added, ...more] },
          { op: 'finish', uid: 0 },
          { op: 'finish', uid: 1 },
        ];
        const trace: TraceEvent[][] = [[['start', 0, [], {}]], [], [signal, ['group_finished', 'g'], ...now!], later!];
        const each = made(script, trace, { final: { pending: [], running, detached: [] } });
        expect(predict(each).trace).toEqual(trace);
        expect(await check(each)).toEqual({ kind: 'passed' });
      }
    }
  });

  it('tells of no end of a group whose rest a listener has stopped', async () => {
    const script: Operation[] = [
      { op: 'add', uid: 0, group: 'g', ret: ok },
      { op: 'add', uid: 1, group: 'g', ret: ok },
      { op: 'hook', on: 'completed', uid: 0, do: [{ op: 'stop', uid: 1 }] },
      { op: 'hook', on: 'group_finished', group: 'g', do: [{ op: 'add', uid: 3, ret: ok }] },
      { op: 'finish', uid: 0 },
      { op: 'add', uid: 2, group: 'g', ret: ok },
      { op: 'finish', uid: 2 },
    ];
    const trace: TraceEvent[][] = [
      [['start', 0, [], {}]], [], [], [], [['completed', 0, 'g', null]], [['start', 2, [], {}]],
      [['completed', 2, 'g', null], ['group_finished', 'g'], ['start', 3, [], {}]],
    ];
    const each = made(script, trace, { final: { pending: [], running: [3], detached: [] } });
    expect(predict(each).trace).toEqual(trace);
    expect(await check(each)).toEqual({ kind: 'passed' });
  });

  it('does not expect a closed manager to keep what is added to it', async () => {
    const script: Operation[] = [{ op: 'shutdown' }, { op: 'add', uid: 0, ret: ok }, { op: 'start' }];
    expect(await check(made(script, [[], [], []], { final: { pending: [0], running: [], detached: [] } }))).toEqual({ kind: 'passed' });
    expect(differing(await check(made(script, [[], [['start', 0, [], {}]], []])))).toEqual(['1 starts']);
  });

  it('skips scenarios without slots', async () => {
    expect(await check(made([], [], { max_threads: 0 }))).toMatchObject({ kind: 'skipped' });
  });

  it('skips scenarios in which a task waits for one that is added later, but not where it has started before', async () => {
    const script: Operation[] = [{ op: 'add', uid: 0, upstream: [1], ret: ok }, { op: 'add', uid: 1, ret: ok }, { op: 'start' }, { op: 'drain' }];
    const paused: TraceEvent[][] = [
      [], [], [['start', 1, [], {}]],
      [['completed', 1, null, null], ['start', 0, [], {}], ['completed', 0, null, null], ['group_finished', null]],
    ];
    expect(await check(made(script, paused, { start: false }))).toMatchObject({ kind: 'skipped' });
    const started: TraceEvent[][] = [
      [['start', 0, [], {}]], [], [],
      [['completed', 0, null, null], ['start', 1, [], {}], ['completed', 1, null, null], ['group_finished', null]],
    ];
    expect(await check(made(script, started))).toEqual({ kind: 'passed' });
  });

  it('skips scenarios in which a listener to a failure starts something before it is through, but only where that shows', async () => {
    const script: Operation[] = [
      { op: 'add', uid: 0, ret: { fail: 'x' } },
      { op: 'add', uid: 1, upstream: [0], ret: ok },
      { op: 'hook', on: 'failed', uid: 0, do: [{ op: 'add', uid: 2, ret: ok }, { op: 'pause' }] },
      { op: 'finish', uid: 0 },
    ];
    const start: TraceEvent = ['start', 0, [], {}];
    const first: TraceEvent[] = [['failed', 0, null, 'x'], ['start', 1, [], {}], ['failed', 1, null, 'x']];
    const final = { pending: [2], running: [], detached: [1] };
    expect(await check(made(script, [[start], [], [], first], { max_threads: 2, final }))).toMatchObject({ kind: 'skipped' });

    const hidden = script.map((operation) => (operation.op === 'hook' ? { ...operation, do: operation.do.slice(0, 1) } : operation));
    const later: TraceEvent[] = [['failed', 0, null, 'x'], ['failed', 1, null, 'x'], ['start', 2, [], {}]];
    const running = { pending: [], running: [2], detached: [] };
    expect(await check(made(hidden, [[start], [], [], later], { max_threads: 2, final: running }))).toEqual({ kind: 'passed' });
  });
});

describe('the report', () => {
  it('prints what differs, a count for each rule, and the sum', async () => {
    const changed = tampered('stop-running-drops-result', 3, () => []);
    const { lines, failed } = await report([scenario('priority-order'), changed, made([], [], { max_threads: 0 })]);
    expect(failed).toBe(1);
    expect(lines).toEqual([
      '✗ stop-running-drops-result',
      '  operation 3: {"op":"finish","uid":0}',
      '    starts, expected: none',
      '    starts, actual:',
      '      ["start",1,[],{}]',
      '',
      expect.stringMatching(/^skipped 1: no slots/),
      expect.stringMatching(/^skipped 0: a task waits for one that is added later/),
      expect.stringMatching(/^skipped 0: a listener to a failure/),
      '1 passed, 1 failed, 1 skipped',
    ]);
  });

  it('counts a scenario that breaks off as failed', async () => {
    const { lines, failed } = await report([made([{ op: 'teleport' } as never], [[]])]);
    expect(failed).toBe(1);
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  });

  it('refuses a file that holds no traces of this format', () => {
    expect(() => parseScenarios('{"format":2,"scenarios":[]}')).toThrow(/"format": 1/);
    expect(() => parseScenarios('{"format":1}')).toThrow(/"scenarios"/);
  });
});
