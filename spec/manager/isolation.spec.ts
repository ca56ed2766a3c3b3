import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { listen } from '../support/listen.ts';
import { marbles } from '../support/marbles.ts';
import { syncManager } from '../support/sync-manager.ts';

describe('two managers', () => {
  it('share no slots, ids, groups or events', () => {
    const [here, there] = [syncManager({ concurrency: 1 }), syncManager({ concurrency: 1 })];
    const { heard } = listen(there.events$);
    const a = here.add(() => NEVER, { group: 'g' });
    expect(heard).toEqual([]);
    const b = there.add(() => NEVER, { group: 'g' });
    expect([a.id, b.id, a.status, b.status]).toEqual([1, 1, 'running', 'running']);
    here.group('g').cancel();
    here.group('g').pause();
    expect([a.status, b.status, there.group('g').paused]).toEqual(['cancelled', 'running', false]);
    expect(there.get(1)).toBe(b);
  });

  it('each let their own part of the work wait for its turn', () => marbles(({ manager, cold, expectObservable, expectSubscriptions }) => {
    const [here, there] = [manager({ concurrency: 1 }), manager({ concurrency: 1 })];
    const [busy, upstream, work] = [cold('---|'), cold('--u|'), cold('--w|')];
    there.add(() => busy);
    const task = here.task(() => work, { upstream: { u: there.task(() => upstream) } });
    expectObservable(task).toBe('                     --------w|');
    expectSubscriptions(upstream.subscriptions).toBe('---^--!');
    expectSubscriptions(work.subscriptions).toBe('    ------^--!');
  }));

  it('end their own part: a cancelled upstream of another manager is a failed Observable', () => {
    const [here, there] = [syncManager(), syncManager()];
    const foreign = there.task(() => NEVER, { name: 'foreign' });
    const [mine, other] = [here.task(() => 1, { name: 'mine', upstream: { foreign } }), here.task(() => 1, { upstream: [foreign] })];
    const failed = listen(mine);
    const { subscription } = listen(other);
    const events: string[] = [];
    there.events$.pipe(mainEvents).subscribe((event) => events.push(describeEvent(event)));
    subscription.unsubscribe();
    expect(foreign.status).toBe('running');
    foreign.cancel();
    expect(failed.heard).toMatchObject([{ name: 'UpstreamFailedError', path: ['foreign', 'mine'], cause: { name: 'AbortError' } }]);
    expect(events).toEqual(['cancelled foreign']);
  });

  it('do not close together', async () => {
    const [here, there] = [syncManager(), syncManager()];
    const foreign = there.task(() => NEVER);
    here.add(() => 1, { upstream: [foreign] });
    const kept = there.add(() => NEVER);
    await here.close();
    expect([foreign.status, kept.status]).toEqual(['cancelled', 'running']);
  });
});
