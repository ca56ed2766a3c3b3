import { setImmediate as macrotask } from 'node:timers/promises';

import { observeOn, of, Subject, toArray } from 'rxjs';
import { queueOn, type TaskContext, TaskManager } from 'sluice';
import { describe, expect, it, vi } from 'vitest';

import { describeEvent } from '../support/describe-event.ts';
import { mainEvents } from '../support/main-events.ts';
import { listen } from '../support/listen.ts';

// What the example takes for granted.
const fetchStatus = async (): Promise<string> => 'green';
const actOn = (status: string): string => `acted on ${status}`;
const resize = async (size: number, signal: AbortSignal, progress: TaskContext['progress']): Promise<number> => {
  progress({ done: 1, total: 2, message: 'half of it' });
  await macrotask();
  signal.throwIfAborted();
  return size;
};
const http = { get: (url: string) => of(`body of ${url}`) };
const url = '/status';

describe('the example that says what users write', () => {
  const make = () => new TaskManager({ concurrency: 8, groups: { thumbnails: { concurrency: 2 } } });

  it('is cold: subscribing queues status, then work', async () => {
    const tasks = make();
    const show = vi.fn((result: string) => result.length);
    const log: string[] = [];
    tasks.events$.pipe(mainEvents).subscribe((event) => log.push(describeEvent(event)));

    // Cold: nothing is queued yet. The types flow: `work` cannot be written with a wrong input.
    const status = tasks.task(async () => ({ status: await fetchStatus() }), { priority: 1, name: 'status' });
    const work = tasks.task(({ status }) => actOn(status), { priority: 2, upstream: [status], name: 'work' });
    await macrotask();
    expect(log).toEqual([]);

    work.subscribe(result => show(result));   // queues `status`, then `work`
    await tasks.onIdle();
    expect(show.mock.calls).toEqual([['acted on green']]);
    expect(log).toEqual(['queued status', 'queued work', 'started status', 'completed status', 'started work', 'completed work']);
  });

  it('withdraws both when it is unsubscribed from', async () => {
    const tasks = make();
    const status = tasks.task(async () => ({ status: await fetchStatus() }), { priority: 1 });
    const work = tasks.task(({ status }) => actOn(status), { priority: 2, upstream: [status] });
    work.subscribe(() => { throw new Error('was shown'); }).unsubscribe();
    await tasks.onIdle();
    expect([status.status, work.status]).toEqual(['cancelled', 'cancelled']);
  });

  it('is hot: queued now, whoever listens', async () => {
    const tasks = make();
    const job = tasks.add(({ size }, { signal, progress }) => resize(size, signal, progress), {
      kwargs: { size: 256 }, group: 'thumbnails',
    });
    job.setPriority(10);
    expect(job).toMatchObject({ status: 'queued', priority: 10 });
    const states = listen(job.state$).heard;
    const group = listen(tasks.group('thumbnails').progress$).heard;      // subscribe per group
    const snapshots = listen(tasks.state$).heard;
    const [completed, failed, finished, events] = [tasks.completed$, tasks.failed$, tasks.groupFinished$, tasks.events$].map((source) => listen(source).heard);
    await tasks.onIdle();

    expect(completed).toMatchObject([{ task: job, result: 256 }]);
    expect(failed).toEqual([]);
    expect(finished).toMatchObject([{ group: 'thumbnails' }]);
    expect(events).toHaveLength(4);
    expect(group.at(-1)).toEqual({ done: 1, cancelled: 0, total: 1, fraction: 1 });
    expect(group).toContainEqual({ done: 0, cancelled: 0, total: 1, fraction: 0.5 });
    expect(states.map((state) => (state as { status: string }).status)).toEqual(['queued', 'running', 'running', 'completed']);
    await macrotask();
    expect(snapshots.at(-1)).toMatchObject({
      status: 'idle', counts: { completed: 1 }, groups: [{ name: 'thumbnails', counts: { completed: 1 }, progress: { done: 1 }, paused: false }],
    });
  });

  it('is cancelled', async () => {
    const tasks = make();
    const job = tasks.add(({ size }, { signal, progress }) => resize(size, signal, progress), {
      kwargs: { size: 256 }, group: 'thumbnails',
    });
    await macrotask();
    job.cancel();
    expect(job.status).toBe('cancelled');
    await tasks.close();
  });

  it('lets any Observable wait its turn, and any operator that takes a scheduler use a lane', async () => {
    const tasks = make();
    const source$ = new Subject<number>();
    const body = listen(http.get(url).pipe(queueOn(tasks.scheduler, { priority: 5, group: 'api' })));
    const values = listen(source$.pipe(observeOn(tasks.scheduler.lane({ priority: -1 })), toArray()));
    source$.next(1);
    source$.next(2);
    source$.complete();
    expect(body.heard).toEqual([]);
    await tasks.onIdle();
    expect(body.heard).toEqual(['body of /status', 'complete']);
    expect(values.heard).toEqual([[1, 2], 'complete']);
  });
});
